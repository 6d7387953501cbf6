/** The Export dialog: what, in which format, with which edge; a preview, and what the format loses. */

import { cutHere, maskHere } from "../photos/local_cut.mjs";
import { save } from "../photos/saving.mjs";
import { recall, remember } from "../server/local_storage.mjs";
import { h, icon, iconButton } from "../ui/dom.mjs";
import { counted, EDGES, fileName, KINDS, lossOf, preview, refusal, remembered, request, WHATS } from "./choice.mjs";
import { Preview } from "./preview.mjs";

/** @typedef {import("./choice.mjs").What} What */

const STORED = "sam-studio-export";
const PROJECT = [
  "Open it here again, like a photo: all is as it was.",
  "With all objects, hidden ones too, and what they were made from.",
  "Undo begins anew.",
];

export class ExportDialog {
  /**
   * @param {import("../session/studio.mjs").Studio} studio
   * @param {{save(): Promise<boolean>}} projects
   */
  constructor(studio, projects) {
    this.studio = studio;
    this.projects = projects;
    this.choice = remembered(parsed(recall(STORED)));
    /** @type {import("./choice.mjs").Format[]} */
    this.formats = [];
    /** @type {string[]} one object that was asked for, whatever is selected */
    this.only = [];
    this.turn = 0;
    this.whats = segments("What", WHATS, (what) => this.#set({ what }));
    this.edges = segments("Edge", EDGES, (edge) => this.#set({ edge }));
    this.kind = select("Format", KINDS, (kind) => this.#set({ kind }));
    this.format = select("Format", [], (format) => this.#set({ format }));
    this.all = check("All visible objects, not only the selected", (all) => this.#set({ all }));
    this.photos = check("Include the photo", (photos) => this.#set({ photos }));
    this.slider = /** @type {HTMLInputElement} */ (
      h("input", { type: "range", min: "0", max: "5", step: "0.5", value: "0" })
    );
    this.slider.addEventListener("input", () => this.#set({ tolerance: Number(this.slider.value) }));
    this.sliderValue = h("output", {});
    this.simplify = h(
      "label",
      { class: "ss-field" },
      h("span", {}, "Simplify outlines"),
      this.slider,
      this.sliderValue,
    );
    this.preview = new Preview((path) => studio.transport.file(path));
    this.loss = h("ul", { class: "ss-loss" });
    this.note = h("p", { class: "ss-export-note" });
    this.go = h(
      "button",
      { type: "submit", class: "ss-button ss-primary", autofocus: true },
      icon("download", 16),
      h("span", {}, "Export"),
    );
    const form = h(
      "form",
      { class: "ss-export-form", novalidate: true },
      h(
        "div",
        { class: "ss-export-options" },
        this.whats.node,
        this.kind.node,
        this.format.node,
        this.edges.node,
        this.simplify,
        this.photos.node,
        this.all.node,
      ),
      h("div", { class: "ss-export-shown", "aria-live": "polite" }, this.preview.node, this.loss),
      h("footer", {}, this.note, this.go),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#export();
    });
    this.dialog = /** @type {HTMLDialogElement} */ (
      h(
        "dialog",
        { class: "ss-help ss-export", "aria-label": "Export" },
        h(
          "header",
          {},
          h("h2", {}, "Export"),
          iconButton("clear", "Close", () => this.dialog.close()),
        ),
        form,
      )
    );
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("keydown", (event) => event.stopPropagation());
    this.dialog.addEventListener("close", () => this.preview.clear());
  }

  /** @returns {import("./choice.mjs").Scene} */
  get scene() {
    const { session, opening } = this.studio;
    return {
      photo: session.picture?.name ?? "",
      objects: session.objects,
      selected: this.only.length ? this.only : session.ticked.map((object) => object.id),
      local: Boolean(opening.here),
    };
  }

  /** @param {What} [what] @param {string[]} [only] these objects, whatever is selected */
  async show(what, only = []) {
    if (!(await this.#ready())) return;
    this.only = only;
    const { scene, studio } = this;
    const { revised } = studio.session.picture ?? {};
    const first = what ?? (refusal("cutout", scene) || (revised && !scene.selected.length) ? "photo" : "cutout");
    this.choice = { ...this.choice, what: refusal(first, scene) ? "photo" : first, all: false };
    this.dialog.showModal();
    this.#update();
    if (!this.formats.length && !scene.local) await this.#loadFormats();
  }

  /** Without the dialog, by what was chosen in it last. @param {What} what */
  async quick(what) {
    if (!(await this.#ready())) return;
    this.only = [];
    const why = refusal(what, this.scene);
    if (why) return this.studio.status.say(`${why} Click an object first.`);
    await this.#save({ ...this.choice, what, all: false });
  }

  /** What is on the stage and not kept yet is kept, since it is what is meant. */
  async #ready() {
    const { session, mask, opening, objects, status } = this.studio;
    if (!session.picture) return void status.say("Open a photo first.");
    if (opening.here) {
      if (mask.present && mask.answer) return true;
      return void status.say("There is nothing to export yet: click an object.");
    }
    if (mask.present || mask.pending) return objects.keep();
    return true;
  }

  async #loadFormats() {
    try {
      this.formats = (await this.studio.transport.call("GET", "export/formats")).formats;
    } catch (error) {
      return this.studio.status.fail(error);
    }
    this.format.fill(this.formats.map(({ name, title }) => [name, title]));
    if (!this.formats.some(({ name }) => name === this.choice.format)) this.choice.format = "coco";
    this.#update();
  }

  /** @param {Partial<import("./choice.mjs").Choice>} change */
  #set(change) {
    this.choice = { ...this.choice, ...change };
    const { kind, edge, format, photos } = this.choice;
    remember(STORED, JSON.stringify({ kind, edge, format, photos }));
    this.#update();
  }

  #update() {
    const { choice, scene } = this;
    const objects = choice.what === "objects";
    const project = choice.what === "project";
    this.whats.set(choice.what, (what) => refusal(/** @type {What} */ (what), scene));
    this.edges.set(choice.edge);
    this.kind.set(scene.local ? "png" : choice.kind);
    this.format.set(choice.format);
    this.edges.node.hidden = objects || project || choice.what === "photo" || scene.local;
    this.kind.node.hidden = objects || project || scene.local;
    this.format.node.hidden = !objects;
    const outlines = this.formats.find(({ name }) => name === choice.format)?.outlines ?? false;
    this.simplify.hidden = !objects || !outlines;
    this.slider.value = String(choice.tolerance);
    this.sliderValue.textContent = choice.tolerance ? `${choice.tolerance} px` : "off";
    this.photos.node.hidden = !objects;
    this.photos.set(choice.photos);
    const some = scene.selected.length > 0 && scene.objects.some(({ id }) => !scene.selected.includes(id));
    this.all.node.hidden = project || choice.what === "photo" || scene.local || !some || this.only.length > 0;
    this.all.set(choice.all);
    this.preview.node.hidden = objects || project;
    this.loss.hidden = !objects && !project;
    this.note.textContent = this.#noteOf();
    void this.#look(++this.turn);
  }

  #noteOf() {
    const { choice, scene } = this;
    if (scene.local) return "Made in this browser. PNG, hard edge.";
    if (choice.what === "project") return "Photo, objects, clicks and classes in one file, to go on later.";
    if (choice.what === "photo") return "The photo as it is now, full size.";
    return `${counted(choice, scene)}, full size.`;
  }

  /** @param {number} turn */
  async #look(turn) {
    const { choice, scene, studio } = this;
    const current = () => turn === this.turn && this.dialog.open;
    if (choice.what === "project") {
      this.loss.dataset.nothing = "true";
      return this.loss.replaceChildren(...PROJECT.map((line) => h("li", {}, line)));
    }
    if (scene.local) return this.preview.local(await this.here(choice.what), current);
    if (choice.what !== "objects")
      return this.preview.show(preview(choice, scene, "whole"), preview(choice, scene, "edge"), current);
    try {
      const { loss, nothing } = await studio.transport.call("GET", lossOf(choice, scene));
      if (!current()) return;
      this.loss.dataset.nothing = String(nothing);
      this.loss.replaceChildren(...loss.map((/** @type {string} */ line) => h("li", {}, line)));
    } catch (error) {
      if (current()) this.loss.replaceChildren(h("li", {}, error instanceof Error ? error.message : String(error)));
    }
  }

  async #export() {
    this.go.setAttribute("aria-disabled", "true");
    const done = await this.#save(this.choice);
    this.go.removeAttribute("aria-disabled");
    if (done) this.dialog.close();
  }

  /** @param {import("./choice.mjs").Choice} choice */
  #save(choice) {
    const { scene, studio } = this;
    if (choice.what === "project") return this.projects.save();
    if (scene.local)
      return save(studio.status, () => this.here(choice.what), fileName({ ...choice, kind: "png" }, scene));
    const name = fileName(choice, scene, this.formats);
    return save(studio.status, () => studio.transport.file(request(choice, scene)), name);
  }

  /** The cut-out or mask of a photo that the server does not have. @param {What} what @returns {Promise<Blob>} */
  here(what) {
    const { opening, mask } = this.studio;
    const { here } = opening;
    if (!here || !mask.answer) return Promise.reject(new Error("There is nothing to export yet: click an object."));
    return (what === "mask" ? maskHere : cutHere)(here.file, mask.answer, mask.choice, here.picture);
  }
}

/** One of a few, all of them seen. @template T
 *  @param {string} name @param {readonly (readonly [T, string])[]} rows @param {(value: T) => void} change */
function segments(name, rows, change) {
  const buttons = rows.map(([value, text]) =>
    h("button", { type: "button", class: "ss-segment", role: "radio", onclick: () => change(value) }, text),
  );
  const group = h("div", { class: "ss-segments", role: "radiogroup", "aria-label": name }, ...buttons);
  group.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const usable = buttons.filter((button) => button.getAttribute("aria-disabled") !== "true");
    const place = usable.findIndex((button) => button.getAttribute("aria-checked") === "true");
    const next = usable[(place + step + usable.length) % usable.length];
    next?.click();
    next?.focus();
  });
  const node = h("div", { class: "ss-field" }, h("span", {}, name), group);
  const set = (/** @type {T} */ value, /** @type {(value: T) => string} */ refused = () => "") => {
    for (const [place, button] of buttons.entries()) {
      const why = refused(rows[place][0]);
      const on = rows[place][0] === value;
      button.setAttribute("aria-checked", String(on));
      button.setAttribute("aria-disabled", String(Boolean(why)));
      button.tabIndex = on ? 0 : -1;
      button.title = why;
    }
  };
  return { node, set };
}

/** @param {string} name @param {readonly (readonly [string, string])[]} rows @param {(value: string) => void} change */
function select(name, rows, change) {
  const field = /** @type {HTMLSelectElement} */ (h("select", { class: "ss-select", "aria-label": name }));
  const fill = (/** @type {readonly (readonly [string, string])[]} */ options) =>
    field.replaceChildren(...options.map(([value, text]) => h("option", { value }, text)));
  fill(rows);
  field.addEventListener("change", () => change(field.value));
  const node = h("label", { class: "ss-field ss-choose" }, h("span", {}, name), field, icon("chevron", 16));
  return { node, fill, set: (/** @type {string} */ value) => Object.assign(field, { value }) };
}

/** @param {string} text @param {(on: boolean) => void} change */
function check(text, change) {
  const box = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox" }));
  box.addEventListener("change", () => change(box.checked));
  const node = h("label", { class: "ss-export-check" }, box, h("span", {}, text));
  return { node, set: (/** @type {boolean} */ on) => Object.assign(box, { checked: on }) };
}

/** @param {string | null} text @returns {unknown} */
function parsed(text) {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return null;
  }
}
