/** Vertices that snap to edges of the photo: the steepest place nearby, if there is one. */

/** Steps of brightness (0-255) over one pixel below which nothing is an edge. */
const FAINT = 14;
/** How much less a place at the rim of the search counts than one under the pointer. */
const FAR = 0.5;

/**
 * The place of the strongest edge, cells of the patch; null: there is none.
 * @param {Float32Array | number[]} grey (size, size) brightness 0-255 @param {number} size
 * @param {number} x @param {number} y from where, cells @param {number} reach cells
 * @returns {[number, number] | null}
 */
export function strongest(grey, size, x, y, reach) {
  let best = null,
    most = 0;
  for (let row = 1; row < size - 1; row++)
    for (let column = 1; column < size - 1; column++) {
      const distance = Math.hypot(column + 0.5 - x, row + 0.5 - y);
      if (distance > reach) continue;
      const i = row * size + column;
      // Sobel's derivatives, by eighths: steps of brightness over a pixel.
      const gx =
        (grey[i - size + 1] -
          grey[i - size - 1] +
          2 * (grey[i + 1] - grey[i - 1]) +
          grey[i + size + 1] -
          grey[i + size - 1]) /
        8;
      const gy =
        (grey[i + size - 1] -
          grey[i - size - 1] +
          2 * (grey[i + size] - grey[i - size]) +
          grey[i + size + 1] -
          grey[i - size + 1]) /
        8;
      const steep = Math.hypot(gx, gy);
      const worth = steep * (1 - FAR * (distance / reach));
      if (steep >= FAINT && worth > most) {
        most = worth;
        best = /** @type {[number, number]} */ ([column + 0.5, row + 0.5]);
      }
    }
  return best;
}

export class Magnet {
  /** @param {{bitmap: CanvasImageSource | null, view: {image: {width: number}}}} surface */
  constructor(surface) {
    this.surface = surface;
    /** @type {OffscreenCanvasRenderingContext2D | null} */
    this.context = null;
  }

  /**
   * A place near an edge, drawn to it.
   * @param {[number, number]} at image pixels @param {number} reach likewise @returns {[number, number]}
   */
  snap(at, reach) {
    const { bitmap, view } = this.surface;
    if (!bitmap) return at;
    // The stage's picture may be smaller than the photo.
    const scale = /** @type {ImageBitmap} */ (bitmap).width / view.image.width;
    const cells = Math.min(24, Math.max(2, reach * scale));
    const size = 2 * Math.ceil(cells) + 3;
    const left = Math.floor(at[0] * scale) - Math.ceil(cells) - 1,
      top = Math.floor(at[1] * scale) - Math.ceil(cells) - 1;
    const found = strongest(
      this.#grey(bitmap, left, top, size),
      size,
      at[0] * scale - left,
      at[1] * scale - top,
      cells,
    );
    return found ? [(found[0] + left) / scale, (found[1] + top) / scale] : at;
  }

  /** @param {CanvasImageSource} bitmap @param {number} left @param {number} top @param {number} size */
  #grey(bitmap, left, top, size) {
    const canvas = this.context?.canvas ?? new OffscreenCanvas(size, size);
    if (canvas.width !== size) canvas.width = canvas.height = size;
    this.context ??= canvas.getContext("2d", { willReadFrequently: true });
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (this.context);
    context.clearRect(0, 0, size, size);
    context.drawImage(bitmap, -left, -top);
    const { data } = context.getImageData(0, 0, size, size);
    return Float32Array.from({ length: size * size }, (_, i) =>
      data[4 * i + 3] ? 0.3 * data[4 * i] + 0.59 * data[4 * i + 1] + 0.11 * data[4 * i + 2] : Number.NaN,
    );
  }
}
