/**
 * What the user has said about the object in hand, with its history.
 *
 * @typedef {{x: number, y: number, label: 0 | 1}} Point image pixels
 * @typedef {[number, number, number, number]} Box half-open xyxy, image pixels
 * @typedef {{points: Point[], box: Box | null}} PromptState never changed in place
 */

/** @type {PromptState} */
const EMPTY = Object.freeze({ points: [], box: null });

export class Prompts {
  /** @param {() => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
    /** @type {PromptState} */
    this.state = EMPTY;
    /** @type {PromptState[]} */
    this.past = [];
    /** @type {PromptState[]} */
    this.future = [];
  }

  get empty() {
    return this.state.points.length === 0 && this.state.box === null;
  }
  get canUndo() {
    return this.past.length > 0;
  }
  get canRedo() {
    return this.future.length > 0;
  }

  /** @param {number} x @param {number} y @param {0 | 1} label */
  addPoint(x, y, label) {
    this.#push({ points: [...this.state.points, { x, y, label }], box: this.state.box });
  }

  /** @param {Box} box */
  setBox(box) {
    this.#push({ points: this.state.points, box });
  }

  /** Can be undone, unlike `reset`. */
  clear() {
    if (!this.empty) this.#push(EMPTY);
  }

  undo() {
    const state = this.past.pop();
    if (!state) return;
    this.future.push(this.state);
    this.state = state;
    this.onChange();
  }

  redo() {
    const state = this.future.pop();
    if (!state) return;
    this.past.push(this.state);
    this.state = state;
    this.onChange();
  }

  /** Forgets everything: another image, or the object was kept. */
  reset() {
    this.state = EMPTY;
    this.past = [];
    this.future = [];
    this.onChange();
  }

  /** @returns {{points: number[][], labels: number[], box: Box | null}} as the server takes it */
  toJSON() {
    return {
      points: this.state.points.map((point) => [point.x, point.y]),
      labels: this.state.points.map((point) => point.label),
      box: this.state.box,
    };
  }

  /** @param {PromptState} state */
  #push(state) {
    this.past.push(this.state);
    this.future = [];
    this.state = state;
    this.onChange();
  }
}
