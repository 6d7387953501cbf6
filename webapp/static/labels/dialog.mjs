/** The dialog of the class list: add, rename, recolour, keys, order, delete, and lists from files. */

import { h, icon, iconButton } from "../ui/dom.mjs";
import { takenBy } from "./labels.mjs";

export class ClassDialog {
  /**
   * @param {import("../session/studio.mjs").Studio} studio
   * @param {() => import("../session/action_table.mjs").ActionTable} table
   */
  constructor(studio, table) {
    this.studio = studio;
    this.labels = studio.labels;
    this.table = table;
    this.list = h("ul", { class: "ss-class-list", "aria-label": "Classes" });
    this.empty = h("p", { class: "ss-class-empty" }, "No classes yet. Add one, or import a list.");
    this.said = h("p", { class: "ss-class-said-below", role: "status" });
    this.name = /** @type {HTMLInputElement} */ (
      h("input", {
        type: "text",
        class: "ss-class-field",
        maxlength: "200",
        placeholder: "New class",
        "aria-label": "New class",
      })
    );
    const form = h(
      "form",
      { class: "ss-class-add", novalidate: true },
      this.name,
      h("button", { type: "submit", class: "ss-button ss-primary" }, icon("plus", 16), "Add"),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#add();
    });
    this.picker = /** @type {HTMLInputElement} */ (
      h("input", { type: "file", hidden: true, multiple: true, accept: ".txt,.names,.json,.yaml,.yml" })
    );
    this.picker.addEventListener("change", () => void this.#import());
    this.keeps = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", class: "ss-check" }));
    this.keeps.addEventListener("change", () => this.labels.setKeeps(this.keeps.checked));
    this.dialog = /** @type {HTMLDialogElement} */ (
      h(
        "dialog",
        { class: "ss-help ss-classes", "aria-label": "Classes" },
        h(
          "header",
          {},
          h("h2", {}, "Classes"),
          iconButton("clear", "Close", () => this.dialog.close()),
        ),
        h("div", { class: "ss-class-body" }, form, this.empty, this.list, this.said),
        h(
          "footer",
          {},
          h("label", { class: "ss-class-keeps" }, this.keeps, h("span", {}, "Next object keeps the class")),
          h(
            "button",
            {
              type: "button",
              class: "ss-button",
              title: "A text file with one a line, COCO's JSON or YOLO's data.yaml",
              onclick: () => this.picker.click(),
            },
            icon("open", 16),
            "Import",
          ),
        ),
        this.picker,
      )
    );
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("keydown", (event) => event.stopPropagation());
    this.drawn = "";
  }

  show() {
    this.said.textContent = "";
    this.keeps.checked = this.labels.keeps;
    this.dialog.showModal();
    this.update();
    this.name.focus();
  }

  update() {
    if (!this.dialog.open) return;
    const { all } = this.labels;
    this.empty.hidden = all.length > 0;
    const counts = this.labels.counts();
    const drawn = JSON.stringify([all, [...counts]]);
    if (drawn === this.drawn && this.list.children.length === all.length) return;
    this.drawn = drawn;
    const from = /** @type {HTMLElement | null} */ (document.activeElement);
    const focus = this.list.contains(from) ? [from?.closest("li")?.dataset.class, from?.dataset.part] : null;
    this.list.replaceChildren(...all.map((one, place) => this.#row(one, place, counts.get(one.id) ?? 0)));
    if (focus)
      /** @type {HTMLElement | null} */ (
        this.list.querySelector(`[data-class="${focus[0]}"] [data-part="${focus[1]}"]`)
      )?.focus();
  }

  /** @param {import("../server/api.mjs").ObjectClass} one @param {number} place @param {number} count */
  #row({ id, name, color, key }, place, count) {
    const { labels } = this;
    const field = (/** @type {string} */ part, /** @type {Record<string, any>} */ props) =>
      /** @type {HTMLInputElement} */ (h("input", { "data-part": part, ...props }));
    const swatch = field("color", {
      type: "color",
      class: "ss-color",
      "aria-label": `Colour of ${name}`,
      title: "Colour",
    });
    swatch.value = color;
    swatch.addEventListener("change", () => void labels.change(id, { color: swatch.value }));
    const title = field("name", {
      type: "text",
      class: "ss-class-field",
      maxlength: "200",
      "aria-label": `Name of ${name}`,
    });
    title.value = name;
    title.addEventListener("keydown", (event) => {
      const step = event.altKey ? { ArrowUp: -1, ArrowDown: 1 }[event.key] : undefined;
      if (step) event.preventDefault();
      if (step) void this.#move(id, place + step);
      else if (event.key === "Enter") title.blur();
    });
    title.addEventListener("change", async () => {
      const wanted = title.value.trim();
      if (!wanted || !(await labels.change(id, { name: wanted }))) title.value = labels.get(id)?.name ?? name;
    });
    const stroke = field("key", {
      type: "text",
      class: "ss-class-field ss-class-key",
      maxlength: "1",
      placeholder: "–",
      "aria-label": `Key of ${name}`,
      title: "Key: a digit, or a letter that is free",
    });
    stroke.value = key.toUpperCase();
    stroke.addEventListener("focus", () => stroke.select());
    stroke.addEventListener("input", () => void this.#setKey(id, stroke));
    const amount = h(
      "span",
      { class: "ss-class-count", title: `${count} objects of this photo` },
      count ? String(count) : "",
    );
    const up = iconButton("up", `Move ${name} up`, () => void this.#move(id, place - 1), {
      "data-part": "up",
      "aria-disabled": String(!place),
    });
    const drop = iconButton("trash", `Delete ${name}`, () => void labels.remove(id), { "data-part": "delete" });
    return h("li", { "data-class": id }, swatch, title, amount, stroke, up, drop);
  }

  /** @param {string} id @param {HTMLInputElement} field */
  async #setKey(id, field) {
    const key = field.value.trim().toLowerCase();
    const taken = key ? takenBy(key, this.table()) : "";
    if (taken) {
      this.said.textContent = `${key.toUpperCase()} is for “${taken}”. Take a digit or another letter.`;
      field.value = this.labels.get(id)?.key.toUpperCase() ?? "";
      return;
    }
    this.said.textContent = "";
    await this.labels.change(id, { key });
  }

  /** @param {string} id @param {number} place */
  async #move(id, place) {
    if (place >= 0 && place < this.labels.all.length) await this.labels.change(id, { place });
  }

  async #add() {
    const name = this.name.value.trim();
    if (!name) return this.name.focus();
    if (this.labels.all.some((one) => one.name === name)) {
      this.said.textContent = `${name} is there already.`;
      return;
    }
    this.said.textContent = "";
    if (await this.labels.add(name)) this.name.value = "";
    this.name.focus();
  }

  async #import() {
    const files = [...(this.picker.files ?? [])];
    this.picker.value = "";
    if (files.length) this.said.textContent = (await this.labels.read(files)) || "That file lists no classes.";
  }
}
