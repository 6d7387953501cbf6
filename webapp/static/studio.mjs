/** One visitor's session: what is open, what is selected, and every action on it. */

import { Decoder } from "./decoder.mjs";
import { Dial, NAMES, cells, choicesOf } from "./dial.mjs";
import { TOUCH } from "./dom.mjs";
import { readMask } from "./maskfile.mjs";
import { fieldOfAnswer, fieldOfMask } from "./overlay.mjs";
import { PageDecoder } from "./pagedecoder.mjs";
import { Prompts } from "./prompts.mjs";
import { save, stem } from "./saving.mjs";
import { StudioError } from "./transport.mjs";

/** @typedef {import("./transport.mjs").State} State */
/** @typedef {import("./transport.mjs").ObjectInfo} ObjectInfo */

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
    this.prompts = new Prompts(() => this.#promptsChanged());
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
    /** @type {Map<string, import("./overlay.mjs").Field>} masks of objects, by id */
    this.fields = new Map();
    /** @type {Map<string, ImageBitmap | HTMLImageElement>} of this picture and the one before */
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

  /** @param {string} name */
  openExample(name) {
    return this.#open(name, () => this.transport.example(name), null);
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
      const bitmap = await this.#bitmap(picture, file);
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
      const bitmap = this.bitmaps.get(id) ?? (await this.#bitmap(state.picture, null));
      this.#showPicture(state, bitmap);
      this.status.say(`${state.picture.name} is back.`);
    });
  }

  /** @param {State} state @param {ImageBitmap | HTMLImageElement} bitmap */
  #showPicture(state, bitmap) {
    const picture = /** @type {import("./transport.mjs").Picture} */ (state.picture);
    const keep = [this.state.picture?.id, picture.id];
    this.bitmaps.set(picture.id, bitmap);
    for (const id of this.bitmaps.keys()) if (!keep.includes(id)) this.bitmaps.delete(id);
    this.fields.clear();
    this.selected.clear();
    this.surface.cursor = null;
    this.surface.setImage(bitmap, picture.width, picture.height);
    this.state = { ...state, objects: [] };
    this.prompts.reset();
    this.#apply(state);
    this.#showEncode();
  }

  /** @param {import("./transport.mjs").Picture} picture @param {Blob | null} file */
  async #bitmap(picture, file) {
    if (file) {
      try {
        const bitmap = await createImageBitmap(file);
        if (bitmap.width === picture.width && bitmap.height === picture.height) return bitmap;
        bitmap.close();
      } catch {
        // a format that this browser does not know: the server's rendition follows
      }
    }
    return createImageBitmap(await this.transport.blob(this.transport.pictureUrl(picture.id)));
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
    if (!this.state.picture) return;
    if (label === 0 && this.prompts.empty)
      return this.status.say("First click what you want; a right click then takes parts away.");
    this.prompts.addPoint(x, y, label);
  }

  /** @param {[number, number, number, number]} box */
  setBox(box) {
    if (this.state.picture) this.prompts.setBox(box);
  }

  /** Takes the part, the whole or more. @param {number} place from the smallest mask */
  choose(place) {
    if (!this.answer || place < 0 || place >= this.answer.count || this.answer.count < 2) return;
    this.choice = this.dial.choose(this.answer, place);
    this.status.announce(`${NAMES[place]}, expected quality ${Math.round(this.answer.scores[this.choice] * 100)} %`);
    this.#showMask();
  }

  /** A step on the dial. @param {-1 | 1} step */
  turn(step) {
    this.choose(this.choices.place + step);
  }

  get choices() {
    return choicesOf(this.hasMask ? this.answer : null, this.choice);
  }

  get hasMask() {
    return this.answer !== null && !this.prompts.empty;
  }

  #promptsChanged() {
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
      const state = await this.transport.commit(picture.id, this.prompts.toJSON(), this.choice, size);
      if (epoch !== this.epoch) return this.#apply(await this.transport.state());
      await this.#loadMasks(state.objects); // so that the mask does not blink between the two
      this.prompts.reset();
      // A selection says what to save: the new object joins it, but does not begin one.
      if (this.selected.size) for (const id of state.added) this.selected.add(id);
      this.#apply(state);
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

  /** @param {string} id @param {{name?: string, color?: string, hidden?: boolean}} change */
  async change(id, change) {
    await this.#guard(async () => this.#apply(await this.transport.change(id, change)));
    this.on.changed();
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

  async saveCutout() {
    if (!this.state.picture) return;
    if (this.hasMask && !(await this.commit())) return;
    const chosen = this.state.objects.filter((object) => this.selected.has(object.id));
    const objects = chosen.length ? chosen : this.state.objects.filter((object) => !object.hidden);
    if (!objects.length) return this.status.say("There is nothing to cut out yet: click an object first.");
    const ids = objects.map((object) => object.id).join(",");
    await this.#save(`cutout.png?objects=${ids}`, `${stem(this.state.picture.name)}-cutout.png`);
  }

  /** @param {string} id */
  async saveMask(id) {
    const object = this.state.objects.find((one) => one.id === id);
    if (object) await this.#save(`objects/${id}/mask.png`, `${stem(this.state.picture?.name ?? "photo")}-${object.name}-mask.png`);
  }

  /** @param {string} path @param {string} name */
  async #save(path, name) {
    await this.#guard(async () => this.status.say(`Saved ${save(await this.transport.file(path), name)}.`));
  }

  /** A tool has changed the workspace on the server. */
  async refresh() {
    await this.#guard(async () => {
      const state = await this.transport.state();
      const shown = this.state.picture?.id;
      if (state.picture && state.picture.id !== shown) this.#showPicture(state, await this.#bitmap(state.picture, null));
      else this.#apply(state);
    });
  }

  /** @param {State} state */
  #apply(state) {
    if (state.revision < this.state.revision) return; // an older answer, overtaken on the way
    this.state = state;
    const ids = new Set(state.objects.map((object) => object.id));
    for (const id of this.selected) if (!ids.has(id)) this.selected.delete(id);
    this.#layers();
    this.on.changed();
    this.#loadMasks(state.objects).catch((error) => this.status.fail(error));
  }

  /** @param {ObjectInfo[]} objects */
  async #loadMasks(objects) {
    const missing = objects.filter((object) => !this.fields.has(object.id) && object.area > 0);
    await Promise.all(missing.map(async (object) => {
      const { data, canvas } = await readMask(await this.transport.blob(this.transport.maskUrl(object.id)));
      this.fields.set(object.id, fieldOfMask(data, canvas.width, canvas.height, object.box));
      this.thumbs.set(object.id, canvas);
    }));
    if (!missing.length) return;
    this.#layers();
    this.on.changed();
  }

  /** @type {Map<string, HTMLCanvasElement>} masks as alpha, for the pictures in the list */
  thumbs = new Map();
  committing = false;

  #layers() {
    this.surface.layers = this.state.objects.flatMap((object) => {
      const field = this.fields.get(object.id);
      return field && !object.hidden ? [{ id: object.id, field, color: object.color, selected: this.selected.has(object.id) }] : [];
    });
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
