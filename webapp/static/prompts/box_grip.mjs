/**
 * A box that is taken by an edge or a corner: what is under the pointer, and what the box becomes. Pure functions.
 *
 * @typedef {[number, number, number, number]} Box half-open xyxy
 * @typedef {{x: -1 | 0 | 1 | 2, y: -1 | 0 | 1 | 2}} Grip which edges move: -1 the left or upper, 1 the right or lower,
 *   0 none, 2 both, which moves the box
 */

/** Side of the smallest box, in pixels of the image. */
const LEAST = 1;

/** @type {Grip} */
export const WHOLE = { x: 2, y: 2 };
/** What the arrow keys move, one after the other. @type {[Grip, string][]} */
export const STOPS = [
  [{ x: -1, y: -1 }, "the top left corner"],
  [{ x: 1, y: 1 }, "the bottom right corner"],
  [WHOLE, "the box"],
];

/**
 * The edge or corner near a place, or null.
 * @param {Box} box @param {number} x @param {number} y in the box's unit @param {number} reach how near is near
 * @returns {Grip | null}
 */
export function gripAt(box, x, y, reach) {
  const across = edgeAt(box[0], box[2], x, reach),
    down = edgeAt(box[1], box[3], y, reach);
  if (across === null || down === null || (!across && !down)) return null;
  return /** @type {Grip} */ ({ x: across, y: down });
}

/**
 * Which end of a stretch a value is near; 0 between them, null beyond. A small box keeps a middle to click into.
 * @param {number} low
 * @param {number} high
 * @param {number} value
 * @param {number} reach
 */
function edgeAt(low, high, value, reach) {
  if (value < low - reach || value > high + reach) return null;
  const inward = Math.min(reach, (high - low) / 4);
  if (value < low + inward) return -1;
  return value > high - inward ? 1 : 0;
}

/**
 * The box after its grip was moved.
 * @param {Box} box @param {Grip} grip @param {number} dx @param {number} dy
 * @param {{width: number, height: number}} image that it stays in
 * @param {boolean} [over] whether an edge that gets past the other one turns the box over, or stops there
 * @returns {Box}
 */
export function moved(box, grip, dx, dy, image, over = true) {
  const [x0, x1] = stretch(box[0], box[2], grip.x, dx, image.width, over);
  const [y0, y1] = stretch(box[1], box[3], grip.y, dy, image.height, over);
  return [x0, y0, x1, y1];
}

/**
 * One direction of `moved`.
 * @param {number} low
 * @param {number} high
 * @param {number} which of the two moves: -1 low, 1 high, 2 both
 * @param {number} by
 * @param {number} most
 * @param {boolean} over
 */
function stretch(low, high, which, by, most, over) {
  if (which === 2) {
    const step = Math.min(most - high, Math.max(-low, by));
    return [low + step, high + step];
  }
  if (!which) return [low, high];
  const fixed = which < 0 ? high : low;
  let free = Math.min(most, Math.max(0, (which < 0 ? low : high) + by));
  if (!over) free = which < 0 ? Math.min(free, fixed - LEAST) : Math.max(free, fixed + LEAST);
  if (Math.abs(free - fixed) < LEAST)
    free = fixed + (fixed + which * LEAST < 0 || fixed + which * LEAST > most ? -which : which) * LEAST;
  return free < fixed ? [free, fixed] : [fixed, free];
}

/** @param {Grip | null} grip @returns {string} a CSS cursor, "" for the usual one */
export function cursorOf(grip) {
  if (!grip) return "";
  if (grip.x === 2) return "move";
  if (!grip.y) return "ew-resize";
  if (!grip.x) return "ns-resize";
  return grip.x === grip.y ? "nwse-resize" : "nesw-resize";
}

/**
 * Where a box shows that it can be taken: corners, and the middles of sides that are long enough.
 * @param {Box} box
 * @param {number} room
 */
export function handlesOf([x0, y0, x1, y1], room) {
  const x = (x0 + x1) / 2,
    y = (y0 + y1) / 2;
  const corners = [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ];
  return [
    ...corners,
    ...(x1 - x0 > room
      ? [
          [x, y0],
          [x, y1],
        ]
      : []),
    ...(y1 - y0 > room
      ? [
          [x0, y],
          [x1, y],
        ]
      : []),
  ];
}
