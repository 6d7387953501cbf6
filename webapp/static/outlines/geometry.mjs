/**
 * Outlines as vertices, and the mask that follows them. Pure functions; nothing is changed in place.
 *
 * @typedef {[number, number]} XY image pixels
 * @typedef {XY[][]} Rings holes are rings as well: what lies inside an odd number of them is inside
 * @typedef {import("../canvas/overlay.mjs").Field} Field
 * @typedef {{ring: number, index: number}} Place of a vertex; of an edge: that which begins there
 */

/** Vertices of the smallest outline. */
const LEAST = 3;

/**
 * The cells of a window whose centres lie inside an odd number of rings: the server's rule, `fill` in
 * sam/formats/_core/regions.py, so that at the same size both give the same mask.
 * @param {Rings} rings in cells, where cell (0, 0) reaches from 0 to 1
 * @param {number} left @param {number} top @param {number} width @param {number} height the window, cells
 * @returns {Uint8Array} (height, width), 1 inside
 */
export function fill(rings, left, top, width, height) {
  const inside = new Uint8Array(width * height);
  for (const ring of rings) {
    if (ring.length < LEAST) continue;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      // Both directions of an edge must meet the same cells, to the last bit.
      const [[ax, ay], [bx, by]] = ring[j][0] > ring[i][0] ? [ring[i], ring[j]] : [ring[j], ring[i]];
      const slope = (by - ay) / (bx - ax);
      const first = Math.max(left, Math.ceil(ax - 0.5)),
        last = Math.min(left + width, Math.ceil(bx - 0.5));
      for (let column = first; column < last; column++) {
        const row = Math.ceil(ay + (column + 0.5 - ax) * slope - 0.5) - top;
        if (row < height) inside[Math.max(0, row) * width + column - left] ^= 1;
      }
    }
  }
  for (let i = width; i < inside.length; i++) inside[i] ^= inside[i - width];
  return inside;
}

/** What can differ between two outlines, xyxy; null: nothing. @param {Rings} before @param {Rings} after */
export function changedBox(before, after) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const add = (/** @type {Rings} */ rings, /** @type {Rings} */ others) => {
    for (const [place, ring] of rings.entries()) {
      const other = others[place] ?? [];
      if (ring === other) continue;
      for (const [i, [x, y]] of ring.entries()) {
        const previous = ring[(i + ring.length - 1) % ring.length],
          next = ring[(i + 1) % ring.length];
        if (has(other, previous, [x, y]) && has(other, [x, y], next)) continue;
        for (const [px, py] of [previous, [x, y], next]) {
          box[0] = Math.min(box[0], px);
          box[1] = Math.min(box[1], py);
          box[2] = Math.max(box[2], px);
          box[3] = Math.max(box[3], py);
        }
      }
    }
  };
  add(before, after);
  add(after, before);
  return box[0] < Infinity ? box : null;
}

/** Whether a ring has an edge. @param {XY[]} ring @param {XY} from @param {XY} to */
function has(ring, from, to) {
  const at = ring.findIndex(([x, y]) => x === from[0] && y === from[1]);
  const next = ring[(at + 1) % ring.length];
  return at >= 0 && next[0] === to[0] && next[1] === to[1];
}

/**
 * The mask where an outline was moved: what lies between the two outlines is taken from the second, all else stays.
 * @param {Field} base the mask as it is, cut to `box`
 * @param {number[]} box xyxy of the base, image pixels
 * @param {Rings} before @param {Rings} after
 * @param {{width: number, height: number}} image
 * @returns {Field}
 */
