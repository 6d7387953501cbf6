/** The list of kept objects under the stage: select, name, colour, hide, download, delete. */

import { h, icon, iconButton, short, TOUCH } from "../ui/dom.mjs";

/** @typedef {import("../server/api.mjs").ObjectInfo} ObjectInfo */
/** @typedef {{select(id: string, selected: boolean): void, rename(id: string, name: string): void,
 *   recolor(id: string, color: string): void, hide(id: string, hidden: boolean): void, remove(id: string): void,
 *   edit(id: string): void, move(id: string, place: number): void, combine(how: "unite" | "subtract" | "intersect"):
 * void, refine(id: string): void, sharpen(ids: string[]): void, lock(id: string, locked: boolean): void, saveMask(id:
 * string): void, saveCutout(): void, savePhoto(): void}} ObjectActions
 */

const THUMB = 40;
const COMBINE = /** @type {const} */ ([
  ["unite", "Unite", "One object of all that is selected"],
  ["subtract", "Subtract", "Take the others away from the first"],
  ["intersect", "Intersect", "What they have in common"],
]);

const SHARPEN = "Sharpen the outline: look at the object alone, at full resolution (D)";

export class ObjectList {
  /** @param {ObjectActions} actions */
  constructor(actions) {
    this.actions = actions;
    this.count = h("span", { class: "ss-count" });
    this.saveLabel = h("span", {}, "Save cut-out");
    this.save = h(
      "button",
      { type: "button", class: "ss-button ss-primary", onclick: actions.saveCutout },
      icon("download", 16),
      this.saveLabel,
    );
    this.revised = h(
      "div",
      { class: "ss-revised", hidden: true },
      h("span", {}, "The photo was changed."),
      h(
        "button",
        {
          type: "button",
          class: "ss-button",
          onclick: actions.savePhoto,
          title: "PNG of the photo as it is now, full size",
        },
        icon("download", 16),
        "Save photo",
      ),
    );
    this.list = h("ul", { class: "ss-objects-list", "aria-label": "Objects" });
    this.hint = h(
      "p",
      { class: "ss-objects-hint" },
      "Masks that you keep are listed here. ",
      ...(TOUCH
        ? ["Tap an object in the photo, then Keep."]
        : ["Click an object in the photo, then press ", h("kbd", {}, "Enter"), "."]),
    );
    this.combine = h(
      "div",
      { class: "ss-combine", role: "group", "aria-label": "Combine the selected objects", hidden: true },
      ...COMBINE.map(([how, label, title]) =>
        h(
          "button",
          { type: "button", class: "ss-choice", "data-how": how, title, onclick: () => actions.combine(how) },
          label,
        ),
      ),
    );
    this.sharpen = h("button", {
      type: "button",
      class: "ss-choice ss-sharpen",
      hidden: true,
      title:
        "Look at each of the selected objects alone, at the photo's full resolution, and read its outline again (D)",
      onclick: () => actions.sharpen(this.chosen),
    });
    this.panel = h(
      "section",
      { class: "ss-objects", "aria-label": "Objects" },
      h("header", {}, h("h2", {}, "Objects"), this.count, this.combine, this.sharpen, this.save),
      this.revised,
      this.hint,
      this.list,
    );
    /** @type {Map<string, {row: HTMLElement, info: string}>} */
    this.rows = new Map();
  }

