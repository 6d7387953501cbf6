/** The bar below the stage while a mask is edited by hand: the size of brush and eraser, and clean-ups. */

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
    this.sharpen = h(
      "button",
      { type: "button", class: "ss-choice ss-sharpen", onclick: () => table.run("sharpen"), title: SHARPEN },
      "Sharpen outline",
    );
    this.bar = h(
      "div",
      { class: "ss-toolbar ss-edit-bar", role: "toolbar", "aria-label": "Edit the mask" },
      this.size,
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
   * @param {object | null} object that is edited
   * @param {number} radius of the brush
   * @param {boolean} running whether outlines are being sharpened
   */
  update(object, radius, running) {
    if (!object) return;
    this.sharpen.replaceChildren(...(running ? ["Stop"] : ["Sharpen", h("span", { class: "ss-long" }, " outline")]));
    this.size.value = String(radius);
  }
}