export function follow(base, box, before, after, image) {
  const changed = changedBox(before, after);
  if (!changed) return base;
  const { ax, ay } = base;
  const column = (/** @type {number} */ x) => (x - box[0]) * ax,
    row = (/** @type {number} */ y) => (y - box[1]) * ay;
  const clip = (/** @type {number} */ value, /** @type {number} */ low, /** @type {number} */ high) =>
    Math.min(high, Math.max(low, value));
  const x0 = Math.floor(clip(column(changed[0]), column(0), column(image.width))),
    y0 = Math.floor(clip(row(changed[1]), row(0), row(image.height))),
    x1 = Math.ceil(clip(column(changed[2]), column(0), column(image.width))),
    y1 = Math.ceil(clip(row(changed[3]), row(0), row(image.height)));
  const left = Math.min(0, x0),
    top = Math.min(0, y0),
    width = Math.max(base.width, x1) - left,
    height = Math.max(base.height, y1) - top;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < base.height; y++)
    data.set(base.data.subarray(y * base.width, (y + 1) * base.width), (y - top) * width - left);
  if (x1 > x0 && y1 > y0) {
    const cells = (/** @type {Rings} */ rings) =>
      rings.map((ring) => ring.map(([x, y]) => /** @type {XY} */ ([column(x), row(y)])));
    const old = fillWindow(cells(before), x0, y0, x1, y1),
      now = fillWindow(cells(after), x0, y0, x1, y1);
    for (let y = y0; y < y1; y++)
      for (let x = x0; x < x1; x++) {
        const i = (y - y0) * (x1 - x0) + x - x0;
        if (old[i] !== now[i]) data[(y - top) * width + x - left] = now[i] ? 255 : 0;
      }
  }
  return { ...base, data, width, height, bx: base.bx - left, by: base.by - top };
}

/** @param {Rings} rings @param {number} x0 @param {number} y0 @param {number} x1 @param {number} y1 */
const fillWindow = (rings, x0, y0, x1, y1) => fill(rings, x0, y0, x1 - x0, y1 - y0);

/** The vertex nearest to a place within reach. @param {Rings} rings @param {XY} at @param {number} reach
 *  @returns {Place | null} */
export function vertexAt(rings, [x, y], reach) {
  let best = null,
    least = reach;
  for (const [ring, vertices] of rings.entries())
    for (const [index, [vx, vy]] of vertices.entries()) {
      const distance = Math.hypot(vx - x, vy - y);
      if (distance <= least) [best, least] = [{ ring, index }, distance];
    }
  return best;
}

/** The edge nearest to a place within reach. @param {Rings} rings @param {XY} at @param {number} reach
 *  @returns {Place | null} */
export function edgeAt(rings, [x, y], reach) {
  let best = null,
    least = reach;
  for (const [ring, vertices] of rings.entries())
    for (const [index, [ax, ay]] of vertices.entries()) {
      const [bx, by] = vertices[(index + 1) % vertices.length];
      const dx = bx - ax,
        dy = by - ay;
      const along = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
      const distance = Math.hypot(ax + along * dx - x, ay + along * dy - y);
      if (distance <= least) [best, least] = [{ ring, index }, distance];
    }
  return best;
}

/** @param {Rings} rings @param {Place} place @param {XY} to @returns {Rings} */
export function moved(rings, { ring, index }, to) {
  return changed(rings, ring, (vertices) => vertices.with(index, to));
}

/** A vertex on an edge. @param {Rings} rings @param {Place} edge @param {XY} at @returns {Rings} */
export function inserted(rings, { ring, index }, at) {
  return changed(rings, ring, (vertices) => vertices.toSpliced(index + 1, 0, at));
}

/** Without a vertex; an outline of three goes with it, unless it is the last. @param {Rings} rings
 *  @param {Place} place @returns {Rings} */
export function removed(rings, { ring, index }) {
  if (rings[ring].length > LEAST) return changed(rings, ring, (vertices) => vertices.toSpliced(index, 1));
  return rings.length > 1 ? rings.toSpliced(ring, 1) : rings;
}

/** @param {Rings} rings @param {number} ring @param {(vertices: XY[]) => XY[]} change */
function changed(rings, ring, change) {
  return rings.with(ring, change(rings[ring]));
}

/** How many vertices. @param {Rings} rings */
export function count(rings) {
  return rings.reduce((sum, ring) => sum + ring.length, 0);
}
