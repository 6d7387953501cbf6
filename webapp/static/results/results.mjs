/** What a tool has made, while it is looked at on the stage: compared, chosen, taken or not. */

import { save } from "../photos/saving.mjs";
import { TOUCH } from "../ui/dom.mjs";
import { Layer } from "./layer.mjs";
import { Options } from "./options.mjs";
import { Proposals } from "./proposals.mjs";
import { Wipe } from "./wipe.mjs";

/**
 * @typedef {{kind: "pictures", id: string, title: string, count: number, size: [number, number], window: number[],
 *   alpha: boolean, apply: boolean, file: string}} Shown
 * @typedef {{kind: "proposals", id: string, title: string, left_out: number}} Proposed
 * @typedef {{kind: "layer", id: "", title: string, file: Blob}} Laid a picture from the clipboard, over the photo
 */

export class Results {
  /**
   * @param {import("../session/studio.mjs").Studio} studio
   * @param {import("../canvas/canvas.mjs").StageCanvas} surface
   * @param {HTMLElement} frame
   * @param {() => void} changed
   */
  constructor(studio, surface, frame, changed) {
    this.studio = studio;
    this.surface = surface;
    this.frame = frame;
    this.changed = changed;
    /** @type {Shown | Proposed | Laid | null} */
    this.open = null;
    /** @type {Layer | null} */
    this.layer = null;
    /** @type {Wipe | null} */
    this.wipe = null;
    /** @type {Proposals | null} */
    this.proposals = null;
    /** which of several pictures */
    this.choice = 0;
    /** @type {Options | null} while one of several is to be chosen */
    this.options = null;
    this.picture = "";
    /** @type {Map<number, ImageBitmap>} */
    this.bitmaps = new Map();
    this.turn = 0;
    /** What was under way on the stage ends. */
    this.begin = () => {};
  }

  /** A tool has made something. @param {Shown | Proposed} value */
  async show(value) {
    const turn = ++this.turn;
    const { session, transport, status } = this.studio;
    this.picture = session.picture?.id ?? "";
    await session.guard(async () => {
      if (value.kind === "proposals") {
        const { proposals } = await transport.outlines(value.id);
        if (turn !== this.turn) return;
        const before = this.proposals ? this.open : null;
        this.#clear();
        if (!proposals.length) {
          status.say("Nothing found.");
          return this.changed();
        }
        this.open = value;
        this.proposals = new Proposals(proposals, (path, x, y) => ink().isPointInPath(path, x, y, "evenodd"));
        this.#place(this.proposals);
        if (!before) status.say(found(proposals.length, value.left_out));
      } else {
        const first = await this.#load(value, 0, turn);
        if (turn !== this.turn || !first) return;
        this.#clear();
        this.open = value;
        this.bitmaps.set(0, first);
        if (value.count > 1) this.#offer(value);
        else this.#compare(value, first);
      }
      this.begin();
      if (!this.studio.mask.prompts.empty) this.studio.mask.prompts.clear();
      this.changed();
    });
  }

  /** A picture is laid over the photo, to be placed. @param {Blob} file */
  async lay(file) {
    const { session, status } = this.studio;
    const { picture } = session;
    const bitmap = await createImageBitmap(file);
    if (!picture || session.picture?.id !== picture.id) return bitmap.close();
    this.turn++;
    this.#clear();
    this.picture = picture.id;
    this.open = { kind: "layer", id: "", title: "Layer", file };
    this.layer = new Layer(bitmap, picture);
    this.bitmaps.set(0, bitmap);
    this.#place(this.layer);
    this.begin();
    if (!this.studio.mask.prompts.empty) this.studio.mask.prompts.clear();
    this.surface.canvas.focus({ preventScroll: true });
    status.say(`Drag it to its place, a corner scales it.${TOUCH ? "" : " Enter applies it, Esc discards it."}`);
    this.changed();
  }

  /** By arrow keys. @param {number} x @param {number} y image pixels @returns {boolean} whether there is a layer */
  nudge(x, y) {
    this.layer?.move(x, y);
    this.surface.redraw();
    return this.layer !== null;
  }

  /** @param {number} share of its largest size, 0 to 1 */
  setSize(share) {
    this.layer?.resize(this.layer.most * share ** 2);
    this.surface.redraw();
  }

