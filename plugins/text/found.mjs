/**
 * The list of what was found: tick off, rename, take a box to the stage. It has no imports: its text runs inside the
 * component (plugins/text/tab.py).
 *
 * @typedef {{row: number, label: string, score: number, color: string, box: number[]}} Row
 * @typedef {{search: string, rows: Row[], thumb: number, thumbs: string, off: number[], names: Record<string, string>}}
 *   Found `search` is another with each search; what was said about rows is kept through new thresholds
 */

/**
 * @param {{element: HTMLElement, props: {value: any}, watch: (name: string, run: () => void) => void,
 *   trigger: (event: string, data?: any) => void, events: string[]}} component `events`: something was changed; a row
 * is wanted on the stage
 */
export function mount({ element, props, watch, trigger, events }) {
  const [edited, corrected] = events;
  const list = new FoundList({
    changed: (said) => send(said, edited),
    correct: (said) => send(said, corrected),
  });
  const send = (/** @type {object} */ said, /** @type {string} */ event) => {
    props.value = said;
    trigger(event);
  };
  const show = () => {
    const box = element.querySelector(".text-found");
    if (box && !box.contains(list.panel)) box.replaceChildren(list.panel);
    if (props.value?.rows) list.show(props.value);
    else if (!props.value) list.show(NOTHING);
  };
  watch("value", show);
  show();
}

/** @type {Found} */
const NOTHING = { search: "", rows: [], thumb: 0, thumbs: "", off: [], names: {} };

export class FoundList {
  /** @param {{changed(said: object): void, correct(said: object): void}} on */
  constructor(on) {
    this.on = on;
    this.all = node("input", { type: "checkbox", class: "ss-check", "aria-label": "Tick all" });
    this.total = node("span", { class: "text-total" });
    this.list = node("ul", { "aria-label": "Found" });
    this.panel = node("div", {}, node("label", { class: "text-all" }, this.all, this.total), this.list);
    this.all.addEventListener("change", () => this.#tickAll());
    this.list.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.#move(event));
    this.found = NOTHING;
    this.off = new Set();
    /** @type {Record<string, string>} */
    this.names = {};
  }

  /** @param {Found} found from the server */
  show(found) {
    const again = found.search === this.found.search;
    this.found = found;
    if (!again) this.off = new Set();
    if (!again) this.names = {};
    const focus = /** @type {HTMLElement | null} */ (
      this.list.contains(document.activeElement) ? document.activeElement : null
    );
    const [row, kind] = [focus?.closest("li")?.dataset.row, focus?.classList[focus.classList.length - 1]];
    this.list.replaceChildren(...found.rows.map((one, place) => this.#row(one, place)));
    if (row) /** @type {HTMLElement | null} */ (this.list.querySelector(`[data-row="${row}"] .${kind}`))?.focus();
    this.#sum();
    // The server answered what it was asked before the last tick: what is drawn over the photo is older than this list.
    const known = JSON.stringify([[...found.off].sort(), found.names]);
    if (found.rows.length && known !== JSON.stringify([[...this.off].sort(), this.names])) this.on.changed(this.said());
  }

  /** What goes to the server. @param {object} [more] */
  said(more = {}) {
    return { off: [...this.off], names: this.names, ...more };
  }

  /** @param {Row} row @param {number} place */
  #row(row, place) {
    const { found } = this;
    const tick = node("input", {
      type: "checkbox",
      class: "ss-check text-tick",
      "aria-label": `Keep ${row.label} ${place + 1}`,
    });
    tick.checked = !this.off.has(row.row);
    const thumb = node("span", { class: "text-thumb", "aria-hidden": "true" });
    if (found.thumbs && place * found.thumb < MOST_SHEET) {
      thumb.style.backgroundImage = `url("${found.thumbs}")`;
      thumb.style.backgroundPosition = `0 ${-place * found.thumb}px`;
    }
    thumb.style.borderColor = row.color;
    const name = node("input", {
      type: "text",
      class: "text-name",
      maxlength: "80",
      spellcheck: "false",
      "aria-label": "Name",
    });
    name.value = this.names[row.row] ?? row.label;
    const score = node("span", { class: "text-score", title: "Confidence" }, row.score.toFixed(2));
    const correct = node(
      "button",
      {
        type: "button",
        class: "text-correct",
        title: "Put this box on the photo: drag its edges, correct its mask with clicks, keep it with Enter",
      },
      "Correct",
    );
    const item = node("li", { "data-row": String(row.row) }, tick, thumb, name, score, correct);
    item.classList.toggle("off", !tick.checked);
    tick.addEventListener("change", () => {
      if (tick.checked) this.off.delete(row.row);
      else this.off.add(row.row);
      item.classList.toggle("off", !tick.checked);
      this.#sum();
      this.on.changed(this.said());
    });
    name.addEventListener("change", () => {
      name.value = name.value.trim() || row.label;
      this.names[row.row] = name.value;
      this.on.changed(this.said());
    });
    name.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      event.stopPropagation(); // letters are shortcuts on the stage
      if (event.key === "Enter") name.blur();
    });
    correct.addEventListener("click", () => {
      // Kept from the stage: added from here as well, it would be there twice.
      tick.checked = false;
      item.classList.add("off");
      this.off.add(row.row);
      this.#sum();
      this.on.correct(this.said({ asked: row.row }));
    });
    return item;
  }

  #sum() {
    const ticked = this.found.rows.filter((row) => !this.off.has(row.row)).length;
    const all = this.found.rows.length;
    this.all.checked = ticked === all;
    this.all.indeterminate = ticked > 0 && ticked < all;
    this.total.textContent = `${ticked} of ${all} ticked`;
    this.panel.hidden = !all;
  }

  #tickAll() {
    for (const { row } of this.found.rows) {
      if (this.all.checked) this.off.delete(row);
      else this.off.add(row);
    }
    this.show({ ...this.found, off: [...this.off], names: this.names });
    this.on.changed(this.said());
  }

  /** Arrow keys go from tick to tick. @param {KeyboardEvent} event */
  #move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const ticks = [.../** @type {NodeListOf<HTMLElement>} */ (this.list.querySelectorAll(".text-tick"))];
    const at = ticks.indexOf(/** @type {HTMLElement} */ (event.target));
    if (!step || at < 0) return;
    event.preventDefault();
    ticks[Math.min(ticks.length - 1, Math.max(0, at + step))].focus();
  }
}

/** Pixels of the sheet of thumbnails: rows below it have none. */
const MOST_SHEET = 60 * 44;

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 * @returns {any}
 */
function node(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}