  /**
   * @param {ObjectInfo[]} objects
   * @param {Set<string>} selected
   * @param {{hasMask: boolean, editing: string | null, refined: string | null, revised: boolean,
   *   sharpening: {useful: boolean, ids: string[]}}} now hasMask: there is a mask that is not kept yet; editing,
   * refined: the object whose mask is edited by hand, by clicks; revised: a tool has changed the photo; sharpening:
   * whether the photo is large enough, and the objects that it is under way for
   */
  update(objects, selected, { hasMask, editing, refined, sharpening, revised }) {
    this.revised.hidden = !revised;
    this.order = objects.map((object) => object.id);
    const ids = new Set(objects.map((object) => object.id));
    for (const [id, { row }] of this.rows) if (!ids.has(id) && this.rows.delete(id)) row.remove();
    objects.forEach((object, index) => {
      let entry = this.rows.get(object.id);
      if (!entry) {
        entry = { row: this.#row(object), info: "" };
        this.rows.set(object.id, entry);
      }
      if (this.list.children[index] !== entry.row) this.list.insertBefore(entry.row, this.list.children[index] ?? null);
      this.#fill(entry.row, object, selected.has(object.id));
      entry.row.querySelector(".ss-edit")?.setAttribute("aria-pressed", String(object.id === editing));
      entry.row.querySelector(".ss-refine")?.setAttribute("aria-pressed", String(object.id === refined));
      this.#offer(entry.row, sharpening.useful, sharpening.ids.includes(object.id));
    });
    this.count.textContent = objects.length ? String(objects.length) : "";
    this.hint.hidden = objects.length > 0;
    this.chosen = this.order.filter((id) => selected.has(id));
    const chosen = this.chosen.length;
    this.combine.hidden = chosen < 2;
    this.sharpen.hidden = chosen < 2 || !sharpening.useful;
    this.sharpen.textContent = sharpening.ids.length ? "Stop" : "Sharpen outlines";
    const shown = objects.filter((object) => !object.hidden).length;
    const taken = chosen || shown;
    this.saveLabel.textContent = taken > 1 ? `Save cut-out (${taken})` : "Save cut-out";
    this.save.setAttribute("aria-disabled", String(!(chosen || shown || hasMask)));
    this.save.title = chosen
      ? "PNG with transparent background: the selected objects, full size"
      : "PNG with transparent background: every visible object, full size";
  }

  /**
   * @param {string} id
   * @param {CanvasImageSource} picture
   * @param {HTMLCanvasElement} mask alpha, cut to the box
   * @param {number[]} box
   *  @param {number} [scale] pixels of `picture` for one of the photo */
  setThumb(id, picture, mask, box, scale = 1) {
    const canvas = /** @type {HTMLCanvasElement | null} */ (this.rows.get(id)?.row.querySelector("canvas"));
    if (!canvas) return;
    const ratio = 2;
    canvas.width = canvas.height = THUMB * ratio;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const width = box[2] - box[0],
      height = box[3] - box[1];
    const fit = (THUMB * ratio - 6) / Math.max(width, height);
    const w = width * fit,
      hh = height * fit;
    const x = (THUMB * ratio - w) / 2,
      y = (THUMB * ratio - hh) / 2;
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, box[0] * scale, box[1] * scale, width * scale, height * scale, x, y, w, hh);
    context.globalCompositeOperation = "destination-in";
    context.drawImage(mask, x, y, w, hh);
  }

  /** Starts editing the name. @param {string} id */
  editName(id) {
    const input = /** @type {HTMLInputElement | null} */ (this.rows.get(id)?.row.querySelector(".ss-name"));
    input?.focus();
    input?.select();
  }

  /** @type {string[]} ids as they are listed */
  order = [];
  /** @type {string[]} those that are selected */
  chosen = [];

