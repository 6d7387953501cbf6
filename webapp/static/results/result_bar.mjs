/** The bar below the stage while something that a tool has made is looked at. */

import { h, icon } from "../ui/dom.mjs";

export class ResultBar {
  /** @param {import("./results.mjs").Results} results */
  constructor(results) {
    this.results = results;
    this.wipe = /** @type {HTMLInputElement} */ (
      h("input", { type: "range", min: "0", max: "100", step: "1", value: "0", title: "Before and after" })
    );
    this.wipe.addEventListener("input", () => results.setWipe(Number(this.wipe.value) / 100));
    results.frame.addEventListener("ss-wipe", (event) => {
      this.wipe.value = String(Math.round(/** @type {CustomEvent} */ (event).detail * 100));
    });
    this.size = /** @type {HTMLInputElement} */ (h("input", { type: "range", min: "1", max: "100", step: "1" }));
    this.size.addEventListener("input", () => results.setSize(Number(this.size.value) / 100));
    this.scale = h("label", { class: "ss-compare" }, h("span", {}, "Size"), this.size);
    this.compare = h("label", { class: "ss-compare" }, h("span", {}, "Compare"), this.wipe);
    this.back = button("All options", "ss-button", () => results.back());
    this.save = button("Save", "ss-button", () => void results.save(), "download");
    this.discard = button("Discard", "ss-button", () => void results.discard());
    this.discard.title = "Discard (Esc)";
    this.apply = button("Apply", "ss-button ss-primary", () => void results.apply(), "check");
    this.apply.title = "Apply (Enter)";
    this.add = button("Add all", "ss-button ss-primary", () => void results.takeMarked(), "plus");
    this.bar = h(
      "div",
      { class: "ss-toolbar ss-result-bar", role: "toolbar", "aria-label": "Result" },
      this.compare,
      this.scale,
      this.back,
      this.discard,
      this.save,
      this.apply,
      this.add,
    );
  }

  update() {
    const { open, options, proposals, layer } = this.results;
    if (!open) return;
    const pictures = open.kind === "pictures" ? open : null;
    const one = pictures !== null && !options;
    this.compare.hidden = !one;
    this.back.hidden = !one || pictures.count < 2;
    this.save.hidden = !one || !pictures.file;
    this.save.classList.toggle("ss-primary", one && !pictures.apply);
    this.apply.hidden = !layer && (!one || !pictures.apply);
    this.scale.hidden = !layer;
    if (layer && document.activeElement !== this.size)
      this.size.value = String(Math.round(100 * Math.sqrt(layer.scale / layer.most)));
    this.add.hidden = !proposals?.all.length;
    this.discard.lastChild?.replaceWith(proposals ? "Close" : "Discard");
    const marked = proposals?.marked.size ?? 0;
    const all = proposals?.all.length ?? 0;
    this.add.lastChild?.replaceWith(marked ? `Add ${marked}` : all === 1 ? "Add it" : `Add all ${all}`);
  }
}

/**
 * @param {string} label @param {string} kind @param {() => void} run @param {import("../ui/icons.mjs").IconName} [name]
 */
function button(label, kind, run, name) {
  return h("button", { type: "button", class: kind, onclick: run }, name ? icon(name, 16) : null, label);
}
