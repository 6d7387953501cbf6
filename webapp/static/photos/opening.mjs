/**
 * How photos get on the stage: read by the server, or, with nano, by the page itself, before the server has them or
 * without it ever getting them.
 *
 * @typedef {import("../server/api.mjs").State} State
 * @typedef {import("../server/api.mjs").Picture} Picture
 * @typedef {{file: Blob, name: string, turn: number, picture: Picture, sent: Promise<void> | null}} LocalPhoto `sent`
 *   is null as long as nothing of it has left the browser
 * @typedef {{file: Blob | null, example: string}} Origin
 */

import { bitmapOf, viewBitmap } from "../canvas/bitmap.mjs";
import { recall, remember } from "../server/local_storage.mjs";

/** A server that has not read a photo by then is busy, or far away: the page begins by itself. */
const LATE_MS = 2500;
const STORED = "sam-studio-private";
const STOPPED = "Stopped. Nothing was changed.";

export class Opening {
  /** @param {import("../session/studio.mjs").Studio} studio */
  constructor(studio) {
    this.studio = studio;
    this.turn = 0;
    /** @type {Map<string, ImageBitmap>} of this picture and the one before */
    this.bitmaps = new Map();
    /** @type {LocalPhoto | null} on the stage, and not yet on the server */
    this.here = null;
    /** What makes a picture again: its file, or the name of an example. @type {Map<string, Origin>} */
    this.origins = new Map();
    /** Photos that this page reads at the moment. */
    this.staying = 0;
    this.cameInPrivate = false;
    /** @type {(reason: string, name: string, file: Blob) => Promise<boolean>} whether it may leave the browser */
    this.ask = async () => false;
    this.private = recall(STORED) === "on";
  }

  /** @param {boolean} on */
  setPrivate(on) {
    const { status, session } = this.studio;
    this.private = on;
    remember(STORED, on ? "on" : "off");
    status.say(on ? this.#promise() : "Private is off: photos that you open from now on are read by the server.");
    session.on.changed();
    if (!on && !this.staying) this.offer("Private is off, and this photo is only in your browser.");
  }

  /** What Private means for the photo on the stage, and for the next ones. */
  #promise() {
    const { picture } = this.studio.session;
    const next = "photos from your device stay in this browser until you send them.";
    return picture && !this.here
      ? `${picture.name} is on the server already. From now on, ${next}`
      : `Private: ${next}`;
  }

  /** Sends the photo, where it is only here and that is wanted. @param {string} reason why it is asked */
  async offer(reason) {
    const { here } = this;
    if (!here || here.sent) return;
    if ((await this.ask(reason, here.name, here.file)) && this.here === here) await this.send();
  }

  /**
   * Looks at a file before it is opened. What came in while Private was on stays here, also if that is turned off
   * meanwhile.
   * @param {() => Promise<boolean>} look whether it is something else than a photo
   */
  async beforehand(look) {
    this.cameInPrivate = this.private;
    this.staying++;
    try {
      const other = await look();
      this.cameInPrivate &&= !other;
      return other;
    } finally {
      this.staying--;
    }
  }

  /** @param {Blob} file @param {string} name */
  async file(file, name) {
    const stays = this.private || this.cameInPrivate;
    this.cameInPrivate = false;
    if (!stays) return this.#read(file, name);
    this.staying++;
    const shown = await this.stay(file, name);
    this.staying--;
    if (shown && !this.private) await this.offer("Private was turned off while the photo was read in this page.");
  }

