/** The first steps, one at a time on the photo; each goes once it was followed, and is not shown again. */

import { recall, remember } from "../server/local_storage.mjs";
import { h, TOUCH } from "./dom.mjs";

const STORED = "sam-studio-hints";

/**
 * What the page shows.
 * @typedef {{picture: boolean, mask: boolean, objects: number, other: boolean}} Now other: something else is under way
 */

/** @type {{text: string, when(now: Now): boolean, done(now: Now, seen: boolean): boolean}[]} */
export const STEPS = [
  {
    text: TOUCH ? "Tap an object" : "Click an object",
    when: (now) => !now.mask && !now.objects,
    done: (now) => now.mask || now.objects > 0,
  },
  {
    text: TOUCH ? "Press Keep, or tap what is missing" : "Press Enter to keep it, or click what is missing",
    when: (now) => now.mask,
    done: (now) => now.objects > 0,
  },
  {
    text: TOUCH
      ? "Tap the next one, or double-tap this one to correct it"
      : "Click the next one, or double-click this one to correct it",
    when: (now) => !now.mask && now.objects > 0,
    // As an object is kept, its mask stays for a moment.
    done: (now, seen) => seen && now.mask,
  },
];

export class Hints {
  constructor() {
    /** Whether the present step was shown. */
    this.seen = false;
    this.step = Math.min(STEPS.length, Number(recall(STORED)) || 0);
    // The status line says the same, and is read aloud.
    this.node = h("div", { class: "ss-hint", "aria-hidden": "true", hidden: true });
  }

  /** @param {Now} now */
  update(now) {
    const before = this.step;
    while (now.picture && STEPS[this.step]?.done(now, this.seen)) {
      this.step++;
      this.seen = false;
    }
    if (this.step !== before) remember(STORED, String(this.step));
    const step = STEPS[this.step];
    const shown = now.picture && !now.other && step?.when(now);
    this.node.hidden = !shown;
    this.seen ||= Boolean(shown);
    if (shown && this.node.textContent !== step.text) this.node.textContent = step.text;
  }
}
