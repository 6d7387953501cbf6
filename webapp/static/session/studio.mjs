/** One visitor's session: what is open, what is selected, and every action on it. */

import { bitmapOf } from "../canvas/bitmap.mjs";
import { covers, fieldOfAnswer } from "../canvas/overlay.mjs";
import { Decoder } from "../inference/request_queue.mjs";
import { PageDecoder } from "../inference/worker_client.mjs";
import { KeptMasks } from "../objects/kept_masks.mjs";
import { Opening } from "../photos/opening.mjs";
import { choicesOf, Dial, NAMES } from "../prompts/mask_choice.mjs";
import { Prompts } from "../prompts/prompts.mjs";
import { StudioError } from "../server/api.mjs";
import { TOUCH } from "../ui/dom.mjs";
import { History } from "./history.mjs";
import { Steps } from "./steps.mjs";
import { Waiting } from "./waiting.mjs";

/** @typedef {import("../server/api.mjs").State} State */

export class Studio {
  /**
   * @param {import("../server/api.mjs").Transport} transport
   * @param {import("../canvas/canvas.mjs").StageCanvas} surface
   * @param {import("../ui/status.mjs").Status} status
   * @param {{changed(): void}} on
   */
  constructor(transport, surface, status, on) {
    this.transport = transport;
    transport.usedGpu = (seconds) => status.time({ gpu: `GPU ${seconds.toFixed(1)} s` });
    this.surface = surface;
    this.status = status;
    this.on = on;
    /** @type {State} */
    this.state = { picture: null, objects: [], model: "", revision: 0, previous: null };
    /** @type {Set<string>} */
    this.selected = new Set();
    this.history = new History();
    this.prompts = new Prompts((before) => this.#promptsChanged(before));
    /** @type {import("../inference/request_queue.mjs").Answer | null} */
    this.answer = null;
    this.choice = 0;
    this.dial = new Dial();
    /** Raised with each image and each cleared prompt; what was asked before it is dropped. */
    this.epoch = 0;
    this.busy = false;
    /** @type {Promise<void>} the last prompt is answered, or was given up */
    this.decided = Promise.resolve();
    /** @type {Promise<void>} the workspace is open */
    this.ready = Promise.resolve();
    this.page = new PageDecoder(transport, () => this.#placeChanged());
    this.decoder = new Decoder({ run: (prompts, signal, most) => this.#run(prompts, signal, most) });
    this.kept = new KeptMasks(transport);
    this.opening = new Opening(this);
    this.steps = new Steps(this);
    this.waiting = new Waiting(
      () => transport.ahead(),
      (text) => status.say(text, "busy"),
    );
  }

  /**
   * In the page where it can, on the server where it cannot.
   * @param {import("../inference/request_queue.mjs").PromptJSON} prompts
   * @param {AbortSignal} signal
   * @param {number} [most]
   */
  async #run(prompts, signal, most) {
    const onServer = () => {
      if (this.opening.here)
        throw new StudioError(
          "The page's decoder has stopped, and the server does not have this photo. Turn Private off to go on there.",
        );
      return this.transport.decode(this.state.picture?.id ?? "", prompts, signal);
    };
    return this.page.ready ? this.page.run(prompts, most).catch(onServer) : onServer();
  }

  #placeChanged() {
    const { phase, reason, where } = this.page;
    this.status.time({
      where: phase === "ready" ? `decoding ${where}` : reason ? `decoding on the server: ${reason}` : null,
    });
    this.on.changed();
  }

  /** Opens the workspace; what a quick hand asks for before waits for it. */
  start() {
    this.ready = this.transport.open().then((state) => this.apply(state));
    this.ready.catch((error) => this.status.fail(error));
  }

  /**
   * A photo is on the stage.
   * @param {State} state
   * @param {ImageBitmap} bitmap
   * @param {boolean} step whether undo leads back
   */
  begin(state, bitmap, step) {
    const picture = /** @type {import("../server/api.mjs").Picture} */ (state.picture);
    this.kept.clear();
    if (!step) this.history.clear();
    this.selected.clear();
    this.surface.cursor = null;
    this.surface.setImage(bitmap, picture.width, picture.height);
    this.state = { ...state, objects: [] };
    this.prompts.show();
    this.apply(state);
    this.#showEncode();
    this.#finish(picture);
  }

  /**
   * Nano reads the photo for now: it answers while the chosen model reads it, or has no GPU to.
   * @param {import("../server/api.mjs").Picture} picture
   */
  async #finish(picture) {
    if (!picture.awaits) return;
    const here = () => this.state.picture?.id === picture.id;
    try {
      const state = await this.transport.encode(picture.id);
      if (!here()) return;
      this.apply(state);
      this.epoch++;
      this.#showEncode();
      this.status.announce(`${state.picture?.model} has read the photo.`);
      this.decided = this.#decode();
    } catch (error) {
      const overtaken = error instanceof StudioError && error.status === 409;
      if (!here() || overtaken) return;
      this.status.fail(error);
      this.status.say(`nano reads this photo, as ${picture.awaits} cannot now.`);
    }
  }

  /** The photo on the stage is on the server now, under another id. @param {State} state */
  adopt(state) {
    this.history.rename(this.moment.picture, state.picture?.id ?? "");
    this.state = state;
    this.on.changed();
  }

  /** @param {string} model */
  async setModel(model) {
    if (!(await this.opening.onServer("Another model"))) return this.on.changed();
    this.setBusy(true, "Changing the model …");
    await this.guard(async () => {
      const state = await this.withWorkspace(() => this.transport.setModel(model));
      this.apply(state);
      this.epoch++;
      this.#showEncode();
      this.status.say(`Model: ${state.model}.`);
      this.decided = this.#decode();
    });
    this.setBusy(false);
  }

  /** @param {number} x @param {number} y image pixels @param {0 | 1} label */
  addPoint(x, y, label) {
    this.addPrompts({ points: [{ x, y, label }], box: null });
  }

  /** @param {import("../prompts/prompts.mjs").PromptState} more */
  addPrompts(more) {
    if (!this.state.picture) return;
    if (this.prompts.empty && !this.prompts.state.base && more.points.some((point) => point.label === 0))
      return this.status.say("First click what you want; a right click then takes parts away.");
    this.prompts.add(more);
  }

  /** @param {[number, number, number, number]} box */
  setBox(box) {
    this.addPrompts({ points: [], box });
  }

  /** Takes the part, the whole or more. @param {number} place from the smallest mask */
  choose(place) {
    if (!this.answer || place < 0 || place >= this.answer.count || this.answer.count < 2) return;
    this.choice = this.dial.choose(this.answer, place);
    this.status.announce(`${NAMES[place]}, expected quality ${Math.round(this.answer.scores[this.choice] * 100)} %`);
    this.#showMask();
  }

  get choices() {
    return choicesOf(this.hasMask ? this.answer : null, this.choice);
  }

  /** A click is asked a moment after it is shown: what counts is whether this is what was answered. */
  get pending() {
    return this.state.picture !== null && !this.prompts.empty && !this.decoder.answered(this.prompts.toJSON());
  }

  get hasMask() {
    return this.answer !== null && !this.prompts.empty;
  }

  get moment() {
    const { picture } = this.state;
    return { picture: picture?.id ?? "", prompts: this.prompts.state, version: picture?.version ?? 0 };
  }

  /** @param {import("../prompts/prompts.mjs").PromptState | null} before */
  #promptsChanged(before) {
    if (before) this.history.push({ ...this.moment, prompts: before });
    this.surface.prompts = this.prompts.state;
    this.surface.showPreview(null);
    this.surface.redraw();
    if (this.prompts.empty) {
      this.epoch++;
      this.decoder.cancel();
      this.answer = null;
      this.#showMask();
    } else this.decided = this.#decode();
    this.on.changed();
  }

