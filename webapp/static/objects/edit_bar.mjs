/** The bar over the stage while a mask is edited by hand: brush, eraser, their size, and clean-ups. */

import { h, icon, iconButton } from "../ui/dom.mjs";

const HANDS = /** @type {const} */ ([
  ["brush", "brush", "Brush (B)"],
  ["erase", "eraser", "Eraser (E)"],
]);
const CLEAN_UPS = [
  ["fill", "Fill holes"],
  ["drop", "Drop islands"],
  ["smooth", "Smooth"],
  ["grow", "Grow"],
  ["shrink", "Shrink"],
];

const SHARPEN = "Look at the object alone, at the photo's full resolution, and read its outline again (D)";

export class EditBar {
  /**
   * @param {import("../prompts/tools.mjs").Tools} tools
   * @param {(kind: string) => void} cleanUp
   * @param {() => void} sharpen
   */
  constructor(tools, cleanUp, sharpen) {
    this.title = h("span", { class: "ss-edit-title" });
    this.hands = HANDS.map(([hand, image, label]) =>
      iconButton(image, label, () => tools.take(hand), { role: "radio", "data-hand": hand }),
    );
    this.size = /** @type {HTMLInputElement} */ (
      h("input", {
        type: "range",
        class: "ss-size",
        min: "2",
        max: "120",
        step: "1",
        "aria-label": "Size of the brush ([ and ])",
        title: "Size of the brush ([ and ])",
      })
    );
    this.size.addEventListener("input", () => {
      tools.radius = Number(this.size.value);
      tools.changed();
    });
    this.undo = iconButton("undo", "Undo (Ctrl+Z)", () => tools.studio.steps.undo());
    this.redo = iconButton("redo", "Redo (Ctrl+Shift+Z)", () => tools.studio.steps.redo());
    this.sharpen = h(
      "button",
      { type: "button", class: "ss-choice ss-sharpen", onclick: sharpen, title: SHARPEN },
      "Sharpen outline",
    );
    this.bar = h(
      "div",
      { class: "ss-toolbar ss-edit-bar", role: "toolbar", "aria-label": "Edit the mask" },
      this.title,
      h("div", { class: "ss-group", role: "radiogroup", "aria-label": "Brush or eraser" }, ...this.hands),
      this.size,
      h("div", { class: "ss-group" }, this.undo, this.redo),
      h(
        "div",
        { class: "ss-group ss-clean" },
        ...CLEAN_UPS.map(([kind, label]) =>
          h("button", { type: "button", class: "ss-choice", "data-kind": kind, onclick: () => cleanUp(kind) }, label),
        ),
        this.sharpen,
      ),
      h(
        "button",
        { type: "button", class: "ss-button ss-primary", onclick: () => tools.edit(null), title: "Done (Esc)" },
        icon("check", 16),
        "Done",
      ),
    );
  }

  /**
   * @param {{name: string} | null} object
   * @param {import("../prompts/tools.mjs").Tools} tools
   * @param {boolean} canUndo
   * @param {boolean} canRedo
   *  @param {boolean} running whether outlines are being sharpened */
  update(object, tools, canUndo, canRedo, running) {
    if (!object) return;
    this.title.textContent = object.name;
    this.sharpen.replaceChildren(...(running ? ["Stop"] : ["Sharpen", h("span", { class: "ss-long" }, " outline")]));
    for (const button of this.hands) button.setAttribute("aria-checked", String(button.dataset.hand === tools.hand));
    this.size.value = String(tools.radius);
    this.undo.setAttribute("aria-disabled", String(!canUndo));
    this.redo.setAttribute("aria-disabled", String(!canRedo));
  }
}
