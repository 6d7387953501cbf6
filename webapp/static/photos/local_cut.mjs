/** The cut-out made in the page, for a photo that the server does not have: what `cutout.png` gives, at full size. */

import { enlarged } from "../canvas/enlarge.mjs";

/** Rows at a time: the page answers in between, and a photo of any size needs no second copy. */
const BAND = 128;

/**
 * @param {Blob} file the photo
 * @param {import("../inference/request_queue.mjs").Answer} answer @param {number} choice which of its masks
 * @param {import("../server/api.mjs").Picture} picture
 * @returns {Promise<Blob>} PNG with transparency; colours under it are gone, too
 */
export async function cutHere(file, answer, choice, picture) {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser has no memory left for it");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const rowsOf = enlarged(answer, choice, picture);
  for (let y = 0; y < height; y += BAND) {
    const rows = Math.min(BAND, height - y);
    const inside = rowsOf(y, y + rows);
    const band = context.getImageData(0, y, width, rows);
    const pixels = new Uint32Array(band.data.buffer);
    for (let i = 0; i < pixels.length; i++) if (!inside[i]) pixels[i] = 0;
    context.putImageData(band, 0, y);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return canvas.convertToBlob({ type: "image/png" });
}