  /** @param {HTMLElement} row @param {boolean} useful @param {boolean} running */
  #offer(row, useful, running) {
    const button = /** @type {HTMLElement} */ (row.querySelector(".ss-sharpen"));
    button.hidden = !useful;
    button.setAttribute("aria-pressed", String(running));
    button.title = running ? "Stop" : SHARPEN;
  }

  /** @param {string} id @param {number} step */
  #move(id, step) {
    const place = this.order.indexOf(id) + step;
    if (place >= 0 && place < this.order.length) this.actions.move(id, place);
  }

  /** @param {ObjectInfo} object @returns {HTMLElement} */
  #row(object) {
    const { id } = object;
    const { actions } = this;
    const name = /** @type {HTMLInputElement} */ (
      h("input", {
        class: "ss-name",
        type: "text",
        maxlength: "80",
        spellcheck: "false",
        "aria-label": "Name of the object",
        title: "Name; Alt with the up and down keys moves the object",
      })
    );
    name.addEventListener("change", () => actions.rename(id, name.value));
    name.addEventListener("keydown", (event) => {
      event.stopPropagation();
      const step = event.altKey ? { ArrowUp: -1, ArrowDown: 1 }[event.key] : undefined;
      if (step) this.#move(id, step);
      if (event.key === "Enter") name.blur();
      if (event.key === "Escape") {
        name.value = name.dataset.saved ?? name.value;
        name.blur();
      }
    });
    const color = /** @type {HTMLInputElement} */ (
      h("input", { type: "color", class: "ss-color", "aria-label": "Colour", title: "Colour" })
    );
    color.addEventListener("change", () => actions.recolor(id, color.value));
    const check = h("input", { type: "checkbox", class: "ss-check", "aria-label": "Select" });
    check.addEventListener("change", () => actions.select(id, /** @type {HTMLInputElement} */ (check).checked));
    const hide = h("button", {
      type: "button",
      class: "ss-icon-button ss-hide",
      onclick: () => actions.hide(id, row.dataset.hidden !== "true"),
    });
    const lock = h("button", {
      type: "button",
      class: "ss-icon-button ss-lock",
      onclick: () => actions.lock(id, row.dataset.locked !== "true"),
    });
    const row = h(
      "li",
      { class: "ss-object", "data-id": id },
      check,
      h("canvas", { class: "ss-thumb", "aria-hidden": "true" }),
      color,
      name,
      h("span", { class: "ss-object-facts" }),
      h(
        "span",
        { class: "ss-object-buttons" },
        iconButton("target", "Refine by clicks (R)", () => actions.refine(id), { class: "ss-icon-button ss-refine" }),
        iconButton("sharpen", SHARPEN, () => actions.sharpen([id]), { class: "ss-icon-button ss-sharpen" }),
        iconButton("pencil", "Edit the mask by hand (M)", () => actions.edit(id), { class: "ss-icon-button ss-edit" }),
        hide,
        lock,
        iconButton("download", "Download the mask (PNG)", () => actions.saveMask(id)),
        iconButton("trash", "Delete", () => actions.remove(id), { class: "ss-icon-button ss-delete" }),
      ),
    );
    row.addEventListener("click", (event) => {
      if (event.target === row || /** @type {HTMLElement} */ (event.target).matches(".ss-thumb, .ss-object-facts"))
        actions.select(id, !(/** @type {HTMLInputElement} */ (check).checked));
    });
    return row;
  }

  /** @param {HTMLElement} row @param {ObjectInfo} object @param {boolean} selected */
  #fill(row, object, selected) {
    const find = (/** @type {string} */ query) => /** @type {HTMLInputElement} */ (row.querySelector(query));
    row.dataset.hidden = String(object.hidden);
    row.dataset.selected = String(selected);
    find(".ss-check").checked = selected;
    const name = find(".ss-name");
    if (document.activeElement !== name) name.value = object.name;
    name.dataset.saved = object.name;
    find(".ss-color").value = object.color;
    find(".ss-object-facts").textContent = `${short(object.area)} px`;
    find(".ss-object-facts").title =
      `${object.area} pixels, expected quality ${Math.round(object.score * 100)} %, ${object.source}`;
    const hide = find(".ss-hide");
    hide.setAttribute("aria-label", object.hidden ? "Show" : "Hide");
    hide.setAttribute("aria-pressed", String(object.hidden));
    hide.title = object.hidden ? "Show" : "Hide";
    hide.replaceChildren(icon(object.hidden ? "eyeOff" : "eye"));
    const lock = find(".ss-lock");
    row.dataset.locked = String(object.locked);
    lock.setAttribute("aria-label", object.locked ? "Unlock" : "Lock");
    lock.setAttribute("aria-pressed", String(object.locked));
    lock.title = object.locked ? "Unlock" : "Lock: no edits, no deleting";
    lock.replaceChildren(icon(object.locked ? "lock" : "unlock"));
    for (const button of row.querySelectorAll(".ss-refine, .ss-sharpen, .ss-edit, .ss-delete"))
      button.setAttribute("aria-disabled", String(object.locked));
  }
}