  async #decode() {
    if (this.prompts.empty || !this.state.picture) return;
    const { epoch } = this;
    const began = performance.now();
    try {
      const answer = await this.withWorkspace(() => this.decoder.decode(this.prompts.toJSON()), false);
      if (!answer || epoch !== this.epoch) return;
      this.answer = answer;
      this.choice = this.dial.first(answer);
      this.#showMask();
      const total = performance.now() - began;
      this.status.time({
        click: `click ${Math.round(total)} ms`,
        where: `decoded ${answer.where} in ${answer.ms < 10 ? answer.ms.toFixed(1) : Math.round(answer.ms)} ms`,
      });
      const { points, box } = this.prompts.state;
      const parts = [points.length && `${points.length} point${points.length > 1 ? "s" : ""}`, box && "box"].filter(
        Boolean,
      );
      this.status.say(`Mask from ${parts.join(" and ")}. ${TOUCH ? "Keep it, or tap again." : "Enter keeps it."}`);
    } catch (error) {
      if (epoch === this.epoch) this.status.fail(error);
    } finally {
      queueMicrotask(() => this.on.changed()); // once the decoder has taken note
    }
  }

  #showMask() {
    const { answer } = this;
    const picture = this.state.picture;
    this.surface.current = answer && picture ? fieldOfAnswer(answer, this.choice, picture) : null;
    this.#layers();
    this.on.changed();
  }

  /**
   * Keeps the mask as an object; a hand that is faster than the decoder means that of its last click.
   * @returns {Promise<boolean>}
   */
  async commit() {
    if (this.pending) {
      const asked = this.prompts.state;
      await this.decided;
      if (asked !== this.prompts.state || this.pending) return false;
    }
    const {
      answer,
      state: { picture },
    } = this;
    if (!picture || !answer || !this.hasMask || this.committing) return false;
    if (this.opening.here) return (await this.opening.onServer("Keeping objects")) && this.commit();
    this.committing = true;
    const { epoch } = this;
    const done = await this.guard(async () => {
      const { name, base } = this.prompts.state;
      const state = await this.transport.keep(picture, answer, this.choice, { name, refines: base?.object });
      if (epoch !== this.epoch) return this.apply(await this.transport.state());
      await this.kept.load(state.objects); // so that the mask does not blink between the two
      // A selection says what to save: the new object joins it, but does not begin one.
      if (this.selected.size) for (const id of state.added) this.selected.add(id);
      this.apply(state);
      this.prompts.show();
      const object = state.objects.find((one) => one.id === state.added[0]);
      if (object) this.status.say(`${object.name} kept. Click the next object, or save the cut-out.`);
    });
    this.committing = false;
    return done;
  }

  /** @param {string} id @param {boolean} selected */
  select(id, selected) {
    if (selected) this.selected.add(id);
    else this.selected.delete(id);
    this.#layers();
    this.on.changed();
  }

  /**
   * @param {string} id
   * @param {{name?: string, color?: string, hidden?: boolean, locked?: boolean, place?: number}} change
   */
  async change(id, change) {
    await this.guard(async () => this.apply(await this.transport.change(id, change)));
    this.on.changed();
  }

  /** The next clicks change this object. @param {string} id */
  async refine(id) {
    const object = this.state.objects.find((one) => one.id === id);
    if (!object) return;
    if (object.locked) return this.status.say(`${object.name} is locked. Unlock it in the list first.`);
    await this.guard(async () => {
      const { mask, points } = await this.transport.guide(id);
      this.prompts.refine({ object: id, mask, points });
      this.status.say(
        `Refining ${object.name}: ${TOUCH ? "tap what is missing, press long on" : "click what is missing, right-click"} what is too much. ${TOUCH ? "Keep" : "Enter"} keeps the change.`,
      );
    });
  }

  /** The object that is being refined. */
  get refined() {
    const { base } = this.prompts.state;
    return (base && this.state.objects.find((object) => object.id === base.object)) ?? null;
  }

  /** The topmost visible object at a place. @param {number} x @param {number} y image pixels */
  objectAt(x, y) {
    return (
      [...this.state.objects].reverse().find((object) => {
        const field = this.kept.fields.get(object.mask);
        return field && !object.hidden && covers(field, x, y);
      }) ?? null
    );
  }

  /**
   * By hand.
   * @param {string} id
   * @param {{kind: string, points?: number[][], radius?: number, pixels?: number}} change
   */
  edit(id, change) {
    // One after the other: each stroke is drawn on what the one before has left.
    return this.steps.queue(async () => {
      const state = await this.transport.edit(this.state.picture?.id ?? "", id, change);
      await this.kept.load(state.objects);
      this.apply(state);
    });
  }

  /** The selected objects, from the top of the list. @param {"unite" | "subtract" | "intersect"} how */
  async combine(how) {
    const ids = this.state.objects.map((object) => object.id).filter((id) => this.selected.has(id));
    await this.guard(async () => {
      const state = await this.transport.combine(this.state.picture?.id ?? "", ids, how);
      await this.kept.load(state.objects);
      this.apply(state);
      this.status.say("Combined into the first of them. Ctrl+Z takes it back.");
    });
  }

  /** @param {string[]} ids */
  async remove(ids) {
    for (const id of ids) {
      const object = this.state.objects.find((one) => one.id === id);
      if (!object) continue;
      await this.guard(async () => {
        this.apply(await this.transport.remove(id));
        this.status.toast(`${object.name} deleted.`, {
          action: "Undo",
          run: () => this.guard(async () => this.apply(await this.transport.putBack(id))),
        });
      });
    }
  }

  /** A tool has changed the workspace on the server. */
  async refresh() {
    await this.guard(async () => {
      const state = await this.transport.state();
      if (!state.picture || state.picture.id === this.state.picture?.id) return this.apply(state);
      const bitmap = await bitmapOf(this.transport, state.picture, null);
      const { moment } = this;
      this.opening.show(state, bitmap, true);
      if (moment.picture) this.steps.changedPhoto(moment);
    });
  }

  /** @param {State} state @param {boolean} [step] whether it is a step that undo takes back */
  apply(state, step = true) {
    if (state.revision < this.state.revision) return; // an older answer, overtaken on the way
    const { moment } = this;
    const same = state.picture?.id === this.state.picture?.id;
    if (step && same && state.picture && state.picture.version !== moment.version) this.history.push(moment);
    this.state = state;
    const ids = new Set(state.objects.map((object) => object.id));
    for (const id of this.selected) if (!ids.has(id)) this.selected.delete(id);
    this.#layers();
    this.on.changed();
    this.kept
      .load(state.objects)
      .then((fresh) => {
        if (!fresh) return;
        this.#layers();
        this.on.changed();
      })
      .catch((error) => this.status.fail(error));
  }

  committing = false;

  #layers() {
    // The new mask of an object stands in for its old one.
    const shown =
      this.hasMask && this.refined
        ? this.state.objects.filter((object) => object !== this.refined)
        : this.state.objects;
    this.surface.layers = this.kept.layers(shown, this.selected);
    this.surface.redraw();
  }

  #showEncode() {
    const { picture } = this.state;
    if (!picture) return;
    const time = picture.encode_ms < 10 ? picture.encode_ms.toFixed(1) : Math.round(picture.encode_ms);
    const here = this.opening.here !== null;
    this.status.time({
      encode: picture.cached ? "encoding from cache" : `encoded ${here ? "in this page " : ""}in ${time} ms`,
      click: null,
      where: here ? `decoding ${this.page.where}` : null,
    });
    if (!here) this.page.prepare(picture);
  }

  /** @param {boolean} busy @param {string} [text] */
  setBusy(busy, text) {
    this.busy = busy;
    if (text) this.status.say(text, "busy");
    if (busy && text) this.waiting.begin(text);
    else if (!busy) this.waiting.end();
    this.on.changed();
  }

  /**
   * A workspace that the server has closed (long idle, restart) is replaced by a new one, once.
   * @template T
   * @param {() => Promise<T>} run
   * @param {boolean} [again] whether the work makes sense in an empty workspace
   */
  async withWorkspace(run, again = true) {
    try {
      await this.ready;
      return await run();
    } catch (error) {
      if (!(error instanceof StudioError) || error.status !== 410) throw error;
      await this.transport.open();
      if (again) return run();
      throw new StudioError(
        "This session was idle for too long and the server has closed it. Open the photo again to go on.",
      );
    }
  }

  /** @param {() => Promise<void>} run @returns {Promise<boolean>} whether it went well */
  async guard(run) {
    try {
      await run();
      return true;
    } catch (error) {
      this.status.fail(error);
      return false;
    }
  }
}
