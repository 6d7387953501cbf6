/**
 * Undo and redo over everything: what the user has said about the object in hand, and the state of the object list.
 *
 * @typedef {{prompts: import("./prompts.mjs").PromptState, version: number}} Moment never changed in place
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

  /** Another image: its steps are not this one's. */
  clear() {
    this.past = [];
    this.future = [];
  }
}