  /** @param {Shown} value */
  #offer(value) {
    const url = (/** @type {number} */ place) => this.studio.transport.resultUrl(value.id, `pictures/${place}?part=1`);
    this.options = new Options(value.count, url, (place) => void this.choose(place));
    this.frame.append(this.options.node);
    this.options.focus();
    this.studio.status.say(`${value.count} to choose from. Click one, or press its number.`);
  }

  /** One of several. @param {number} place */
  async choose(place) {
    const { open, turn } = this;
    if (open?.kind !== "pictures" || place < 0 || place >= open.count) return;
    const bitmap = this.bitmaps.get(place) ?? (await this.#load(open, place, turn));
    if (!bitmap || turn !== this.turn) return;
    this.bitmaps.set(place, bitmap);
    this.choice = place;
    this.options?.node.remove();
    this.options = null;
    this.#compare(open, bitmap);
    this.surface.canvas.focus({ preventScroll: true });
    this.changed();
  }

  /** All of them beside each other again. */
  back() {
    if (this.open?.kind !== "pictures" || this.open.count < 2 || this.options) return;
    this.#offer(this.open);
    this.changed();
  }

  /** @param {Shown} value @param {ImageBitmap} bitmap */
  #compare(value, bitmap) {
    const { session, status } = this.studio;
    const photo = session.picture ?? { width: value.size[0], height: value.size[1] };
    this.wipe = new Wipe(bitmap, { window: value.window, photo, alpha: value.alpha });
    this.#place(this.wipe, value.size);
    this.wipe.sweep(() => this.#moved());
    // Enter is to apply it, not to press again what made it.
    if (document.activeElement?.matches("#ss-tabs button, body")) this.surface.canvas.focus({ preventScroll: true });
    const next = value.apply ? " Enter applies it, Esc discards it." : " Save it, or discard it with Esc.";
    status.say(`${value.title || "Done"}. Drag the line to compare.${TOUCH ? "" : next}`);
  }

  #moved() {
    this.frame.dispatchEvent(new CustomEvent("ss-wipe", { detail: this.wipe?.at ?? 0 }));
    this.surface.redraw();
  }

  /** @param {Shown} value @param {number} place @param {number} turn */
  async #load(value, place, turn) {
    const { transport } = this.studio;
    const file = await transport.blob(transport.resultUrl(value.id, `pictures/${place}`));
    return turn === this.turn ? createImageBitmap(file) : null;
  }

  /**
   * @param {import("../canvas/canvas.mjs").Overlay} overlay
   * @param {[number, number]} [size] of another frame than the photo's
   */
  #place(overlay, size) {
    const { surface } = this;
    surface.result = overlay;
    surface.showPreview(null);
    const { width, height } = surface.view.image;
    if (size && (size[0] !== width || size[1] !== height)) {
      surface.view.setImage(...size);
      surface.viewChanged();
    }
    surface.redraw();
  }

  /** @param {number} x @param {number} y image pixels @param {boolean} several whether it is only marked */
  click(x, y, several) {
    const one = this.proposals?.at(x, y);
    if (!this.proposals || !one) return;
    if (!several && !this.proposals.marked.size) return void this.take([one.row]);
    const { marked } = this.proposals;
    if (!marked.delete(one.row)) marked.add(one.row);
    this.surface.redraw();
    this.changed();
  }

  /** @param {number} x @param {number} y image pixels */
  hover(x, y) {
    if (!this.proposals) return;
    const row = this.proposals.at(x, y)?.row ?? null;
    if (row === this.proposals.lit) return;
    this.proposals.lit = row;
    this.surface.canvas.style.cursor = row === null ? "" : "pointer";
    this.surface.redraw();
  }

  /**
   * The line goes where the pointer is, a layer with it.
   * @param {number} x stage pixels
   * @param {{from: {x: number, y: number}, to: {x: number, y: number}, done: boolean}} drag image pixels
   */
  drag(x, { from, to, done }) {
    const { view } = this.surface;
    if (this.layer) {
      this.layer.drag(from, to, done, view.scale);
      this.surface.redraw();
      return this.changed();
    }
    if (!this.wipe) return;
    this.wipe.move((x - view.x) / (view.image.width * view.scale));
    this.#moved();
  }

  /** @param {number} at 0 to 1 */
  setWipe(at) {
    this.wipe?.move(at);
    this.surface.redraw();
  }

  /** Proposals become objects. @param {number[]} rows */
  async take(rows) {
    const { open, proposals } = this;
    if (open?.kind !== "proposals" || !proposals || !rows.length) return;
    const { session, transport, kept, status } = this.studio;
    // Gone at once: a quick hand that clicks the same place again means what lies there now.
    const before = proposals.all;
    proposals.taken(rows);
    this.surface.redraw();
    const done = await session.guard(async () => {
      const state = await transport.takeProposals(open.id, rows, this.studio.labels.current);
      await kept.load(state.objects);
      session.current = state.added.at(-1) ?? session.current;
      session.apply(state);
      const count = state.added.length;
      // The tool may have laid the same ones out again meanwhile, asked before they were objects.
      const shown = this.open?.id === open.id ? this.proposals : null;
      if (shown !== proposals) shown?.taken(rows);
      const left = (shown ?? proposals).all.length;
      status.say(`${count} object${count === 1 ? "" : "s"} added.${left ? "" : " That was all."}`);
      if (!left && shown) this.close();
      this.surface.redraw();
      this.changed();
    });
    if (done) return;
    const here = new Set(proposals.all);
    proposals.all = before.filter((one) => here.has(one) || rows.includes(one.row));
    this.surface.redraw();
  }

  takeMarked() {
    const { proposals } = this;
    return this.take(
      proposals ? [...(proposals.marked.size ? proposals.marked : proposals.all.map((one) => one.row))] : [],
    );
  }

  /** The picture takes the photo's place; undo takes it back. @returns {Promise<void>} */
  async apply() {
    const { open, choice, studio, layer } = this;
    const fits = open?.kind === "pictures" && open.apply && !this.options;
    if (!open || !(fits || layer) || this.applying) return;
    this.applying = true;
    const done = await studio.session.guard(async () => {
      if (open.kind === "layer") await this.#lay(open);
      else await studio.transport.applyResult(open.id, choice);
    });
    this.applying = false;
    if (!done) return;
    this.close();
    await studio.refresh();
  }

  applying = false;

  /** @param {Laid} open */
  async #lay({ file }) {
    const { transport } = this.studio;
    const query = new URLSearchParams({ picture: this.picture, box: (this.layer?.box ?? []).join(",") });
    await transport.call("POST", `layer?${query}`, file);
  }

  /** What Enter means: the picture as the photo, else as a file; the marked proposals as objects. */
  accept() {
    const { open, proposals, studio } = this;
    if (proposals?.marked.size) void this.takeMarked();
    else if (proposals) studio.status.say("Click a proposal to take it, or add all of them.");
    else if (open?.kind === "pictures") void (open.apply ? this.apply() : this.save());
    else if (open) void this.apply();
  }

  async save() {
    const { open, choice, studio } = this;
    if (open?.kind !== "pictures" || !open.file) return;
    const name = studio.session.picture?.name.replace(/\.[^.]+$/, "") || "photo";
    const url = studio.transport.resultUrl(open.id, `pictures/${choice}/file`);
    await save(studio.status, () => studio.transport.blob(url), `${name}-${open.file}`);
  }

  /** Nothing of it is wanted. @returns {boolean} whether there was anything */
  discard() {
    const { open, studio } = this;
    if (!open) return false;
    if (open.id) studio.transport.discardResult(open.id).catch(() => {}); // the server forgets it with the photo
    const taken = open.kind === "proposals";
    this.close();
    studio.status.say(taken ? "Proposals closed." : "Discarded. The photo is as it was.");
    return true;
  }

  /** Shows the photo again. */
  close() {
    this.turn++;
    this.#clear();
    this.changed();
  }

  /** The stage shows another photo: what was made of the one before is over. @param {string} picture */
  follow(picture) {
    if (this.open && picture !== this.picture) this.close();
  }

  #clear() {
    const { surface, studio } = this;
    this.open = this.wipe = this.proposals = this.layer = null;
    this.choice = 0;
    this.options?.node.remove();
    this.options = null;
    for (const bitmap of this.bitmaps.values()) bitmap.close();
    this.bitmaps.clear();
    surface.canvas.style.cursor = "";
    surface.result = null;
    const { picture } = studio.session;
    const { width, height } = surface.view.image;
    if (picture && (picture.width !== width || picture.height !== height)) {
      surface.view.setImage(picture.width, picture.height);
      surface.viewChanged();
    }
    surface.redraw();
  }
}

/** @param {number} count @param {number} more that are not shown */
function found(count, more) {
  if (count === 1 && !more) return "1 found. Click it to take it.";
  const many = more ? `${count} of ${count + more} shown` : `${count} found`;
  return `${many}. Click one to take it, ${TOUCH ? "hold" : "Shift-click"} several, or add all.`;
}

/** @type {CanvasRenderingContext2D | null} in which no scale is set: paths are asked in image pixels */
let unscaled = null;

function ink() {
  unscaled ??= /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  return unscaled;
}
