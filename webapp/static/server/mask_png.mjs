/** An object's mask from the server to numbers for the overlay and alpha for the thumbnail. */

/**
 * @param {Blob} file greyscale PNG
 * @returns {Promise<{data: Uint8Array, canvas: HTMLCanvasElement}>} data is 0-255 by row; the canvas has it as alpha
 */
export async function readMask(file) {
  const bitmap = await createImageBitmap(file);
  const canvas = document.createElement("canvas");
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const image = context.getImageData(0, 0, canvas.width, canvas.height);
  const data = new Uint8Array(canvas.width * canvas.height);
  for (let i = 0; i < data.length; i++) {
    data[i] = image.data[4 * i];
    image.data[4 * i + 3] = data[i];
  }
  context.putImageData(image, 0, 0);
  return { data, canvas };
}