  /** @param {Blob} file @param {string} name */
  async #read(file, name) {
    await this.from(name, (signal) => this.studio.transport.upload(file, name, signal), file);
  }

  /**
   * @param {string} name @param {(signal: AbortSignal) => Promise<State>} send what the server reads
   * @param {Blob | null} [file] shown as it is where the browser can @param {string} [example] that it is
   * @returns {Promise<unknown>} why it could not be opened; it was told already
   */
  async from(name, send, file = null, example = "") {
    const { studio } = this;
    const turn = ++this.turn;
    const before = studio.session.state;
    const stopping = new AbortController();
    studio.session.setBusy(true, `Reading ${name} …`, () => void this.#stop(turn, stopping));
    let answered = false;
    const arrival = studio.session.withWorkspace(() => send(stopping.signal));
    const late = setTimeout(
      () => file && this.#bridge(file, name, arrival, turn, () => !answered && turn === this.turn),
      LATE_MS,
    );
    try {
      const state = await arrival;
      answered = true;
      if (turn !== this.turn) return null; // another photo was opened meanwhile
      if (this.here?.turn === turn) {
        await this.#adopt(state);
        return null;
      }
      const picture = /** @type {Picture} */ (state.picture);
      if (file || example) this.origins.set(picture.id, { file, example });
      const bitmap = await bitmapOf(studio.transport, picture, picture.reading ? null : file);
      if (turn !== this.turn) return null;
      this.here = null;
      this.show(state, bitmap);
      const notes = picture.reading?.notes.join(" ");
      studio.status.say(`${picture.name}, ${picture.width} × ${picture.height}. ${notes || "Click an object."}`);
      const put = before.objects.length;
      if (before.picture && (put || before.picture.id !== picture.id)) this.#offerPrevious(before, put);
      return null;
    } catch (error) {
      if (stopping.signal.aborted) return STOPPED;
      if (this.here?.turn === turn) this.here.sent = null; // it can be sent again
      if (turn === this.turn) studio.status.fail(error);
      return error;
    } finally {
      answered = true;
      clearTimeout(late);
      if (turn === this.turn) studio.session.setBusy(false);
    }
  }

  /**
   * What is being opened is not wanted any more: what was on the stage stays there.
   * @param {number} turn @param {AbortController} [stopping] of what the server does
   */
  async #stop(turn, stopping) {
    const { session, status, transport } = this.studio;
    if (turn !== this.turn) return;
    const now = ++this.turn;
    session.setBusy(false);
    status.say(STOPPED);
    if (!stopping) return;
    stopping.abort();
    await session.guard(async () => {
      const state = await transport.stopOpening();
      const { picture } = session;
      if (now !== this.turn || this.here || !state.picture || state.picture.id === picture?.id) return;
      // It had come a moment before.
      if (picture) return session.apply(await transport.restoreImage(picture.id), false);
      const bitmap = await bitmapOf(transport, state.picture, null);
      if (now === this.turn) this.show(state, bitmap);
    });
  }

  /** Whether the server has the photo, or has it now; where it may not, it says why. @param {string} what needs it */
  async onServer(what) {
    const { here } = this;
    if (!here) return true;
    if (!here.sent) await this.offer(`${what} needs the server, and this photo is only in your browser.`);
    await here.sent;
    return this.here === null;
  }

  /** The photo goes to the server, prompts and view stay. */
  async send() {
    const { here, studio } = this;
    if (!here) return;
    here.sent ??= (async () => {
      studio.session.setBusy(true, `Sending ${here.name} …`);
      try {
        const state = await studio.session.withWorkspace(() => studio.transport.upload(here.file, here.name));
        if (this.here === here) await this.#adopt(state);
      } catch (error) {
        here.sent = null;
        studio.status.fail(error);
      } finally {
        studio.session.setBusy(false);
      }
    })();
    await here.sent;
  }

  /**
   * @param {string} id of the picture before
   * @param {boolean} [step] whether it is a step of undo
   * @returns whether it is back
   */
  restore(id, step = false) {
    const { studio } = this;
    const turn = ++this.turn;
    return studio.session.guard(async () => {
      const state = await studio.transport.restoreImage(id);
      if (turn !== this.turn || !state.picture) return;
      const bitmap = this.bitmaps.get(id) ?? (await bitmapOf(studio.transport, state.picture, null));
      this.here = null;
      this.show(state, bitmap, step);
      studio.status.say(`${state.picture.name} is back.`);
    });
  }

  /** @param {State} state @param {ImageBitmap} bitmap @param {boolean} [step] whether undo leads back from it */
  show(state, bitmap, step = false) {
    const { studio } = this;
    const picture = /** @type {Picture} */ (state.picture);
    const keep = [studio.session.picture?.id, picture.id];
    this.bitmaps.set(picture.id, bitmap);
    for (const [id, old] of this.bitmaps) {
      if (keep.includes(id)) continue;
      old.close();
      this.bitmaps.delete(id);
    }
    studio.begin(state, bitmap, step);
  }

  /** A photo that does not leave the browser. @param {Blob} file @param {string} name @returns {Promise<boolean>} */
  async stay(file, name) {
    const { studio } = this;
    const turn = ++this.turn;
    studio.session.setBusy(true, `Reading ${name} in this page …`, () => void this.#stop(turn));
    try {
      const shown = await this.#showHere(file, name, null, turn, () => turn === this.turn);
      if (shown) studio.status.say(`${name} stays in this browser. Click an object.`);
      return shown;
    } catch (error) {
      if (turn !== this.turn) return false;
      const why = error instanceof Error ? error.message : String(error);
      const text = `This page cannot read ${name}: ${why}. The server may, but then it has the photo.`;
      studio.status.say(text, "error");
      studio.status.toast(text, { kind: "error", action: "Send photo", run: () => void this.#read(file, name) });
      return false;
    } finally {
      if (turn === this.turn) studio.session.setBusy(false);
    }
  }

  /**
   * The server takes its time: the page begins.
   * @param {Blob} file
   * @param {string} name
   * @param {Promise<State>} arrival
   * @param {number} turn
   * @param {() => boolean} wanted
   */
  async #bridge(file, name, arrival, turn, wanted) {
    const { studio } = this;
    if (!wanted()) return;
    try {
      if (
        !(await this.#showHere(
          file,
          name,
          arrival.then(
            () => {},
            () => {},
          ),
          turn,
          wanted,
        ))
      )
        return;
      studio.status.say("The server is still reading the photo. You can click already: this page reads it by itself.");
      studio.session.setBusy(false);
    } catch (error) {
      console.info("The page could not read the photo itself:", error); // the server still may
    }
  }

  /**
   * @param {Blob} file @param {string} name @param {Promise<void> | null} sent see `LocalPhoto` @param {number} turn
   * @param {() => boolean} wanted @returns {Promise<boolean>} whether it is on the stage
   */
  async #showHere(file, name, sent, turn, wanted) {
    const { studio } = this;
    await studio.session.ready;
    const bitmap = await createImageBitmap(file).catch(() => {
      throw new Error("this browser does not know the format");
    });
    const { width, height } = bitmap;
    const small = await viewBitmap(bitmap);
    const { geometry, ms } = await studio.backend.prepareHere(file);
    if (!wanted()) {
      small.close();
      return false;
    }
    const [high, wide] = geometry.input_hw;
    const picture = {
      id: `here-${turn}`,
      name,
      width,
      height,
      model: studio.session.state.model,
      encode_ms: ms,
      cached: false,
      version: 0,
      revised: false,
      input: { width: wide, height: high, size: geometry.input_size },
    };
    this.here = { file, name, turn, picture, sent };
    this.show({ ...studio.session.state, picture, objects: [] }, small);
    return true;
  }

  /** The server has it now. What was encoded here is what it would have sent. @param {State} state */
  async #adopt(state) {
    const { studio } = this;
    if (this.here && state.picture) this.origins.set(state.picture.id, { file: this.here.file, example: "" });
    if (state.picture?.reading) return this.#replace(state, state.picture);
    const from = /** @type {LocalPhoto} */ (this.here).picture.id;
    const picture = /** @type {Picture} */ (state.picture);
    const bitmap = this.bitmaps.get(from);
    this.bitmaps.delete(from);
    if (bitmap) this.bitmaps.set(picture.id, bitmap);
    this.here = null;
    studio.adopt(state);
    studio.status.say("The photo is on the server now; your clicks are kept.");
  }

  /**
   * The browser reads only 8 bits of this file, and only its first page: what the server has read takes its place.
   * @param {State} state @param {Picture} picture
   */
  async #replace(state, picture) {
    const { studio, here } = this;
    const { prompts } = studio.steps.moment;
    const bitmap = await bitmapOf(studio.transport, picture, null);
    if (this.here !== here) return;
    const same = here?.picture.width === picture.width && here.picture.height === picture.height;
    this.here = null;
    this.show(state, bitmap);
    if (same) studio.mask.prompts.show(prompts);
    studio.status.say(["The photo is on the server now.", ...(picture.reading?.notes ?? [])].join(" "));
  }

  /** @param {State} before @param {number} count objects put away */
  #offerPrevious(before, count) {
    const id = before.picture?.id ?? "";
    if (id.startsWith("here-")) return; // it never was anywhere else
    const what = count ? ` and its ${count === 1 ? "object" : `${count} objects`}` : "";
    this.studio.status.toast(`${before.picture?.name}${what} closed.`, { action: "Undo", run: () => this.restore(id) });
  }
}
