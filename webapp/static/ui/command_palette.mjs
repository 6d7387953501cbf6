/** The command palette (Ctrl+K): type what you want to do, choose it with the arrow keys or the pointer. */

import { label } from "../session/keys.mjs";
import { search } from "./command_search.mjs";
import { h, icon, MAC } from "./dom.mjs";

/**
 * @typedef {import("../session/action_table.mjs").Action} Action
 * @typedef {() => Action[]} Provider what is there at the moment besides the table's actions, such as tabs
 */

const LIST = "ss-commands-list";

export class CommandPalette {
  /** @param {() => Action[]} table @param {Provider[]} [providers] */
  constructor(table, providers = []) {
    this.table = table;
    this.providers = providers;
    /** @type {Action[]} what is listed */
    this.found = [];
    this.place = 0;
    this.input = /** @type {HTMLInputElement} */ (
      h("input", {
        type: "text",
        class: "ss-commands-input",
        role: "combobox",
        "aria-expanded": "true",
        "aria-controls": LIST,
        "aria-autocomplete": "list",
        "aria-label": "Search commands",
        placeholder: "Search commands",
        autocomplete: "off",
        spellcheck: "false",
      })
    );
    this.list = h("ul", { class: "ss-commands-list", id: LIST, role: "listbox", "aria-label": "Commands" });
    this.empty = h("p", { class: "ss-commands-empty", role: "status" });
    this.dialog = /** @type {HTMLDialogElement} */ (
      h(
        "dialog",
        { class: "ss-commands", "aria-label": "Commands" },
        h("div", { class: "ss-commands-field" }, icon("search", 18), this.input, h("kbd", {}, "Esc")),
        this.list,
        this.empty,
      )
    );
    this.input.addEventListener("input", () => this.#fill());
    this.dialog.addEventListener("keydown", (event) => this.#key(event));
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.list.addEventListener("click", (event) => this.#click(event));
    this.list.addEventListener("pointermove", (event) => this.#point(event));
  }

  show() {
    if (this.dialog.open) return;
    const found = [...this.table(), ...this.providers.flatMap((provide) => provide())];
    /** What can be done now comes first. */
    this.all = found.filter((action) => action.listed !== false && action.run);
    this.input.value = "";
    this.#fill();
    this.dialog.showModal();
    this.input.focus();
  }

  #fill() {
    const found = search(this.all ?? [], this.input.value);
    const now = new Set(found.filter(isEnabled));
    this.found = [...now, ...found.filter((action) => !now.has(action))];
    let group = "";
    this.list.replaceChildren(
      ...this.found.map((action, place) => {
        const title = now.has(action) ? action.group : "Not available now";
        const first = title !== group && !this.input.value.trim();
        group = title;
        return option(action, place, first ? title : null);
      }),
    );
    this.empty.textContent = this.found.length ? "" : `Nothing is called “${this.input.value.trim()}”.`;
    this.#mark(0);
  }

  /** @param {number} place */
  #mark(place) {
    this.place = place;
    for (const [at, node] of [...this.list.children].entries()) {
      node.setAttribute("aria-selected", String(at === place));
      if (at !== place) continue;
      node.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", node.id);
    }
    if (!this.found.length) this.input.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    event.stopPropagation(); // letters are shortcuts on the stage
    const last = this.found.length - 1;
    const { place } = this;
    /** @type {Record<string, number>} */
    const moves = {
      ArrowDown: place < last ? place + 1 : 0,
      ArrowUp: place > 0 ? place - 1 : last,
      PageDown: Math.min(last, place + 8),
      PageUp: Math.max(0, place - 8),
    };
    if (event.key === "Enter") this.#choose(place);
    else if (event.key in moves && last >= 0) this.#mark(moves[event.key]);
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") this.dialog.close();
    else return;
    event.preventDefault();
  }

  /** @param {Event} event */
  #placeOf(event) {
    const node = /** @type {HTMLElement} */ (event.target).closest("[role=option]");
    return node ? [...this.list.children].indexOf(node) : -1;
  }

  /** @param {Event} event */
  #click(event) {
    const place = this.#placeOf(event);
    if (place >= 0) this.#choose(place);
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const place = this.#placeOf(event);
    // A list that scrolls under a pointer at rest does not move the mark.
    if (place >= 0 && place !== this.place && (event.movementX || event.movementY)) this.#mark(place);
  }

  /** @param {number} place */
  #choose(place) {
    const action = this.found[place];
    if (!action || !isEnabled(action)) return;
    this.dialog.close();
    action.run?.();
  }
}

/** @param {Action} action */
function isEnabled(action) {
  return action.enabled?.() ?? true;
}

/** @param {Action} action @param {number} place @param {string | null} heading over it */
function option(action, place, heading) {
  const { icon: image, keys, says } = action;
  const key = says ?? (keys && label(keys[0], MAC));
  return h(
    "li",
    {
      id: `${LIST}-${place}`,
      role: "option",
      "data-action": action.id,
      "data-group": heading,
      "aria-disabled": isEnabled(action) ? null : "true",
    },
    h("span", { class: "ss-commands-icon", "aria-hidden": "true" }, image ? icon(image, 16) : ""),
    h("span", { class: "ss-commands-label" }, action.label),
    action.checked?.() && h("span", { class: "ss-commands-on" }, "on"),
    key && h("kbd", {}, key),
  );
}

/** The tabs of the app, wherever the focus is. @returns {Action[]} */
export function tabs() {
  const found = document.querySelectorAll("#ss-tabs [role=tab]");
  // Those of a closed group are hidden one by one, and their row is not; Gradio's own spare tabs stand in a hidden row.
  const named = /** @type {HTMLElement[]} */ ([...found]).filter(
    (tab) => tab.parentElement?.offsetParent && tab.textContent?.trim(),
  );
  return named.map((tab, place) => ({
    id: `tab-${place}`,
    label: `Go to ${tab.textContent?.trim()}`,
    group: "Tabs",
    words: "tab tool",
    checked: () => tab.getAttribute("aria-selected") === "true",
    run: () => {
      tab.click();
      // What is in a closed group can have the focus only once its group has opened.
      requestAnimationFrame(() => {
        tab.focus();
        tab.scrollIntoView({ block: "nearest" });
      });
    },
  }));
}

/** As a press on it. @param {string} title of a tab */
export function openTab(title) {
  const found = [...document.querySelectorAll("#ss-tabs [role=tab]")].find((tab) => tab.textContent?.trim() === title);
  /** @type {HTMLElement | undefined} */ (found)?.click();
}
