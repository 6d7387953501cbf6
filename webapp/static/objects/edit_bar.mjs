/** The bar over the stage while a mask is edited by hand: brush, eraser, their size, and clean-ups. */

import { actionButton, refresh } from "../ui/action_button.mjs";
import { h, icon } from "../ui/dom.mjs";

const CLEAN_UPS = ["clean-fill", "clean-drop", "clean-smooth", "clean-grow", "clean-shrink"];

const SHARPEN = "Look at the object alone, at the photo's full resolution, and read its outline again (D)";

export class EditBar {
  /**
   * @param {import("../prompts/tools.mjs").Tools} tools
   * @param {import("../session/action_table.mjs").ActionTable} table
   */
  constructor(tools, table) {
    this.table = table;
    this.title = h("span", { class: "ss-edit-title" });
    const hands = ["hand-brush", "hand-erase"].map((id) => actionButton(table, id, { role: "radio" }));
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
    const history = ["undo", "redo"].map((id) => actionButton(table, id));
    this.buttons = [...hands, ...history];
    this.sharpen = h(
      "button",
      { type: "button", class: "ss-choice ss-sharpen", onclick: () => table.run("sharpen"), title: SHARPEN },
      "Sharpen outline",
    );
    this.bar = h(
      "div",
      { class: "ss-toolbar ss-edit-bar", role: "toolbar", "aria-label": "Edit the mask" },
      this.title,
      h("div", { class: "ss-group", role: "radiogroup", "aria-label": "Brush or eraser" }, ...hands),
      this.size,
      h("div", { class: "ss-group" }, ...history),
      h(
        "div",
        { class: "ss-group ss-clean" },
        ...CLEAN_UPS.map((id) =>
          h(
            "button",
            { type: "button", class: "ss-choice", "data-action": id, onclick: () => table.run(id) },
            table.get(id).label,
          ),
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
   * @param {number} radius of the brush
   * @param {boolean} running whether outlines are being sharpened
   */
  update(object, radius, running) {
    if (!object) return;
    this.title.textContent = object.name;
    this.sharpen.replaceChildren(...(running ? ["Stop"] : ["Sharpen", h("span", { class: "ss-long" }, " outline")]));
    this.size.value = String(radius);
    refresh(this.table, this.buttons);
  }
}
