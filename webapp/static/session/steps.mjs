/** Undo and redo: what the history says, done on the stage and on the server, one step after the other. */

import { TOUCH } from "../ui/dom.mjs";
import { History } from "./history.mjs";

/** @typedef {import("./history.mjs").Moment} Moment */

export class Steps {
  /** @param {import("./studio.mjs").Studio} studio */
  constructor(studio) {
    this.studio = studio;
    this.history = new History();
    /** @type {Promise<unknown>} */
    this.turning = Promise.resolve();
    /** The toast that offers to take back what a tool has done to the photo. */
    this.closeOffer = () => {};
  }

  /** What is on the stage now. @returns {Moment} */
  get moment() {
    const { session, mask } = this.studio;
    return {
      picture: session.picture?.id ?? "",
      prompts: mask.prompts.state,
      version: session.picture?.version ?? 0,
      classes: session.state.class_list ?? 0,
    };
  }

  /** A step has been made. @param {Moment["prompts"]} [prompts] before it, where these have changed */
  note(prompts) {
    this.history.push(prompts ? { ...this.moment, prompts } : this.moment);
  }

  undo = () => this.#turn((now) => this.history.undo(now));
  redo = () => this.#turn((now) => this.history.redo(now));

  /** What is put after whatever is still under way. @param {() => Promise<void>} step */
  queue(step) {
    this.turning = this.turning.then(() => this.studio.session.guard(step));
    return this.turning;
  }

  /** A tool has put another photo in the place of this one. @param {Moment} before */
  changedPhoto(before) {
    const { session, status } = this.studio;
    this.history.push(before);
    session.on.changed();
    status.say("The photo was changed. Its objects are kept.");
    this.closeOffer();
    this.closeOffer = status.toast(`The photo was changed.${TOUCH ? "" : " Ctrl+Z takes it back."}`, {
      action: "Undo",
      run: () => this.#takeBack(before.picture),
    });
  }

  /** @param {string} picture */
  #takeBack(picture) {
    const { opening, session } = this.studio;
    if (session.picture?.id === picture) return;
    if (this.history.has(picture)) this.#turn((now) => this.history.rewind(now, picture));
    else opening.restore(picture);
  }

  /** @param {(now: Moment) => Moment | undefined} step */
  #turn(step) {
    const { studio } = this;
    return this.queue(async () => {
      const putBack = this.history.hold();
      const moment = step(this.moment);
      if (!moment) return;
      if (moment.picture !== this.moment.picture) {
        if (!(await studio.opening.restore(moment.picture, true))) return putBack();
        if (moment.picture !== this.moment.picture) return; // another photo was opened meanwhile
        this.closeOffer();
      }
      const { version, classes } = this.moment;
      if (moment.version !== version || (moment.classes ?? classes) !== classes)
        studio.session.apply(await studio.transport.goTo(moment.version, moment.classes), false);
      studio.mask.prompts.show(moment.prompts);
    });
  }
}
