/** How the photo's file was read, in the status line: notes, and the choice of another page or brightness. */

import { bitmapOf } from "../canvas/bitmap.mjs";
import { h, icon } from "../ui/dom.mjs";

/** @typedef {import("../server/api.mjs").Reading} Reading */

const RANGES = { auto: "Automatic", stored: "As stored", extremes: "Lowest to highest", range: "From … to …" };

export class ReadingMenu {
  /** @param {import("../session/studio.mjs").Studio} studio */
  constructor(studio) {
    this.studio = studio;
    /** @type {Reading | null} */
    this.shown = null;
    this.panel = h("div", {
      class: "ss-reading",
      id: "ss-reading",
      popover: "auto",
      "aria-label": "How the photo is read",
    });
    this.label = h("span");
    this.button = h(
      "button",
      {
        type: "button",
        class: "ss-reading-button",
        popovertarget: "ss-reading",
        hidden: true,
        title: "How the photo is read",
      },
      icon("contrast", 15),
      this.label,
    );
    this.panel.addEventListener("beforetoggle", () => this.#place());
    // Its keys are no shortcuts of the stage.
    this.panel.addEventListener("keydown", (event) => event.key !== "Escape" && event.stopPropagation());
    this.node = h("span", { class: "ss-reading-host" }, this.button, this.panel);
  }

  update() {
    const reading = this.studio.session.picture?.reading ?? null;
    if (reading === this.shown) return;
    this.shown = reading;
    this.button.hidden = !reading;
    if (!reading) return this.panel.matches(":popover-open") ? this.panel.hidePopover() : undefined;
    const { pages, page, brightness } = reading;
    this.label.textContent = pages.length > 1 ? `Page ${page} of ${pages.length}` : brightness ? "Brightness" : "Note";
    this.panel.replaceChildren(
      ...reading.notes.map((note) => h("p", {}, note)),
      ...(brightness ? [this.#ranges(reading.choice, brightness)] : []),
      ...(pages.length > 1 ? [this.#pages(pages, page)] : []),
    );
  }

  /** Above its button, and inside the window. */
  #place() {
    const { left, top } = this.button.getBoundingClientRect();
    this.panel.style.left = `${Math.max(8, Math.min(left, innerWidth - 308))}px`;
    this.panel.style.bottom = `${innerHeight - top + 8}px`;
  }

  /** @param {string} choice @param {NonNullable<Reading["brightness"]>} brightness */
  #ranges(choice, { low, high, lowest, highest }) {
    const from = number("Black from", low);
    const to = number("White from", high);
    const apply = () => {
      const range = /** @type {[number, number]} */ ([from, to].map((one) => Number(one.value)));
      if (range.every(Number.isFinite) && range[0] < range[1]) return this.#read({ brightness: range });
      this.studio.status.say("Black must be lower than white.", "error");
    };
    const fields = h(
      "span",
      { class: "ss-reading-range", hidden: choice !== "range" },
      h("label", {}, "black", from),
      h("label", {}, "white", to),
      h("button", { type: "button", class: "ss-button", onclick: apply }, "Show"),
    );
    const select = options("Brightness", Object.entries(RANGES), choice, (value) => {
      fields.hidden = value !== "range";
      if (value === "range") from.focus();
      else this.#read({ brightness: value });
    });
    const values = h("small", {}, `Values from ${round(lowest)} to ${round(highest)}`);
    return h("div", {}, h("label", {}, h("span", {}, "Brightness"), select), fields, values);
  }

  /** @param {[number, number][]} pages @param {number} page */
  #pages(pages, page) {
    const names = pages.map(([width, height], at) => [String(at + 1), `${at + 1}: ${width} × ${height}`]);
    const select = options("Page", names, String(page), (value) => this.#read({ page: Number(value) }));
    return h("div", {}, h("label", {}, h("span", {}, "Page"), select));
  }

  /**
   * Objects and prompts stay where they are; a page of another size begins anew, and the way back is offered.
   * @param {{page?: number, brightness?: string | [number, number]}} choice
   */
  async #read(choice) {
    const { studio } = this;
    const { session, status, steps } = studio;
    const { picture } = session;
    if (!picture || session.busy) return;
    const before = steps.moment;
    const count = session.objects.length;
    this.panel.hidePopover();
    session.setBusy(true, "Reading the photo again …");
    await session.guard(async () => {
      const state = await studio.transport.readAgain(picture.id, choice);
      const next = /** @type {import("../server/api.mjs").Picture} */ (state.picture);
      const bitmap = await bitmapOf(studio.transport, next, null);
      if (session.picture?.id !== picture.id) return; // another photo was opened meanwhile
      const same = next.width === picture.width && next.height === picture.height;
      studio.opening.show(state, bitmap, same);
      if (same) {
        steps.history.push(before);
        studio.mask.prompts.show(before.prompts);
      } else {
        const what = count ? ` and its ${count === 1 ? "object" : `${count} objects`}` : "";
        const back = () => studio.opening.restore(picture.id);
        status.toast(`The other page${what} closed.`, { action: "Undo", run: () => back() });
      }
      status.say(next.reading?.notes.join(" ") || `${next.name}, ${next.width} × ${next.height}.`);
    });
    session.setBusy(false);
    this.shown = null;
    this.update();
  }
}

/** @param {string} label @param {string[][]} values @param {string} value @param {(value: string) => void} change */
function options(label, values, value, change) {
  const select = /** @type {HTMLSelectElement} */ (
    h("select", { "aria-label": label }, ...values.map(([key, text]) => h("option", { value: key }, text)))
  );
  select.value = value;
  select.addEventListener("change", () => change(select.value));
  return select;
}

/** @param {string} label @param {number} value */
function number(label, value) {
  const input = /** @type {HTMLInputElement} */ (h("input", { type: "number", step: "any", "aria-label": label }));
  input.value = round(value);
  return input;
}

/** @param {number} value */
const round = (value) => String(Number(value.toPrecision(6)));
