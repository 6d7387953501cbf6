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

/** What to paint under a photo. @param {CanvasRenderingContext2D} context @param {CanvasImageSource} bitmap */
export function behind(context, bitmap) {
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
