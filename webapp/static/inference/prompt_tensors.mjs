/**
 * What stands between prompts and a decoder's graph, as pure functions: the same as sam/clicks.py and the backends do
 * on the server, number for number; both must change together.
 *
 * @typedef {import("./request_queue.mjs").PromptJSON} PromptJSON
 * @typedef {{size_hw: number[], input_hw: number[], input_size: number}} Geometry of the image and of the model's input
 * @typedef {{slots: number, tidy: boolean, pad_box: boolean, least: number}} Rules slots: places for points come in
 *   multiples of this, 0 for SAM's own padding, one empty point where there is no box; tidy: masks are made tidy after
 *   decoding; pad_box: with SAM's own padding, one beside a box, too; least: with it, empty points up to so many places
 *   instead
 * @typedef {{coords: Float32Array, labels: Float32Array, count: number}} Points count is the number of places
 */

const EMPTY_SLOT = -1;
const BOX_LOW = 2;
const BOX_HIGH = 3;
const MOST_TURNS = 8;

/**
 * Points and box as the graph takes them, in pixels of its input.
 * @param {PromptJSON} prompts @param {Geometry} geometry @param {Rules} rules
 * @returns {Points}
 */
export function feeds(prompts, geometry, { slots, pad_box, least }) {
  const { points, labels, box } = prompts;
  const needed = points.length + (box ? 2 : 0);
  const padded = least ? Math.max(least, needed) : needed + (box && !pad_box ? 0 : 1);
  const count = slots ? slots * Math.max(1, Math.ceil(needed / slots)) : padded;
  const across = geometry.input_hw[1] / geometry.size_hw[1];
  const down = geometry.input_hw[0] / geometry.size_hw[0];
  const coords = new Float32Array(2 * count);
  const kinds = new Float32Array(count).fill(EMPTY_SLOT);
  /** @param {number} place @param {number} x @param {number} y @param {number} kind */
  const put = (place, x, y, kind) => {
    coords[2 * place] = x * across;
    coords[2 * place + 1] = y * down;
    kinds[place] = kind;
  };
  for (const [place, [x, y]] of points.entries()) put(place, x, y, labels[place]);
  if (box) {
    put(points.length, box[0], box[1], BOX_LOW);
    put(points.length + 1, box[2], box[3], BOX_HIGH);
  }
  return { coords, labels: kinds, count };
}

/**
 * The prompts that lead to this one: the box or the first click, then a click more each time.
 * @param {PromptJSON} prompts
 * @returns {PromptJSON[]}
 */
export function turns(prompts) {
  const { points, labels, box, base } = prompts;
  if (!points.length || base) return [prompts];
  const first = Math.max(box ? 0 : 1, points.length - MOST_TURNS + 1);
  const all = [];
  for (let count = first; count <= points.length; count++)
    all.push({ points: points.slice(0, count), labels: labels.slice(0, count), box });
  return all;
}

/** Whether three masks are wanted: one click alone may mean a part, the whole, or more. @param {PromptJSON} prompts */
export function wantsMany(prompts, guided = false) {
  return prompts.points.length === 1 && !prompts.box && !guided;
}

/**
 * Which of the graph's masks are the answer, best first.
 * @param {ArrayLike<number>} scores of the single mask and of the three
 * @param {boolean} many
 * @returns {number[]}
 */
export function order(scores, many) {
  if (!many) return [0];
  const rows = Array.from({ length: scores.length - 1 }, (_, i) => i + 1);
  return rows.sort((a, b) => scores[b] - scores[a]); // stable, as numpy's on the server
}

/**
 * Where the prompt's points lie in cells of the masks.
 * @param {PromptJSON} prompts @param {Geometry} geometry @param {number} side cells of the masks
 * @returns {[number, number][]}
 */
export function pointCells(prompts, geometry, side) {
  const cell = side / geometry.input_size;
  const across = (geometry.input_hw[1] / geometry.size_hw[1]) * cell;
  const down = (geometry.input_hw[0] / geometry.size_hw[0]) * cell;
  return prompts.points.map(([x, y]) => [x * across, y * down]);
}
