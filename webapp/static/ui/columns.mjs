/** The right column: as wide as its edge is dragged to, or away altogether. */

import { recall, remember } from "../server/local_storage.mjs";
import { h, iconButton } from "./dom.mjs";

const STORED = "sam-studio-column";
const LEAST = 260;
const MOST = 560;
const USUAL = 320;
const STEP = 20;

export class Columns {
  constructor() {
    const [width, away] = (recall(STORED) ?? "").split(" ");
    this.width = within(Number(width) || USUAL);
    this.away = away === "away";
    this.button = iconButton("panel", "Hide or show the column on the right", () => this.#set(this.width, !this.away), {
      class: "ss-icon-button ss-column-button",
    });
    this.edge = h("div", {
      class: "ss-edge",
      role: "separator",
      tabindex: "0",
      "aria-orientation": "vertical",
      "aria-label": "Width of the column",
      "aria-valuemin": LEAST,
      "aria-valuemax": MOST,
      ondblclick: () => this.#set(USUAL, false),
      onpointerdown: (/** @type {PointerEvent} */ event) => this.edge.setPointerCapture(event.pointerId),
      onpointermove: (/** @type {PointerEvent} */ event) =>
        this.edge.hasPointerCapture(event.pointerId) && this.#show(window.innerWidth - event.clientX, false),
      onlostpointercapture: () => this.#set(this.width, this.away),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        const step = { ArrowLeft: STEP, ArrowRight: -STEP }[event.key];
        if (!step) return;
        event.preventDefault();
        event.stopPropagation();
        this.#set(this.width + step, false);
      },
    });
  }

  /** @param {HTMLElement} column */
  follow(column) {
    column.prepend(this.edge);
    this.#show(this.width, this.away);
  }

  /** @param {number} width CSS pixels @param {boolean} away */
  #set(width, away) {
    this.#show(width, away);
    remember(STORED, `${this.width}${away ? " away" : ""}`);
  }

  /** @param {number} width CSS pixels @param {boolean} away */
  #show(width, away) {
    this.width = within(width);
    this.away = away;
    document.documentElement.style.setProperty("--ss-column", `${this.width}px`);
    document.body.classList.toggle("ss-column-away", this.away);
    this.edge.setAttribute("aria-valuenow", String(this.width));
    this.button.setAttribute("aria-pressed", String(!this.away));
  }
}

/** @param {number} width */
function within(width) {
  return Math.round(Math.min(MOST, Math.max(LEAST, width)));
}
