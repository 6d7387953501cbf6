/**
 * What the user has said about the object in hand.
 *
 * @typedef {{x: number, y: number, label: 0 | 1}} Point image pixels
 * @typedef {[number, number, number, number]} Box half-open xyxy, image pixels
 * @typedef {{object: string, mask: string, points: number[][]}} Base an object that is refined: its id, the key of its
 *   mask, and clicks that stand for it
 * @typedef {{points: Point[], box: Box | null, base?: Base | null, name?: string}} PromptState never changed in place;
 *   `name` of the object to come
 */

/** @type {PromptState} */
export const EMPTY = Object.freeze({ points: [], box: null });

export class Prompts {
  /** @param {(before: PromptState | null) => void} onChange `before` is null for what is no step of the user's */
  constructor(onChange) {
    this.onChange = onChange;
    /** @type {PromptState} */
    this.state = EMPTY;
  }

  get empty() {
    return this.state.points.length === 0 && this.state.box === null;
  }

  /** Several points and a box in one step. @param {PromptState} more its box, if it has one, replaces the old one */
  add(more) {
    this.#step({ ...this.state, points: [...this.state.points, ...more.points], box: more.box ?? this.state.box });
  }

  /** In place of all that was said. @param {PromptState} state */
  replace(state) {
    this.#step(state);
  }

  clear() {
    if (!this.empty || this.state.base) this.#step(EMPTY);
  }

  /** What follows changes this object instead of making one. @param {Base} base */
  refine(base) {
    this.#step({ ...EMPTY, base });
  }

  /** Without a step: another image, the object was kept, undo. @param {PromptState} [state] */
  show(state = EMPTY) {
    this.state = state;
    this.onChange(null);
  }

  /** A step that was shown as it went on. @param {PromptState} before it began */
  began(before) {
    this.onChange(before);
  }

  /** @returns {import("../inference/request_queue.mjs").PromptJSON} as the server takes it */
  toJSON() {
    return toJSON(this.state);
  }

  /** @param {PromptState} state */
  #step(state) {
    const before = this.state;
    this.state = state;
    this.onChange(before);
  }
}

/** @param {PromptState} state @returns {import("../inference/request_queue.mjs").PromptJSON} */
export function toJSON({ points, box, base }) {
  const inside = base?.points ?? [];
  return {
    points: [...inside, ...points.map((point) => [point.x, point.y])],
    labels: [...inside.map(() => 1), ...points.map((point) => point.label)],
    box,
    ...(base && { base: { object: base.object, mask: base.mask } }),
  };
}
