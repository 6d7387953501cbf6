/**
 * Undo and redo over everything: what the user has said about the object in hand, the state of the object list, and the
 * photo itself where a tool has changed it.
 *
 * @typedef {{picture: string, prompts: import("../prompts/prompts.mjs").PromptState, version: number,
 *   classes?: number}} Moment never changed in place; `version` is that of the picture's object list, `classes` that of
 *   the class list
 */

const MOST = 240;

export class History {
  constructor() {
    /** @type {Moment[]} */
    this.past = [];
    /** @type {Moment[]} */
    this.future = [];
  }

  get canUndo() {
    return this.past.length > 0;
  }
  get canRedo() {
    return this.future.length > 0;
  }

  /** @param {Moment} before what was there before the step that has just been made */
  push(before) {
    this.past.push(before);
    if (this.past.length > MOST) this.past.shift();
    this.future = [];
  }

  /** @param {Moment} now @returns {Moment | undefined} what to show */
  undo(now) {
    const moment = this.past.pop();
    if (moment) this.future.push(now);
    return moment;
  }

  /** @param {Moment} now @returns {Moment | undefined} what to show */
  redo(now) {
    const moment = this.future.pop();
    if (moment) this.past.push(now);
    return moment;
  }

  /**
   * Back to the last moment of a picture.
   * @param {Moment} now
   * @param {string} picture one that `has` finds
   * @returns {Moment}
   */
  rewind(now, picture) {
    let moment = now;
    do moment = /** @type {Moment} */ (this.undo(moment));
    while (moment.picture !== picture);
    return moment;
  }

  /** Whether undo leads to it. @param {string} picture */
  has(picture) {
    return this.past.some((moment) => moment.picture === picture);
  }

  /** For a step that cannot be made. @returns {() => void} puts everything back as it is now */
  hold() {
    const past = [...this.past];
    const future = [...this.future];
    return () => Object.assign(this, { past, future });
  }

  /** The same picture under another id. @param {string} from @param {string} to */
  rename(from, to) {
    const renamed = (/** @type {Moment} */ moment) => (moment.picture === from ? { ...moment, picture: to } : moment);
    this.past = this.past.map(renamed);
    this.future = this.future.map(renamed);
  }

  /** Another photo was opened: its steps are not this one's. */
  clear() {
    this.past = [];
    this.future = [];
  }
}
