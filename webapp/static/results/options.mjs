/** Several pictures beside each other on the stage: one click chooses. */

import { h } from "../ui/dom.mjs";

export class Options {
  /** @param {number} count @param {(place: number) => string} url @param {(place: number) => void} choose */
  constructor(count, url, choose) {
    this.node = h(
      "div",
      {
        class: "ss-options",
        role: "group",
        "aria-label": "Choose one",
        style: `--ss-across: ${count < 3 ? count : Math.ceil(Math.sqrt(count))}`,
        onkeydown: (/** @type {KeyboardEvent} */ event) => {
          const place = Number(event.key) - 1;
          if (!(place >= 0 && place < count)) return;
          event.preventDefault();
          event.stopPropagation();
          choose(place);
        },
      },
      ...Array.from({ length: count }, (_, place) =>
        h(
          "button",
          { type: "button", class: "ss-option", "aria-label": `Option ${place + 1}`, onclick: () => choose(place) },
          h("img", { src: url(place), alt: "" }),
          h("span", {}, String(place + 1)),
        ),
      ),
    );
  }

  focus() {
    /** @type {HTMLElement | null} */ (this.node.firstElementChild)?.focus({ preventScroll: true });
  }
}
