/** Around the stage: the rail of tools, history, the choice among three masks with keeping the object, and the zoom. */

import { actionButton, holdButton, refresh } from "./action_button.mjs";
import { h, icon } from "./dom.mjs";

/** @typedef {import("../session/action_table.mjs").ActionTable} ActionTable */

/** @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
/** Of the pictures of masks, in pixels of the page. */
const THUMB_W = 44;
const THUMB_H = 34;
const CHOICES = ["choose-smallest", "choose-middle", "choose-largest"];

export class Toolbar {
  /** @param {ActionTable} table @param {Node[]} more beside the zoom */
  constructor(table, more = []) {
    this.table = table;
    this.choices = h("div", {
      class: "ss-choices",
      role: "radiogroup",
      "aria-label": "How much of it (keys 1 to 3, Alt and wheel)",
    });
    this.keep = h(
      "button",
      {
        type: "button",
        class: "ss-button ss-primary",
        onclick: () => table.run("keep"),
        title: table.title("keep"),
        "data-action": "keep",
      },
      icon("check", 16),
      h("span", {}, "Keep", h("span", { class: "ss-long" }, " object")),
    );
    const radios = (/** @type {string[]} */ ids) => ids.map((id) => actionButton(table, id, { role: "radio" }));
    const tools = radios(["tool-box", "tool-scribble", "tool-lasso", "hand-brush", "hand-erase", "tool-hand"]);
    const history = ["undo", "redo", "clear"].map((id) => actionButton(table, id));
    this.buttons = [...tools, ...history, this.keep];
    this.rail = h(
      "div",
      { class: "ss-rail", role: "toolbar", "aria-label": "Tools", "aria-orientation": "vertical" },
      h("div", { class: "ss-group ss-tools", role: "radiogroup", "aria-label": "What a drag does" }, ...tools),
      actionButton(table, "shortcuts", { class: "ss-icon-button ss-help-button", "aria-haspopup": "dialog" }),
    );
    this.history = h("div", { class: "ss-group ss-history" }, ...history.slice(0, 2));
    this.bar = h(
      "div",
      { class: "ss-toolbar", role: "toolbar", "aria-label": "Selection" },
      this.choices,
      history[2],
      this.keep,
    );
    this.percent = h("button", {
      type: "button",
      class: "ss-percent",
      title: table.title("fit"),
      onclick: () => table.run("fit"),
    });
    this.setZoom(1);
    this.zoom = h(
      "div",
      { class: "ss-zoom", role: "group", "aria-label": "Zoom" },
      actionButton(table, "zoom-out"),
      this.percent,
      actionButton(table, "zoom-in"),
      h("span", { class: "ss-group" }, actionButton(table, "zoom-selection"), holdButton(table, "peek")),
      ...more,
    );
  }

  /** @param {number} scale CSS pixels per image pixel */
  setZoom(scale) {
    const percent = scale * 100;
    const text = `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
    this.percent.textContent = text;
    // Whoever speaks to the page says what is seen (WCAG 2.2, 2.5.3).
    this.percent.setAttribute("aria-label", `${text}: ${this.table.title("fit")}`);
  }

  /**
   * @param {import("../prompts/mask_choice.mjs").Choices} choices
   * @param {(pictures: HTMLCanvasElement[]) => void} draw shows each of them
   */
  update({ names, place }, draw) {
    const { table } = this;
    refresh(table, this.buttons);
    if (names.length !== this.choices.children.length) {
      this.choices.replaceChildren(
        ...names.map((_, index) =>
          h(
            "button",
            {
              type: "button",
              role: "radio",
              class: "ss-choice",
              onclick: () => table.run(CHOICES[index]),
              onkeydown: (/** @type {KeyboardEvent} */ event) => this.#arrows(event, index),
            },
            h("canvas", { width: 2 * THUMB_W, height: 2 * THUMB_H, "aria-hidden": "true" }),
            h("span", {}),
          ),
        ),
      );
    }
    names.forEach((name, index) => {
      const button = /** @type {HTMLElement} */ (this.choices.children[index]);
      const checked = index === place;
      button.setAttribute("aria-checked", String(checked));
      button.tabIndex = checked ? 0 : -1;
      /** @type {HTMLElement} */ (button.lastElementChild).textContent = name;
      button.title = `${name} (key ${index + 1})`;
    });
    if (names.length) draw([...this.choices.querySelectorAll("canvas")]);
  }

  /** @param {KeyboardEvent} event @param {number} index */
  #arrows(event, index) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const count = this.choices.children.length;
    const next = (index + step + count) % count;
    this.table.run(CHOICES[next]);
    /** @type {HTMLElement} */ (this.choices.children[next])?.focus();
  }
}
