/** The cut-out or mask made in the page, for a photo that the server does not have: what it exports, at full size. */

import { enlarged } from "../canvas/enlarge.mjs";

/** Rows at a time: the page answers in between, and a photo of any size needs no second copy. */
const BAND = 128;

/** As four bytes red, green, blue and alpha, the lowest first. */
const OPAQUE_BLACK = 0xff000000;

/**
 * @param {Blob} file the photo
 * @param {import("../inference/request_queue.mjs").Answer} answer @param {number} choice which of its masks
 * @param {import("../server/api.mjs").Picture} picture
 * @returns {Promise<Blob>} PNG with transparency; colours under it are gone, too
 */
export function cutHere(file, answer, choice, picture) {
  return made(file, answer, choice, picture, (pixels, inside) => {
    for (let i = 0; i < pixels.length; i++) if (!inside[i]) pixels[i] = 0;
  });
}

/**
 * @param {Blob} file the photo
 * @param {import("../inference/request_queue.mjs").Answer} answer @param {number} choice which of its masks
 * @param {import("../server/api.mjs").Picture} picture
 * @returns {Promise<Blob>} PNG, white on black
 */
export function maskHere(file, answer, choice, picture) {
  return made(file, answer, choice, picture, (pixels, inside) => {
    for (let i = 0; i < pixels.length; i++) pixels[i] = inside[i] ? 0xffffffff : OPAQUE_BLACK;
  });
}

/**
 * @param {Blob} file
 * @param {import("../inference/request_queue.mjs").Answer} answer @param {number} choice
 * @param {import("../server/api.mjs").Picture} picture
 * @param {(pixels: Uint32Array, inside: Uint8Array) => void} paint of some rows
 */
async function made(file, answer, choice, picture, paint) {
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
    paint(pixels, inside);
    context.putImageData(band, 0, y);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return canvas.convertToBlob({ type: "image/png" });
}
