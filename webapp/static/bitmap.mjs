/** The photo as the canvas draws it. */

/**
 * @param {import("./transport.mjs").Transport} transport
 * @param {import("./transport.mjs").Picture} picture
 * @param {Blob | null} file shown as it is where the browser can
 * @returns {Promise<ImageBitmap>}
 */
export async function bitmapOf(transport, picture, file) {
  if (file) {
    try {
      const bitmap = await createImageBitmap(file);
      if (bitmap.width === picture.width && bitmap.height === picture.height) return bitmap;
      bitmap.close();
    } catch {
      // a format that this browser does not know: the server's rendition follows
    }
  }
  return createImageBitmap(await transport.blob(transport.pictureUrl(picture.id)));
}
