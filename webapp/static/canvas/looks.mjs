/** How strongly masks are drawn: fill and outline, kept for the next visit. */

import { recall, remember } from "../server/local_storage.mjs";
import { h, iconButton } from "../ui/dom.mjs";

/** @typedef {{fill: number, line: number}} Looks from 0, nothing, over 1, the usual, to 2 */

const STORED = "sam-studio-looks";
/** @type {Looks} */
export const USUAL = Object.freeze({ fill: 1, line: 1 });

export class LooksMenu {
  /** @param {{looks: Looks, redraw(): void}} surface */
  constructor(surface) {
    this.surface = surface;
    surface.looks = read(recall(STORED));
    this.button = iconButton("contrast", "How masks are drawn", () => this.#toggle(), {
      "aria-expanded": "false",
      "aria-haspopup": "true",
    });
    this.panel = h(
      "div",
      { class: "ss-looks", role: "group", "aria-label": "How masks are drawn", hidden: true },
      this.#slider("fill", "Fill"),
      this.#slider("line", "Outline"),
    );
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        this.#toggle(false);
        this.button.focus();
      }
      event.stopPropagation();
    });
    document.addEventListener("pointerdown", (event) => {
      const target = /** @type {Node} */ (event.target);
      if (!this.panel.contains(target) && !this.button.contains(target)) this.#toggle(false);
    });
    this.node = h("span", { class: "ss-looks-host" }, this.button, this.panel);
  }

  /** @param {keyof Looks} part @param {string} label */
  #slider(part, label) {
    const input = /** @type {HTMLInputElement} */ (
      h("input", { type: "range", min: "0", max: "2", step: "0.1", "aria-label": label })
    );
    input.value = String(this.surface.looks[part]);
    input.addEventListener("input", () => {
      this.surface.looks = { ...this.surface.looks, [part]: Number(input.value) };
      remember(STORED, JSON.stringify(this.surface.looks));
      this.surface.redraw();
    });
    return h("label", {}, h("span", {}, label), input);
  }

  /** @param {boolean} [open] */
  #toggle(open = this.panel.hidden) {
    this.panel.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (open) this.panel.querySelector("input")?.focus();
  }
}

/** What was stored, or the usual. @param {string | null} text @returns {Looks} */
export function read(text) {
  try {
    const { fill, line } = JSON.parse(text ?? "null");
    const good = [fill, line].every((value) => typeof value === "number" && value >= 0 && value <= 2);
    return good ? { fill, line } : USUAL;
  } catch {
    return USUAL;
  }
}
