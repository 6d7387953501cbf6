/**
 * Strokes to prompts: a scribble becomes points along it, an outline a box and a point deep inside. Pure functions.
 *
 * @typedef {[number, number]} XY image pixels
 */

/** Points of a scribble; with every one the decoder is asked once more. */
const MOST_POINTS = 4;
/** A scribble shorter than this, in stroke widths of the screen, is a click. */
const SPACING = 48;
const GRID = 32;

/**
 * Points on the stroke itself at equal distances along it, its ends left out: they often slip off the object.
 * @param {XY[]} path @param {number} scale screen pixels an image pixel
 * @returns {XY[]}
 */
export function alongStroke(path, scale) {
  const lengths = [0];
  for (let i = 1; i < path.length; i++)
    lengths.push(lengths[i - 1] + Math.hypot(path[i][0] - path[i - 1][0], path[i][1] - path[i - 1][1]));
  const total = lengths[lengths.length - 1];
  const count = Math.min(MOST_POINTS, Math.max(1, Math.round((total * scale) / SPACING)));
  return Array.from({ length: count }, (_, index) => {
    const at = ((index + 0.5) / count) * total;
    const i = Math.max(
      1,
      lengths.findIndex((length) => length >= at),
    );
    if (path.length === 1) return path[0];
    const part = (at - lengths[i - 1]) / (lengths[i] - lengths[i - 1] || 1);
    return [
      path[i - 1][0] + (path[i][0] - path[i - 1][0]) * part,
      path[i - 1][1] + (path[i][1] - path[i - 1][1]) * part,
    ];
  });
}

/** @param {XY[]} path @returns {[number, number, number, number]} xyxy */
export function bounds(path) {
  const xs = path.map(([x]) => x),
    ys = path.map(([, y]) => y);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/**
 * Whether the closed outline goes round the point (even-odd rule).
 * @param {XY[]} path
 * @param {number} x
 * @param {number} y
 */
export function encloses(path, x, y) {
  let inside = false;
  for (let i = 0, j = path.length - 1; i < path.length; j = i++) {
    const [xi, yi] = path[i],
      [xj, yj] = path[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/**
 * The point inside the outline that is farthest from it.
 * @param {XY[]} path
 * @returns {XY | null} null: it encloses nothing
 */
export function deepest(path) {
  const [x0, y0, x1, y1] = bounds(path);
  /** @type {XY | null} */
  let best = null;
  let depth = 0;
  for (let row = 0; row < GRID; row++)
    for (let column = 0; column < GRID; column++) {
      const x = x0 + ((column + 0.5) / GRID) * (x1 - x0),
        y = y0 + ((row + 0.5) / GRID) * (y1 - y0);
      if (!encloses(path, x, y)) continue;
      const distance = Math.min(
        ...path.map(([px, py], i) => toSegment(x, y, path[(i + path.length - 1) % path.length], [px, py])),
      );
      if (distance > depth) [best, depth] = [[x, y], distance];
    }
  return best;
}

/** @param {number} x @param {number} y @param {XY} from @param {XY} to */
function toSegment(x, y, from, to) {
  const dx = to[0] - from[0],
    dy = to[1] - from[1];
  const along = Math.max(0, Math.min(1, ((x - from[0]) * dx + (y - from[1]) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - from[0] - along * dx, y - from[1] - along * dy);
}

/** A path with no more than `most` points, evenly thinned. @param {XY[]} path @param {number} most @returns {XY[]} */
export function thinned(path, most) {
  if (path.length <= most) return path;
  return Array.from({ length: most }, (_, i) => path[Math.round((i * (path.length - 1)) / (most - 1))]);
}
