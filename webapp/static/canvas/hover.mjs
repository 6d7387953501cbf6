/** The mask that a click under the pointer would give, decoded in the page as the pointer moves. */

import { fieldOfAnswer } from "./overlay.mjs";

/** @typedef {import("../session/studio.mjs").Studio} Studio */

/** A hand at rest trembles by about this, in pixels of the screen. */
const STILL = 2;

export class Hover {
  /** @param {Studio} studio @param {import("./canvas.mjs").StageCanvas} surface */
  constructor(studio, surface) {
    this.studio = studio;
    this.surface = surface;
    /** @type {{x: number, y: number, label: 0 | 1} | null} stage pixels */
    this.at = null;
    this.frame = 0;
    /** Raised with each press: what was asked before it is not shown over what the hand does now. */
    this.turn = 0;
  }

  /** @param {number} x @param {number} y stage pixels @param {0 | 1} label of the click that would be */
  move(x, y, label) {
    const { at } = this;
    if (at && at.label === label && Math.hypot(x - at.x, y - at.y) < STILL) return;
    this.at = { x, y, label };
    this.began ??= performance.now();
    // Not at once: a click in the same frame would have to wait for a preview that nobody sees.
    if (!this.frame) this.frame = requestAnimationFrame(() => this.#look());
  }

  /** A button is down, or there is nothing to show here. */
  hide() {
    this.turn++;
    this.began = undefined;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.surface.showPreview(null);
  }

  /** The pointer has left. */
  leave() {
    this.at = null;
    this.hide();
  }

  /** @type {number | undefined} when the pointer moved for the preview that is not yet painted */
  began;

  async #look() {
    this.frame = 0;
    const { studio, surface, at } = this;
    const { mask } = studio;
    const { picture } = studio.session;
    const place = at && surface.view.toImage(at.x, at.y);
    if (!at || !place || !picture || !studio.backend.inPage || mask.queue.pending || !surface.view.contains(place))
      return this.hide();
    const { points, labels, box, base } = mask.prompts.toJSON();
    if (at.label === 0 && mask.prompts.empty && !base) return this.hide();
    const { epoch } = mask;
    const { turn } = this;
    const asked = mask.prompts.state;
    const { began } = this;
    this.began = undefined;
    const prompts = { points: [...points, [place.x, place.y]], labels: [...labels, at.label], box, base };
    const answer = await mask.queue.preview(prompts, mask.dial.needs);
    if (!answer || epoch !== mask.epoch || asked !== mask.prompts.state || turn !== this.turn) return;
    if (this.at === null) return;
    surface.showPreview(fieldOfAnswer(answer, mask.dial.first(answer), picture), began);
  }
}
