/** The photo as the canvas draws it. */

/**
 * Longest side of what is drawn, in pixels: above it a photo is drawn from a smaller copy, and exported from the
 * original.
 */
export const MAX_SIDE = 4096;

/**
 * @param {import("../server/api.mjs").Transport} transport
 * @param {import("../server/api.mjs").Picture} picture
 * @param {Blob | null} file shown as it is where the browser can
 * @returns {Promise<ImageBitmap>}
 */
export async function bitmapOf(transport, picture, file) {
  if (file) {
    try {
      const bitmap = await createImageBitmap(file);
      if (bitmap.width === picture.width && bitmap.height === picture.height) return viewBitmap(bitmap);
      bitmap.close();
    } catch {
      // a format that this browser does not know: the server's rendition follows
    }
  }
  return viewBitmap(await createImageBitmap(await transport.blob(transport.pictureUrl(picture.id))));
}

/** @param {ImageBitmap} bitmap closed where a smaller one takes its place @returns {Promise<ImageBitmap>} */
export async function viewBitmap(bitmap) {
  const { width, height } = viewSize(bitmap.width, bitmap.height);
  if (width === bitmap.width) return bitmap;
  const small = await createImageBitmap(bitmap, { resizeWidth: width, resizeHeight: height, resizeQuality: "high" });
  bitmap.close();
  return small;
}

/**
 * @param {number} width
 * @param {number} height of the photo
 * @returns {{width: number, height: number}} of what is drawn
 */
export function viewSize(width, height) {
  const scale = Math.min(1, MAX_SIDE / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
