/** One row of the list of objects: thumbnail, name, colour, eye and menu. */

import { h, icon, iconButton, short } from "../ui/dom.mjs";

/** @typedef {import("../server/api.mjs").ObjectInfo} ObjectInfo */
/**
 * @typedef {{pick(id: string, how: "only" | "toggle" | "range"): void, tick(id: string, ticked: boolean): void,
 *   rename(id: string, name: string): void, recolor(id: string, color: string): void,
 *   hide(id: string, hidden: boolean): void, move(id: string, step: number): void,
 *   menu(id: string, at: HTMLElement | MouseEvent): void}} RowActions
 */

const THUMB = 36;
const RATIO = 2;

export class ObjectRow {
  /** @param {string} id @param {RowActions} actions */
  constructor(id, actions) {
    this.id = id;
    this.actions = actions;
    this.saved = "";
    /** @type {ObjectInfo | null} */
    this.shown = null;
    this.key = "";
    /** @type {unknown[]} what the thumbnail was drawn from */
    this.drawn = [];
    this.thumb = /** @type {HTMLCanvasElement} */ (h("canvas", { class: "ss-thumb", "aria-hidden": "true" }));
    this.name = h("span", { class: "ss-name" });
    this.kindDot = h("i", { class: "ss-class-dot" });
    this.kindName = h("span", { class: "ss-class-name" });
    this.kind = h("span", { class: "ss-object-class" }, this.kindDot, this.kindName);
    this.facts = h("span", { class: "ss-object-facts" });
    this.check = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", class: "ss-check" }));
    this.check.addEventListener("change", () => actions.tick(id, this.check.checked));
    this.color = /** @type {HTMLInputElement} */ (
      h("input", { type: "color", class: "ss-color", "aria-label": "Colour", title: "Colour" })
    );
    this.color.addEventListener("change", () => actions.recolor(id, this.color.value));
    const text = h("span", { class: "ss-object-text" }, this.name, this.kind);
    this.main = h("button", { type: "button", class: "ss-object-main" }, this.thumb, text, this.facts);
    this.eye = iconButton("eye", "Hide", () => actions.hide(id, this.node.dataset.hidden !== "true"), {
      class: "ss-icon-button ss-hide",
    });
    this.more = iconButton("more", "More", () => actions.menu(id, this.more), {
      class: "ss-icon-button ss-object-more",
      "aria-haspopup": "menu",
    });
    this.node = h("li", { class: "ss-object", "data-id": id }, this.check, this.main, this.color, this.eye, this.more);
    this.#listen();
  }

  #listen() {
    const { id, actions } = this;
    this.main.addEventListener("click", (event) => {
      if (event.detail > 1) return; // the second of a double click
      actions.pick(id, event.shiftKey ? "range" : event.ctrlKey || event.metaKey ? "toggle" : "only");
    });
    this.main.addEventListener("dblclick", () => this.editName());
    this.main.addEventListener("keydown", (event) => {
      const step = event.altKey ? { ArrowUp: -1, ArrowDown: 1 }[event.key] : undefined;
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      actions.move(id, step);
      this.main.focus();
    });
    this.node.addEventListener("contextmenu", (event) => {
      if (/** @type {HTMLElement} */ (event.target).closest("input[type=text]")) return;
      event.preventDefault();
      actions.menu(id, event);
    });
  }

  /** The name becomes a field: Enter or a click elsewhere keeps what is typed, Escape does not. */
  editName() {
    const field = /** @type {HTMLInputElement} */ (
      h("input", {
        class: "ss-name-field",
        type: "text",
        maxlength: "80",
        spellcheck: "false",
        "aria-label": "Name of the object",
      })
    );
    field.value = this.saved;
    let ended = false; // taking the field away blurs it
    const end = (/** @type {boolean} */ keep) => {
      if (ended) return;
      ended = true;
      const name = field.value.trim();
      const focused = document.activeElement === field;
      field.replaceWith(this.main);
      if (focused) this.main.focus();
      if (keep && name && name !== this.saved) this.actions.rename(this.id, name);
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") {
        event.preventDefault(); // else the button that has the focus then is pressed, and the selection changes
        end(true);
      }
      if (event.key === "Escape") end(false);
    });
    field.addEventListener("blur", () => end(true));
    this.main.replaceWith(field);
    field.focus();
    field.select();
  }

  /**
   * @param {ObjectInfo} object
   * @param {{selected: boolean, current: boolean, busy: boolean, kind: string}} now kind: the name of its class, or ""
   */
  update(object, { selected, current, busy, kind }) {
    const { node } = this;
    const key = `${selected} ${current} ${busy} ${kind}`;
    if (object === this.shown && key === this.key) return; // of many rows, one click changes two
    this.shown = object;
    this.key = key;
    node.dataset.hidden = String(object.hidden);
    node.dataset.locked = String(object.locked);
    node.dataset.selected = String(selected);
    node.dataset.current = String(current);
    node.dataset.busy = String(busy);
    this.check.checked = selected;
    this.check.setAttribute("aria-label", `Select ${object.name}`);
    this.main.setAttribute("aria-pressed", String(selected));
    this.main.title = `${object.name}: double-click or F2 renames it, Alt with the up and down keys moves it`;
    this.saved = object.name;
    this.name.textContent = object.name;
    this.color.value = object.color;
    this.color.title = kind ? `Colour of ${kind}` : "Colour";
    this.color.setAttribute("aria-label", this.color.title);
    this.kind.hidden = !kind;
    this.kindName.textContent = kind;
    this.kindDot.style.background = object.color;
    this.facts.textContent = `${short(object.area)} px`;
    this.facts.title = `${object.area} pixels, expected quality ${Math.round(object.score * 100)} %, ${object.source}`;
    if (object.locked) this.facts.prepend(icon("lock", 12));
    const label = object.hidden ? "Show" : "Hide";
    this.eye.setAttribute("aria-label", label);
    this.eye.setAttribute("aria-pressed", String(object.hidden));
    this.eye.title = label;
    this.eye.replaceChildren(icon(object.hidden ? "eyeOff" : "eye"));
  }

  /**
   * @param {CanvasImageSource} picture
   * @param {HTMLCanvasElement} mask alpha, cut to the box
   * @param {number[]} box
   * @param {number} scale pixels of `picture` for one of the photo
   */
  draw(picture, mask, box, scale) {
    if (this.drawn[0] === picture && this.drawn[1] === mask) return;
    this.drawn = [picture, mask];
    const side = THUMB * RATIO;
    this.thumb.width = this.thumb.height = side;
    const context = /** @type {CanvasRenderingContext2D} */ (this.thumb.getContext("2d"));
    const [width, height] = [box[2] - box[0], box[3] - box[1]];
    const fit = (side - 6) / Math.max(width, height);
    const place = /** @type {const} */ ([
      (side - width * fit) / 2,
      (side - height * fit) / 2,
      width * fit,
      height * fit,
    ]);
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, box[0] * scale, box[1] * scale, width * scale, height * scale, ...place);
    context.globalCompositeOperation = "destination-in";
    context.drawImage(mask, ...place);
  }
}
