/**
 * The objects decoded anew by another model: which masks differ, and which are taken.
 *
 * @typedef {{id: string, mask: string, by: "prompts" | "box", iou: number, counts: string, box: number[], area: number,
 *   score: number}} Row counts: "" where the model found nothing
 */

import { drawThumb, frameOf } from "../canvas/mask_thumb.mjs";
import { fieldOfMask } from "../canvas/overlay.mjs";
import { h, icon, iconButton } from "../ui/dom.mjs";
import { cropOf } from "./rle.mjs";

const THUMB_W = 96;
const THUMB_H = 72;

export class ReplayDialog {
  /**
   * @param {import("../session/studio.mjs").Studio} studio
   * @param {import("../canvas/canvas.mjs").StageCanvas} surface
   * @param {() => {name: string, title: string}[]} models that may be used
   */
  constructor(studio, surface, models) {
    this.studio = studio;
    this.surface = surface;
    this.models = models;
    /** @type {Row[]} */
    this.rows = [];
    this.model = "";
    this.picture = "";
    /** @type {Set<string>} ids whose new mask is taken */
    this.taken = new Set();
    this.turn = 0;
    this.choice = /** @type {HTMLSelectElement} */ (h("select", { class: "ss-select", "aria-label": "Model" }));
    this.run = h("button", { type: "submit", class: "ss-button" }, "Decode again");
    const form = h("form", { class: "ss-replay-form", novalidate: true }, this.choice, this.run);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#run();
    });
    this.said = h("p", { class: "ss-replay-said", role: "status" });
    this.list = h("ul", { class: "ss-replay-list", "aria-label": "Objects, old and new" });
    const all = (/** @type {string} */ label, /** @type {boolean} */ on) =>
      h("button", { type: "button", class: "ss-button", onclick: () => this.#takeAll(on) }, label);
    this.all = h("span", { class: "ss-group" }, all("All new", true), all("All old", false));
    this.apply = h(
      "button",
      { type: "button", class: "ss-button ss-primary", onclick: () => void this.#apply() },
      icon("check", 16),
      h("span", {}, "Take"),
    );
    this.footer = h("footer", { hidden: true }, this.all, this.apply);
    this.dialog = /** @type {HTMLDialogElement} */ (
      h(
        "dialog",
        { class: "ss-help ss-replay", "aria-label": "Try another model" },
        h(
          "header",
          {},
          h("h2", {}, "Try another model"),
          iconButton("clear", "Close", () => this.dialog.close()),
        ),
        h("p", {}, "Every object is decoded anew from its clicks or box. Nothing changes before you take a mask."),
        form,
        this.said,
        this.list,
        this.footer,
      )
    );
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("keydown", (event) => event.stopPropagation());
    this.dialog.addEventListener("close", () => this.turn++);
  }

  async show() {
    const { session, opening, status } = this.studio;
    if (!session.objects.length) return status.say("There are no objects to decode anew: keep one first.");
    if (!(await opening.onServer("Another model"))) return;
    const now = session.state.model;
    const models = this.models();
    this.choice.replaceChildren(...models.map(({ name, title }) => h("option", { value: name }, title)));
    this.choice.value = (models.find(({ name }) => name !== now) ?? models[0])?.name ?? "";
    this.#fill([]);
    this.said.textContent = "";
    this.dialog.showModal();
  }

  async #run() {
    const turn = ++this.turn;
    const { session, transport, kept } = this.studio;
    this.run.setAttribute("aria-disabled", "true");
    this.#fill([]);
    this.said.textContent = "Decoding …";
    this.picture = session.picture?.id ?? "";
    try {
      await kept.load(session.objects);
      const found = await transport.call("POST", "replay", { picture: this.picture, model: this.choice.value });
      if (turn !== this.turn) return;
      this.model = found.model;
      const left = session.objects.length - found.objects.length;
      this.said.textContent = told(found.objects, left);
      this.#fill(found.objects);
    } catch (error) {
      if (turn === this.turn) this.said.textContent = error instanceof Error ? error.message : String(error);
    }
    this.run.removeAttribute("aria-disabled");
  }

  /** @param {Row[]} rows */
  #fill(rows) {
    const { session } = this.studio;
    this.rows = [...rows].sort((a, b) => a.iou - b.iou);
    this.taken = new Set(this.rows.filter((row) => row.counts && !session.object(row.id)?.locked).map(({ id }) => id));
    this.list.replaceChildren(...this.rows.map((row) => this.#row(row)));
    this.footer.hidden = !rows.length;
    this.#update();
  }

  /** @param {Row} row */
  #row(row) {
    const { session, kept } = this.studio;
    const { picture } = session;
    const object = session.object(row.id);
    const name = object?.name ?? row.id;
    const pictures = ["old", "new"].map(() => h("canvas", { width: 2 * THUMB_W, height: 2 * THUMB_H }));
    const { bitmap } = this.surface;
    const old = kept.fields.get(row.mask);
    const [x0, y0, x1, y1] = row.box;
    const fresh = row.counts && picture ? cropOf(row.counts, picture.height, row.box) : null;
    const now = fresh ? fieldOfMask(fresh, x1 - x0, y1 - y0, row.box) : null;
    if (bitmap && picture && old) {
      const photo = { bitmap, width: picture.width, height: picture.height };
      const frame = frameOf(now ? [old, now] : [old], photo, THUMB_W / THUMB_H);
      drawThumb(/** @type {HTMLCanvasElement} */ (pictures[0]), old, photo, frame);
      if (now) drawThumb(/** @type {HTMLCanvasElement} */ (pictures[1]), now, photo, frame);
    }
    const why = object?.locked ? "Locked." : row.counts ? "" : "Nothing found.";
    const buttons = pictures.map((canvas, place) =>
      h(
        "button",
        {
          type: "button",
          role: "radio",
          class: "ss-replay-choice",
          "data-id": row.id,
          "data-new": String(place),
          "aria-disabled": String(Boolean(place && why)),
          title: place ? why : "",
          "aria-label": `${name}: ${place ? "new" : "old"} mask`,
          onclick: () => !(place && why) && this.#take(row.id, place === 1),
        },
        canvas,
        h("span", {}, place ? why || "New" : "Old"),
      ),
    );
    return h(
      "li",
      {},
      h(
        "div",
        { class: "ss-replay-name" },
        h("strong", {}, name),
        h("span", {}, `IoU ${row.iou.toFixed(3)}${row.by === "box" ? ", from its box" : ""}`),
      ),
      h("div", { class: "ss-replay-pair", role: "radiogroup", "aria-label": name }, ...buttons),
    );
  }

  /** @param {string} id @param {boolean} on */
  #take(id, on) {
    if (on) this.taken.add(id);
    else this.taken.delete(id);
    this.#update();
  }

  /** @param {boolean} on */
  #takeAll(on) {
    const usable = this.rows.filter((row) => row.counts && !this.studio.session.object(row.id)?.locked);
    this.taken = new Set(on ? usable.map(({ id }) => id) : []);
    this.#update();
  }

  #update() {
    for (const button of this.list.querySelectorAll("button")) {
      const { id = "", new: place } = button.dataset;
      button.setAttribute("aria-checked", String(this.taken.has(id) === (place === "1")));
    }
    const { size } = this.taken;
    this.apply.lastChild?.replaceWith(h("span", {}, size ? `Take ${size} new` : "Take none"));
    this.apply.setAttribute("aria-disabled", String(!size));
  }

  async #apply() {
    if (!this.taken.size) return;
    const { session, transport, kept, status } = this.studio;
    const rows = this.rows.filter((row) => this.taken.has(row.id));
    const objects = rows.map(({ id, mask, counts, score }) => ({ id, mask, counts, score }));
    const done = await session.guard(async () => {
      const body = { picture: this.picture, model: this.model, objects };
      const state = await transport.call("POST", "replay/take", body);
      await kept.load(state.objects);
      session.apply(state);
      const count = objects.length - state.notes.length;
      status.say(`${count} mask${count === 1 ? "" : "s"} of ${this.model} taken. Ctrl+Z takes them back.`);
      if (state.notes.length) status.toast(state.notes.slice(0, 3).join(" "));
    });
    if (done) this.dialog.close();
  }
}

/** @param {Row[]} rows @param {number} left without prompts and without a mask */
export function told(rows, left) {
  if (!rows.length) return "None of the objects could be decoded anew.";
  const mean = rows.reduce((sum, row) => sum + row.iou, 0) / rows.length;
  const rest = left ? ` ${left} could not be decoded.` : "";
  return `Mean IoU of old and new: ${mean.toFixed(3)}. Those that differ most come first.${rest}`;
}
