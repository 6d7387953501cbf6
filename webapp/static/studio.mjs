/** One visitor's session: what is open, what is selected, and every action on it. */

import { bitmapOf } from "./bitmap.mjs";
import { Decoder } from "./decoder.mjs";
import { Dial, NAMES, cells, choicesOf } from "./dial.mjs";
import { TOUCH } from "./dom.mjs";
import { History } from "./history.mjs";
import { KeptMasks } from "./kept.mjs";
import { fieldOfAnswer } from "./overlay.mjs";
import { PageDecoder } from "./pagedecoder.mjs";
import { Prompts } from "./prompts.mjs";
import { StudioError } from "./transport.mjs";

/** @typedef {import("./transport.mjs").State} State */

export class Studio {
  /**
   * @param {import("./transport.mjs").Transport} transport
   * @param {import("./canvas.mjs").StageCanvas} surface
   * @param {import("./status.mjs").Status} status
   * @param {{changed(): void, thumb(id: string, mask: HTMLCanvasElement): void}} on
   */
  constructor(transport, surface, status, on) {
    this.transport = transport;
    this.surface = surface;
    this.status = status;
    this.on = on;
    /** @type {State} */
    this.state = { picture: null, objects: [], model: "", revision: 0, previous: null };
    /** @type {Set<string>} */
    this.selected = new Set();
    this.history = new History();
    /** @type {Promise<unknown>} undo and redo follow each other */
    this.turning = Promise.resolve();
    this.prompts = new Prompts((before) => this.#promptsChanged(before));
    /** @type {import("./decoder.mjs").Answer | null} */
    this.answer = null;
    this.choice = 0;
    this.dial = new Dial();
    /** Raised with each image and each cleared prompt; what was asked before it is dropped. */
    this.epoch = 0;
    this.opening = 0;
    this.busy = false;
    /** @type {Promise<void>} the workspace is open */
    this.ready = Promise.resolve();
    this.page = new PageDecoder(transport, () => this.#placeChanged());
    this.decoder = new Decoder({ run: (prompts, signal) => this.#run(prompts, signal) });
    this.kept = new KeptMasks(transport);
    /** @type {Map<string, ImageBitmap>} of this picture and the one before */
    this.bitmaps = new Map();
  }

  /** In the page where it can, on the server where it cannot. */
  async #run(prompts, signal) {
    const onServer = () => this.transport.decode(this.state.picture?.id ?? "", prompts, signal);
    return this.page.ready ? this.page.run(prompts).catch(onServer) : onServer();
  }

  #placeChanged() {
    const { phase, reason } = this.page;
    this.status.time({ where: phase === "ready" ? "decoding in this page" : reason ? `decoding on the server: ${reason}` : null });
    this.on.changed();
  }

  /** Opens the workspace; what a quick hand asks for before waits for it. */
  start() {
    this.ready = this.transport.open().then((state) => this.#apply(state));
    this.ready.catch((error) => this.status.fail(error));
  }

  /** @param {Blob} file @param {string} name */
  openFile(file, name) {
    return this.#open(name, () => this.transport.upload(file, name), file);
  }

  /** What the server can get by itself. @param {string} name @param {() => Promise<State>} send */
  openFrom(name, send) {
    return this.#open(name, send, null);
  }

  /** @param {string} name @param {() => Promise<State>} send @param {Blob | null} file shown as it is where the browser can */
  async #open(name, send, file) {
    const turn = ++this.opening;
    const before = this.state;
    this.#setBusy(true, `Reading ${name} …`);
    try {
      const state = await this.#withWorkspace(send);
      if (turn !== this.opening) return; // another photo was opened meanwhile
      const picture = /** @type {import("./transport.mjs").Picture} */ (state.picture);
      const bitmap = await bitmapOf(this.transport, picture, file);
      if (turn !== this.opening) return;
      this.#showPicture(state, bitmap);
      this.status.say(`${picture.name}, ${picture.width} × ${picture.height}. Click an object.`);
      const put = before.objects.length;
      if (before.picture && (put || before.picture.id !== picture.id)) this.#offerPrevious(before, put);
    } catch (error) {
      if (turn === this.opening) this.status.fail(error);
    } finally {
      if (turn === this.opening) this.#setBusy(false);
    }
  }

  /** @param {State} before @param {number} count objects put away */
  #offerPrevious(before, count) {
    const id = before.picture?.id ?? "";
    const what = count ? ` and its ${count === 1 ? "object" : `${count} objects`}` : "";
    this.status.toast(`${before.picture?.name}${what} closed.`, { action: "Undo", run: () => this.restore(id) });
  }

  /** @param {string} id of the picture before */
  async restore(id) {
    const turn = ++this.opening;
    await this.#guard(async () => {
      const state = await this.transport.restoreImage(id);
      if (turn !== this.opening || !state.picture) return;
      const bitmap = this.bitmaps.get(id) ?? (await bitmapOf(this.transport, state.picture, null));
      this.#showPicture(state, bitmap);
      this.status.say(`${state.picture.name} is back.`);
    });
  }

  /** @param {State} state @param {ImageBitmap | HTMLImageElement} bitmap */
  #showPicture(state, bitmap) {
    const picture = /** @type {import("./transport.mjs").Picture} */ (state.picture);
    const keep = [this.state.picture?.id, picture.id];
    this.bitmaps.set(picture.id, bitmap);
    for (const id of this.bitmaps.keys()) if (!keep.includes(id)) (this.bitmaps.get(id)?.close(), this.bitmaps.delete(id));
    this.kept.clear();
    this.history.clear();
    this.selected.clear();
    this.surface.cursor = null;
    this.surface.setImage(bitmap, picture.width, picture.height);
    this.state = { ...state, objects: [] };
    this.prompts.show();
    this.#apply(state);
    this.#showEncode();
  }

  /** @param {string} model */
  async setModel(model) {
    this.#setBusy(true, "Changing the model …");
    await this.#guard(async () => {
      const state = await this.#withWorkspace(() => this.transport.setModel(model));
      this.#apply(state);
      this.epoch++;
      this.#showEncode();
      this.status.say(`Model: ${state.model}.`);
      this.#decode();
    });
    this.#setBusy(false);
  }

  /** @param {number} x @param {number} y image pixels @param {0 | 1} label */
  addPoint(x, y, label) {
    this.addPrompts({ points: [{ x, y, label }], box: null });
  }

  /** @param {import("./prompts.mjs").PromptState} more */
  addPrompts(more) {
    if (!this.state.picture) return;
    if (this.prompts.empty && more.points.some((point) => point.label === 0))
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

  get hasMask() {
    return this.answer !== null && !this.prompts.empty;
  }

  get moment() {
    return { prompts: this.prompts.state, version: this.state.picture?.version ?? 0 };
  }

  undo = () => this.#turn((now) => this.history.undo(now));
  redo = () => this.#turn((now) => this.history.redo(now));

  /** @param {(now: import("./history.mjs").Moment) => import("./history.mjs").Moment | undefined} step */
  #turn(step) {
    this.turning = this.turning.then(() => this.#guard(async () => {
      const moment = step(this.moment);
      if (!moment) return;
      if (moment.version !== this.moment.version) this.#apply(await this.transport.goTo(moment.version), false);
      this.prompts.show(moment.prompts);
    }));
  }

  /** @param {import("./prompts.mjs").PromptState | null} before */
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
    } else this.#decode();
    this.on.changed();
  }

  async #decode() {
    if (this.prompts.empty || !this.state.picture) return;
    const { epoch } = this;
    const began = performance.now();
    try {
      const answer = await this.#withWorkspace(() => this.decoder.decode(this.prompts.toJSON()), false);
      if (!answer || epoch !== this.epoch) return;
      this.answer = answer;
      this.choice = this.dial.first(answer);
      this.#showMask();
      const total = performance.now() - began;
      this.status.time({ click: `click ${Math.round(total)} ms`, where: `decoded ${answer.where} in ${answer.ms < 10 ? answer.ms.toFixed(1) : Math.round(answer.ms)} ms` });
      const { points, box } = this.prompts.state;
      const parts = [points.length && `${points.length} point${points.length > 1 ? "s" : ""}`, box && "box"].filter(Boolean);
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
    this.surface.redraw();
    this.on.changed();
  }

  /** Keeps the mask as an object. @returns {Promise<boolean>} */
  async commit() {
    const picture = this.state.picture;
    if (!picture || !this.hasMask || this.committing) return false;
    this.committing = true;
    const { epoch } = this;
    const done = await this.#guard(async () => {
      const size = this.answer ? cells(this.answer, this.choice) : null;
      const state = await this.transport.commit(picture.id, this.prompts.toJSON(), this.choice, size, this.prompts.state.name);
      if (epoch !== this.epoch) return this.#apply(await this.transport.state());
      await this.kept.load(state.objects); // so that the mask does not blink between the two
      // A selection says what to save: the new object joins it, but does not begin one.
      if (this.selected.size) for (const id of state.added) this.selected.add(id);
      this.#apply(state);
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

  /** @param {string} id @param {{name?: string, color?: string, hidden?: boolean, place?: number}} change */
  async change(id, change) {
    await this.#guard(async () => this.#apply(await this.transport.change(id, change)));
    this.on.changed();
  }

  /** By hand. @param {string} id @param {{kind: string, points?: number[][], radius?: number, pixels?: number}} change */
  edit(id, change) {
    // One after the other: each stroke is drawn on what the one before has left.
    this.turning = this.turning.then(() => this.#guard(async () => {
      const state = await this.transport.edit(this.state.picture?.id ?? "", id, change);
      await this.kept.load(state.objects);
      this.#apply(state);
    }));
    return this.turning;
  }

  /** The selected objects, from the top of the list. @param {"unite" | "subtract" | "intersect"} how */
  async combine(how) {
    const ids = this.state.objects.map((object) => object.id).filter((id) => this.selected.has(id));
    await this.#guard(async () => {
      const state = await this.transport.combine(this.state.picture?.id ?? "", ids, how);
      await this.kept.load(state.objects);
      this.#apply(state);
      this.status.say("Combined into the first of them. Ctrl+Z takes it back.");
    });
  }

  /** @param {string[]} ids */
  async remove(ids) {
    for (const id of ids) {
      const object = this.state.objects.find((one) => one.id === id);
      if (!object) continue;
      await this.#guard(async () => {
        this.#apply(await this.transport.remove(id));
        this.status.toast(`${object.name} deleted.`, { action: "Undo",
          run: () => this.#guard(async () => this.#apply(await this.transport.putBack(id))) });
      });
    }
  }

  /** A tool has changed the workspace on the server. */
  async refresh() {
    await this.#guard(async () => {
      const state = await this.transport.state();
      const shown = this.state.picture?.id;
      if (state.picture && state.picture.id !== shown) {
        this.#showPicture(state, await bitmapOf(this.transport, state.picture, null));
        if (shown) this.status.toast("The photo was changed.", { action: "Undo", run: () => this.restore(shown) });
      } else this.#apply(state);
    });
  }

  /** @param {State} state @param {boolean} [step] whether it is a step that undo takes back */
  #apply(state, step = true) {
    if (state.revision < this.state.revision) return; // an older answer, overtaken on the way
    const { moment } = this;
    const same = state.picture?.id === this.state.picture?.id;
    if (step && same && state.picture && state.picture.version !== moment.version) this.history.push(moment);
    this.state = state;
    const ids = new Set(state.objects.map((object) => object.id));
    for (const id of this.selected) if (!ids.has(id)) this.selected.delete(id);
    this.#layers();
    this.on.changed();
    this.kept.load(state.objects).then((fresh) => {
      if (!fresh) return;
      this.#layers();
      this.on.changed();
    }).catch((error) => this.status.fail(error));
  }

  committing = false;

  #layers() {
    this.surface.layers = this.kept.layers(this.state.objects, this.selected);
    this.surface.redraw();
  }

  #showEncode() {
    const { picture } = this.state;
    if (!picture) return;
    const time = picture.encode_ms < 10 ? picture.encode_ms.toFixed(1) : Math.round(picture.encode_ms);
    this.status.time({ encode: picture.cached ? "encoding from cache" : `encoded in ${time} ms`, click: null, where: null });
    this.page.prepare(picture);
  }

  /** @param {boolean} busy @param {string} [text] */
  #setBusy(busy, text) {
    this.busy = busy;
    if (text) this.status.say(text, "busy");
    this.on.changed();
  }

  /**
   * A workspace that the server has closed (long idle, restart) is replaced by a new one, once.
   * @template T @param {() => Promise<T>} run @param {boolean} [again] whether the work makes sense in an empty workspace
   */
  async #withWorkspace(run, again = true) {
    try {
      await this.ready;
      return await run();
    } catch (error) {
      if (!(error instanceof StudioError) || error.status !== 410) throw error;
      await this.transport.open();
      if (again) return run();
      throw new StudioError("This session was idle for too long and the server has closed it. Open the photo again to go on.");
    }
  }

  /** @param {() => Promise<void>} run @returns {Promise<boolean>} whether it went well */
  async #guard(run) {
    try {
      await run();
      return true;
    } catch (error) {
      this.status.fail(error);
      return false;
    }
  }
}
