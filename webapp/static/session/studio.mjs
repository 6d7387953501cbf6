/** Joins the parts of a visitor's session, each of which does one thing, and what concerns several of them. */

import { bitmapOf } from "../canvas/bitmap.mjs";
import { Scene } from "../canvas/scene.mjs";
import { Backend } from "../inference/backend.mjs";
import { PageDecoder } from "../inference/worker_client.mjs";
import { Labels } from "../labels/labels.mjs";
import { KeptMasks } from "../objects/kept_masks.mjs";
import { ObjectActions } from "../objects/object_actions.mjs";
import { Opening } from "../photos/opening.mjs";
import { StudioError } from "../server/api.mjs";
import { TOUCH } from "../ui/dom.mjs";
import { ActiveMask } from "./active_mask.mjs";
import { Session } from "./session.mjs";
import { Steps } from "./steps.mjs";
import { Work } from "./work.mjs";

/** @typedef {import("../server/api.mjs").State} State */

export class Studio {
  /**
   * @param {import("../server/api.mjs").Transport} transport
   * @param {import("../canvas/canvas.mjs").StageCanvas} surface
   * @param {import("../ui/status.mjs").Status} status
   * @param {() => void} changed
   */
  constructor(transport, surface, status, changed) {
    this.transport = transport;
    transport.usedGpu = (seconds) => status.time({ gpu: `GPU ${seconds.toFixed(1)} s` });
    this.status = status;
    this.session = new Session(transport, status, {
      changed,
      step: () => this.steps.note(),
      objects: () => this.#objectsChanged(),
      selection: () => this.scene.showObjects(),
      busy: (text, stop) => (text ? this.work.begin(text, stop) : this.work.end()),
    });
    const page = new PageDecoder(transport, () => this.#placeChanged());
    const photo = () => {
      const { picture } = this.session;
      const { width = 1, height = 1, size = 1 } = picture?.input ?? {};
      const inside = { width: width / size, height: height / size };
      return { id: picture?.id ?? "", here: this.opening.here !== null, inside };
    };
    this.backend = new Backend(page, transport, photo);
    const events = {
      changed,
      mask: () => this.scene.showMask(),
      prompts: (/** @type {import("../prompts/prompts.mjs").PromptState | null} */ before) => {
        if (before) this.steps.note(before);
        this.scene.showPrompts();
      },
    };
    this.mask = new ActiveMask(this.session, this.backend, status, events, TOUCH);
    this.kept = new KeptMasks(transport);
    this.scene = new Scene(surface, this.session, this.mask, this.kept);
    this.steps = new Steps(this);
    this.opening = new Opening(this);
    this.work = new Work(
      () => transport.work(),
      (shown) => status.work(shown),
      () => transport.stopWork().catch((error) => status.fail(error)),
    );
    this.objects = new ObjectActions(this, TOUCH);
    this.labels = new Labels(this);
  }

  /**
   * A photo is on the stage.
   * @param {State} state
   * @param {ImageBitmap} bitmap
   * @param {boolean} step whether undo leads back
   */
  begin(state, bitmap, step) {
    const picture = /** @type {import("../server/api.mjs").Picture} */ (state.picture);
    if (!step) this.steps.history.clear();
    this.session.begin(state);
    this.scene.begin(bitmap, picture);
    this.mask.prompts.show();
    this.session.apply(state);
    this.#encoded();
    this.#finish(picture);
  }

  /**
   * Nano reads the photo for now: it answers while the chosen model reads it, or has no GPU to.
   * @param {import("../server/api.mjs").Picture} picture
   */
  async #finish(picture) {
    const { session, status } = this;
    if (!picture.awaits) return;
    const here = () => session.picture?.id === picture.id;
    try {
      const state = await this.transport.encode(picture.id);
      if (!here()) return;
      session.apply(state);
      this.#encoded();
      status.announce(`${state.picture?.model} has read the photo.`);
      this.mask.decodeAgain();
    } catch (error) {
      const overtaken = error instanceof StudioError && error.status === 409;
      if (!here() || overtaken) return;
      status.fail(error);
      status.say(`nano reads this photo, as ${picture.awaits} cannot now.`);
    }
  }

  /** The photo on the stage is on the server now, under another id. @param {State} state */
  adopt(state) {
    this.steps.history.rename(this.steps.moment.picture, state.picture?.id ?? "");
    this.session.adopt(state);
  }

  /** @param {string} model */
  async setModel(model) {
    const { session, status, opening } = this;
    if (!(await opening.onServer("Another model"))) return session.on.changed();
    const stopping = new AbortController();
    const { signal } = stopping;
    session.setBusy(true, "Changing the model …", () => stopping.abort());
    await session.guard(async () => {
      const changed = session.withWorkspace(() => this.transport.setModel(model, signal));
      const state = await changed.catch((error) => {
        if (!signal.aborted) throw error;
        return this.transport.stopOpening();
      });
      session.apply(state);
      if (signal.aborted && state.model !== model) return status.say("Stopped. The model is the same.");
      this.#encoded();
      status.say(`Model: ${state.model}.`);
      this.mask.decodeAgain();
    });
    session.setBusy(false);
  }

  /** A tool has changed the workspace on the server. */
  async refresh() {
    const { session, steps } = this;
    await session.guard(async () => {
      const state = await this.transport.state();
      if (!state.picture || state.picture.id === session.picture?.id) return session.apply(state);
      const bitmap = await bitmapOf(this.transport, state.picture, null);
      const { moment } = steps;
      this.opening.show(state, bitmap, true);
      if (moment.picture) steps.changedPhoto(moment);
    });
  }

  #objectsChanged() {
    this.scene.showObjects();
    this.scene.loadObjects().then(
      (fresh) => fresh && this.session.on.changed(),
      (error) => this.status.fail(error),
    );
  }

  #placeChanged() {
    this.status.time({ where: this.backend.says });
    this.session.on.changed();
  }

  #encoded() {
    const { picture } = this.session;
    if (!picture) return;
    const here = this.opening.here !== null;
    const time = picture.encode_ms < 10 ? picture.encode_ms.toFixed(1) : Math.round(picture.encode_ms);
    const encode = picture.cached ? "encoding from cache" : `encoded ${here ? "in this page " : ""}in ${time} ms`;
    this.status.time({ encode, click: null, where: here ? this.backend.says : null });
    if (!here) this.backend.prepare(picture);
  }
}
