/**
 * The masks of one click, from the smallest to the largest: what they are called, and the choice among them, which the
 * next object starts with.
 *
 * @typedef {import("../inference/request_queue.mjs").Answer} Answer
 * @typedef {{names: string[], masks: number[], place: number}} Choices what there is to choose from, smallest first:
 *   names, the answer's masks as indices, and the place of the one that is shown
 */

/** By how much larger or smaller they are than the one that the model ranks first. */
const NAMES = ["Small part", "Part", "Whole", "Larger", "Largest"];
const WHOLE = 2;

/** Cells of one of an answer's masks that lie in the photo. @param {Answer} answer @param {number} index */
export function cells(answer, index) {
  const { logits, width, height, inside } = answer;
  const rows = Math.ceil(height * (inside?.height ?? 1)),
    columns = Math.ceil(width * (inside?.width ?? 1));
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const start = (index * height + row) * width;
    for (let i = start, end = start + columns; i < end; i++) if (logits[i] > 0) count++;
  }
  return count;
}

/** @type {WeakMap<Answer, number[]>} asked for at each change of the page, and an answer never changes */
const sorted = new WeakMap();

/** The answer's masks from the smallest to the largest, as indices. @param {Answer} answer @returns {number[]} */
export function bySize(answer) {
  const known = sorted.get(answer);
  if (known) return known;
  const sizes = Array.from({ length: answer.count }, (_, index) => cells(answer, index));
  const order = sizes.map((_, index) => index).sort((a, b) => sizes[a] - sizes[b] || a - b);
  sorted.set(answer, order);
  return order;
}

/** What the masks of an order are called: the first one of the answer is the whole. @param {number[]} order */
export function namesOf(order) {
  const whole = order.indexOf(0);
  return order.map((_, place) => NAMES[Math.min(NAMES.length - 1, Math.max(0, WHOLE + place - whole))]);
}

/**
 * @param {Answer | null} answer @param {number} choice index of the mask that is shown
 * @returns {Choices}
 */
export function choicesOf(answer, choice) {
  const masks = answer && answer.count > 1 ? bySize(answer) : [];
  return { names: namesOf(masks), masks, place: masks.indexOf(choice) };
}

export class Dial {
  /** How much larger than the whole the last mask was that was chosen by hand, in steps. */
  steps = 0;

  /** How many of an answer's masks `first` has to see: all where sizes decide, else the best one. */
  get needs() {
    return this.steps ? 3 : 1;
  }

  /** The mask to show first: as much of it as was chosen last, or the whole. @param {Answer} answer */
  first(answer) {
    if (!this.steps || answer.count < 2) return 0;
    const order = bySize(answer);
    return order[Math.min(order.length - 1, Math.max(0, order.indexOf(0) + this.steps))];
  }

  /** @param {Answer} answer @param {number} place from the smallest @returns {number} index of the mask */
  choose(answer, place) {
    const order = bySize(answer);
    this.steps = place - order.indexOf(0);
    return order[place];
  }
}
