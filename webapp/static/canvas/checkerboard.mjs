/** What shows through a picture, as in every picture editor. */

const CHECK = 8;
/** Cells of a side in which transparency is looked for: each is the mean of what it covers. */
const CELLS = 64;

/** @type {WeakMap<CanvasImageSource, boolean>} */
const known = new WeakMap();
/** @type {CanvasPattern | null} */
let pattern = null;

/** @param {CanvasRenderingContext2D} context @returns {CanvasPattern | string} */
export function checks(context) {
  pattern ??= make(context);
  return pattern ?? "#ccc";
}

/**
 * A photo with what shows through it: white under an opaque one, so that no seam of the stage does.
 * @param {CanvasRenderingContext2D} context
 * @param {CanvasImageSource} bitmap
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
export function drawPhoto(context, bitmap, x, y, width, height) {
  context.fillStyle = behind(context, bitmap);
  context.fillRect(x, y, width, height);
  context.drawImage(bitmap, x, y, width, height);
}

/** @param {CanvasRenderingContext2D} context @param {CanvasImageSource} bitmap */
function behind(context, bitmap) {
  if (!known.has(bitmap)) known.set(bitmap, isTransparent(bitmap));
  return known.get(bitmap) ? checks(context) : "#fff";
}

/** @param {CanvasImageSource} bitmap */
function isTransparent(bitmap) {
  const small = new OffscreenCanvas(CELLS, CELLS).getContext("2d", { willReadFrequently: true });
  if (!small) return false;
  small.drawImage(bitmap, 0, 0, CELLS, CELLS);
  return small.getImageData(0, 0, CELLS, CELLS).data.some((value, at) => at % 4 === 3 && value < 255);
}

/** @param {CanvasRenderingContext2D} context */
function make(context) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 2 * CHECK;
  const ink = /** @type {CanvasRenderingContext2D} */ (tile.getContext("2d"));
  ink.fillStyle = "#f1f1f3";
  ink.fillRect(0, 0, 2 * CHECK, 2 * CHECK);
  ink.fillStyle = "#c9c9cf";
  ink.fillRect(0, 0, CHECK, CHECK);
  ink.fillRect(CHECK, CHECK, CHECK, CHECK);
  return context.createPattern(tile, "repeat");
}
