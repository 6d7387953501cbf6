/**
 * The mask that is being made: what the user has said, what the decoder has answered, and which of its masks is meant.
 *
 * @typedef {import("../inference/request_queue.mjs").Answer} Answer
 * @typedef {import("../prompts/prompts.mjs").PromptState} PromptState
 * @typedef {{say(text: string): void, fail(error: unknown): void, announce(text: string): void,
 *   time(parts: {click?: string | null, where?: string | null}): void}} Voice
 * @typedef {{prompts(before: PromptState | null): void, mask(): void, changed(): void}} MaskEvents prompts: others, and
 *   what was said before if that was a step; mask: another is shown; changed: anything
 */

import { Decoder } from "../inference/request_queue.mjs";
import { choicesOf, Dial } from "../prompts/mask_choice.mjs";
import { Prompts } from "../prompts/prompts.mjs";

export class ActiveMask {
  /**
   * @param {import("./session.mjs").Session} session
   * @param {import("../inference/request_queue.mjs").Backend} backend
   * @param {Voice} status
   * @param {MaskEvents} on
   * @param {boolean} touch whether the main pointer is a finger
   */
  constructor(session, backend, status, on, touch) {
    this.session = session;
    this.status = status;
    this.on = on;
    this.touch = touch;
    this.prompts = new Prompts((before) => this.#promptsChanged(before));
    this.queue = new Decoder(backend);
    this.dial = new Dial();
    /** @type {Answer | null} */
    this.answer = null;
    this.choice = 0;
    /** Raised with each image and each cleared prompt; what was asked before it is dropped. */
    this.epoch = 0;
    /** @type {Promise<void>} the last prompt is answered, or was given up */
    this.decided = Promise.resolve();
  }

  /** Whether there is one to keep. */
  get present() {
    return this.answer !== null && !this.prompts.empty;
  }

  get choices() {
    return choicesOf(this.present ? this.answer : null, this.choice);
  }

  /** A click is asked a moment after it is shown: what counts is whether this is what was answered. */
  get pending() {
    return this.session.picture !== null && !this.prompts.empty && !this.queue.answered(this.prompts.toJSON());
  }

  /** The object that it changes. */
  get refined() {
    return this.session.object(this.prompts.state.base?.object ?? null);
  }

  /** @param {PromptState} more */
  add(more) {
    if (!this.session.picture) return;
    if (this.prompts.empty && !this.prompts.state.base && more.points.some((point) => point.label === 0))
      return this.status.say("First click what you want; a right click then takes parts away.");
    this.prompts.add(more);
  }

  /** @param {number} x @param {number} y image pixels @param {0 | 1} label */
  addPoint(x, y, label) {
    this.add({ points: [{ x, y, label }], box: null });
  }

  /** @param {[number, number, number, number]} box */
  setBox(box) {
    this.add({ points: [], box });
  }

  /** Takes the part, the whole or more. @param {number} place from the smallest mask */
  choose(place) {
    if (!this.answer || place < 0 || place >= this.answer.count || this.answer.count < 2) return;
    this.choice = this.dial.choose(this.answer, place);
    this.status.announce(this.choices.names[place]);
    this.#show();
  }

  /** As the page before this one showed it. @param {number} choice which of the answer's masks */
  pick(choice) {
    this.choice = choice;
    this.#show();
  }

  /** The same prompts, for another model. */
  decodeAgain() {
    this.epoch++;
    this.decided = this.#decode();
  }

  /** What was answered counts for nothing any more. */
  forget() {
    this.epoch++;
    this.queue.cancel();
    this.answer = null;
    this.#show();
  }

  /** @param {PromptState | null} before */
  #promptsChanged(before) {
    this.on.prompts(before);
    if (this.prompts.empty) this.forget();
    else this.decided = this.#decode();
    this.on.changed();
  }

  async #decode() {
    if (this.prompts.empty || !this.session.picture) return;
    const { epoch } = this;
    const began = performance.now();
    try {
      const answer = await this.session.withWorkspace(() => this.queue.decode(this.prompts.toJSON()), false);
      if (!answer || epoch !== this.epoch) return;
      this.answer = answer;
      this.choice = this.dial.first(answer);
      this.#show();
      this.#report(answer, performance.now() - began);
    } catch (error) {
      if (epoch === this.epoch) this.status.fail(error);
    } finally {
      queueMicrotask(() => this.on.changed()); // once the decoder has taken note
    }
  }

  /** @param {Answer} answer @param {number} total milliseconds from the prompt to the mask */
  #report(answer, total) {
    const ms = answer.ms < 10 ? answer.ms.toFixed(1) : Math.round(answer.ms);
    this.status.time({ click: `click ${Math.round(total)} ms`, where: `decoded ${answer.where} in ${ms} ms` });
    const { points, box } = this.prompts.state;
    const many = points.length > 1 ? "s" : "";
    const parts = [points.length && `${points.length} point${many}`, box && "box"].filter(Boolean);
    const next = this.touch ? "Keep it, or tap again." : "Enter keeps it.";
    this.status.say(`Mask from ${parts.join(" and ")}. ${next}`);
  }

  #show() {
    this.on.mask();
    this.on.changed();
  }
}
