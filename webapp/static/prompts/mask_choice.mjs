/**
 * The three masks of one click as part, whole and larger, and the choice among them, which the next object starts with.
 *
 * @typedef {import("../inference/request_queue.mjs").Answer} Answer
 */

export const NAMES = ["Part", "Whole", "Larger"];

/** Cells of one of an answer's masks. @param {Answer} answer @param {number} index */
export function cells(answer, index) {
  const area = answer.width * answer.height;
  let count = 0;
  for (let i = index * area, end = i + area; i < end; i++) if (answer.logits[i] > 0) count++;
  return count;
}

/** @type {WeakMap<Answer, number[]>} asked for at each change of the page, and an answer never changes */
const sorted = new WeakMap();

/** The answer's masks from the smallest to the largest, as indices. @param {Answer} answer @returns {number[]} */
export function bySize(answer) {
  const known = sorted.get(answer);
  if (known) return known;
  const sizes = Array.from({ length: answer.count }, (_, index) => cells(answer, index));
  const order = sizes.map((_, index) => index).sort((a, b) => sizes[a] - sizes[b]);
  sorted.set(answer, order);
  return order;
}

/**
 * What there is to choose from: the scores, smallest mask first, and the place of the one that is shown.
 * @param {Answer | null} answer @param {number} choice index of the mask that is shown
 */
export function choicesOf(answer, choice) {
  const all = answer && answer.count > 1 ? bySize(answer) : [];
  return { scores: all.map((index) => answer?.scores[index] ?? 0), place: all.indexOf(choice) };
}

export class Dial {
  /** @type {number | null} place from the smallest, of the last mask that was chosen by hand */
  place = null;

  /** How many of an answer's masks `first` has to see: all where sizes decide, else the best one. */
  get needs() {
    return this.place === null ? 1 : NAMES.length;
  }

  /** The mask to show first: the place chosen last, or the best one where none was. @param {Answer} answer */
  first(answer) {
    return this.place === null || answer.count !== NAMES.length ? 0 : bySize(answer)[this.place];
  }

  /** @param {Answer} answer @param {number} place from the smallest @returns {number} index of the mask */
  choose(answer, place) {
    this.place = place;
    return bySize(answer)[place];
  }
}
