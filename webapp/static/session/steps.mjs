/** Undo and redo: what the history says, done on the stage and on the server, one step after the other. */

import { TOUCH } from "../ui/dom.mjs";

/** @typedef {import("./history.mjs").Moment} Moment */

export class Steps {
  /** @param {import("./studio.mjs").Studio} studio */
  constructor(studio) {
    this.studio = studio;
    /** @type {Promise<unknown>} */
    this.turning = Promise.resolve();
    /** The toast that offers to take back what a tool has done to the photo. */
    this.closeOffer = () => {};
  }

  undo = () => this.#turn((now) => this.studio.history.undo(now));
  redo = () => this.#turn((now) => this.studio.history.redo(now));

  /** What is put after whatever is still under way. @param {() => Promise<void>} step */
  queue(step) {
    this.turning = this.turning.then(() => this.studio.guard(step));
    return this.turning;
  }

  /** A tool has put another photo in the place of this one. @param {Moment} before */
  changedPhoto(before) {
    const { history, status, on } = this.studio;
    history.push(before);
    on.changed();
    status.say("The photo was changed. Its objects are kept.");
    this.closeOffer();
    this.closeOffer = status.toast(`The photo was changed.${TOUCH ? "" : " Ctrl+Z takes it back."}`, {
      action: "Undo",
      run: () => this.#takeBack(before.picture),
    });
  }

  /** @param {string} picture */
  #takeBack(picture) {
    const { history, opening, state } = this.studio;
    if (state.picture?.id === picture) return;
    if (history.has(picture)) this.#turn((now) => history.rewind(now, picture));
    else opening.restore(picture);
  }

  /** @param {(now: Moment) => Moment | undefined} step */
  #turn(step) {
    const { studio } = this;
    return this.queue(async () => {
      const putBack = studio.history.hold();
      const moment = step(studio.moment);
      if (!moment) return;
      if (moment.picture !== studio.moment.picture) {
        if (!(await studio.opening.restore(moment.picture, true))) return putBack();
        if (moment.picture !== studio.moment.picture) return; // another photo was opened meanwhile
        this.closeOffer();
      }
      if (moment.version !== studio.moment.version) studio.apply(await studio.transport.goTo(moment.version), false);
      studio.prompts.show(moment.prompts);
    });
  }
}
