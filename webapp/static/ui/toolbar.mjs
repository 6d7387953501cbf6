/** The bar over the stage: history, the choice among three masks, keeping the object; and the zoom buttons. */

import { NAMES } from "../prompts/mask_choice.mjs";
import { h, icon, iconButton } from "./dom.mjs";

/**
 * @typedef {{tool(name: import("../prompts/tools.mjs").PromptTool): void, undo(): void, redo(): void, clear(): void,
 *   choose(index: number): void, commit(): void, zoomIn(): void, zoomOut(): void, fit(): void}} ToolbarActions
 */

/** @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
const TOOLS = /** @type {const} */ ([
  ["box", "pointer", "Points and boxes (V)"],
  ["scribble", "scribble", "Scribble over it (S)"],
  ["lasso", "lasso", "Draw around it (L)"],
]);

export class Toolbar {
  /** @param {ToolbarActions} actions */
  constructor(actions) {
    this.actions = actions;
    this.undo = iconButton("undo", "Undo (Ctrl+Z)", actions.undo);
    this.redo = iconButton("redo", "Redo (Ctrl+Shift+Z)", actions.redo);
    this.clear = iconButton("clear", "Clear clicks (Esc)", actions.clear);
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
        onclick: actions.commit,
        title: "Keep this mask as an object (Enter)",
      },
      icon("check", 16),
      h("span", {}, "Keep", h("span", { class: "ss-long" }, " object")),
    );
    this.tools = TOOLS.map(([tool, image, label]) =>
      iconButton(image, label, () => actions.tool(tool), { role: "radio", "data-tool": tool }),
    );
    this.bar = h(
      "div",
      { class: "ss-toolbar", role: "toolbar", "aria-label": "Selection" },
      h("div", { class: "ss-group ss-tools", role: "radiogroup", "aria-label": "What a drag does" }, ...this.tools),
      h("div", { class: "ss-group" }, this.undo, this.redo, this.clear),
      this.choices,
      this.keep,
    );
    this.percent = h(
      "button",
      {
        type: "button",
        class: "ss-percent",
        "aria-label": "Fit the image (F)",
        title: "Fit the image (F)",
        onclick: actions.fit,
      },
      "100 %",
    );
    this.zoom = h(
      "div",
      { class: "ss-zoom", role: "group", "aria-label": "Zoom" },
      iconButton("minus", "Zoom out (-)", actions.zoomOut),
      this.percent,
      iconButton("plus", "Zoom in (+)", actions.zoomIn),
    );
  }

  /** @param {number} scale CSS pixels per image pixel */
  setZoom(scale) {
    const percent = scale * 100;
    this.percent.textContent = `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
  }

  /**
   * @param {{tool: string, canUndo: boolean, canRedo: boolean, hasPrompts: boolean, hasMask: boolean, scores: number[],
   *   choice: number}} state
   */
  update(state) {
    const enable = (/** @type {HTMLElement} */ button, /** @type {boolean} */ enabled) => {
      // aria-disabled keeps the focus where it is when a button runs out of things to do
      button.setAttribute("aria-disabled", String(!enabled));
    };
    for (const button of this.tools) button.setAttribute("aria-checked", String(button.dataset.tool === state.tool));
    enable(this.undo, state.canUndo);
    enable(this.redo, state.canRedo);
    enable(this.clear, state.hasPrompts);
    enable(this.keep, state.hasMask);
    this.bar.classList.toggle("ss-idle", !state.hasPrompts && !state.canUndo && !state.canRedo);
    const shown = state.scores.length > 1 ? state.scores : [];
    if (shown.length !== this.choices.children.length) {
      this.choices.replaceChildren(
        ...shown.map((_, index) =>
          h(
            "button",
            {
              type: "button",
              role: "radio",
              class: "ss-choice",
              onclick: () => this.actions.choose(index),
              onkeydown: (/** @type {KeyboardEvent} */ event) => this.#arrows(event, index),
            },
            h("b", {}, NAMES[index]),
            h("span", {}),
          ),
        ),
      );
    }
    shown.forEach((score, index) => {
      const button = /** @type {HTMLElement} */ (this.choices.children[index]);
      const checked = index === state.choice;
      button.setAttribute("aria-checked", String(checked));
      button.tabIndex = checked ? 0 : -1;
      const percent = `${Math.round(score * 100)} %`;
      /** @type {HTMLElement} */ (button.lastElementChild).textContent = percent;
      button.setAttribute("aria-label", `${NAMES[index]}, expected quality ${percent}`);
      button.title = `${NAMES[index]}: the model expects ${percent} overlap with what you mean (key ${index + 1})`;
    });
  }

  /** @param {KeyboardEvent} event @param {number} index */
  #arrows(event, index) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const count = this.choices.children.length;
    const next = (index + step + count) % count;
    this.actions.choose(next);
    /** @type {HTMLElement} */ (this.choices.children[next])?.focus();
  }
}
