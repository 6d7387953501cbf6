/** The bar below the stage while an outline is edited. */

import { h, icon } from "../ui/dom.mjs";

export class OutlineBar {
  /** @param {import("./editor.mjs").OutlineEditor} editor */
  constructor(editor) {
    this.editor = editor;
    this.said = h("span", { class: "ss-outline-said" });
    this.magnetic = h(
      "button",
      {
        type: "button",
        class: "ss-choice",
        title: "Points snap to edges of the photo",
        onclick: () => editor.setMagnetic(!editor.magnetic),
      },
      "Magnetic",
    );
    this.remove = h(
      "button",
      { type: "button", class: "ss-choice", title: "Delete the point (Del)", onclick: () => editor.remove() },
      "Delete",
      h("span", { class: "ss-long" }, " point"),
    );
    const button = (/** @type {string} */ label, /** @type {string} */ kind, /** @type {() => void} */ run) =>
      h("button", { type: "button", class: kind, onclick: run }, label);
    this.discard = button("Discard", "ss-button", () => void editor.discard());
    this.discard.title = "Discard (Esc)";
    this.apply = h(
      "button",
      { type: "button", class: "ss-button ss-primary", title: "Apply (Enter)", onclick: () => void editor.apply() },
      icon("check", 16),
      "Apply",
    );
    this.bar = h(
      "div",
      { class: "ss-toolbar ss-outline-bar", role: "toolbar", "aria-label": "Edit the outline" },
      this.said,
      h("div", { class: "ss-group" }, this.magnetic, this.remove),
      this.discard,
      this.apply,
    );
  }

  update() {
    const { editor } = this;
    this.said.replaceChildren(editor.text, h("span", { class: "ss-long" }, editor.likeness));
    this.magnetic.setAttribute("aria-pressed", String(editor.magnetic));
    this.remove.setAttribute("aria-disabled", String(!editor.chosen));
    this.apply.setAttribute("aria-disabled", String(!editor.touched));
  }
}
