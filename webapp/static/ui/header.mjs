/** The bar at the top: name, open, model, theme, shortcuts. */

import { recall, remember } from "../server/local_storage.mjs";
import { h, icon, iconButton } from "./dom.mjs";

/** @typedef {{name: string, title: string, note: string, ready: boolean, get: string}} Model */
/** @typedef {{open(): void, export(): void, model(name: string): void, keepPrivate(on: boolean): void,
 *   commands(): void}} HeaderActions */

const STORED = "sam-studio-theme";
export class Header {
  /**
   * @param {Model[]} models
   * @param {string} current
   * @param {HeaderActions} actions
   * @param {Node[]} more beside the button that opens
   * @param {Node[]} beside the model picker
   */
  constructor(models, current, actions, more, beside) {
    this.select = /** @type {HTMLSelectElement} */ (
      h("select", { id: "ss-model", class: "ss-select", title: "Model" })
    );
    this.shown = "";
    /** Those that need no download. */
    this.usable = models;
    this.setModels(models);
    this.select.value = current;
    this.select.addEventListener("change", () => actions.model(this.select.value));
    this.private = h(
      "button",
      {
        type: "button",
        class: "ss-button ss-private",
        "aria-pressed": "false",
        "aria-label": "Private",
        title: "Private: photos from your device stay in this browser until you send them",
        onclick: () => actions.keepPrivate(this.private.getAttribute("aria-pressed") !== "true"),
      },
      icon("shield", 16),
      h("span", {}, "Private"),
    );
    this.export = h(
      "button",
      {
        type: "button",
        class: "ss-button ss-export-button",
        "aria-haspopup": "dialog",
        "aria-label": "Export",
        title: "Export (Ctrl+Shift+E)",
        onclick: actions.export,
      },
      icon("download", 16),
      h("span", {}, "Export"),
    );
    this.setExport(false);
    this.theme = iconButton("moon", "Dark or light", () => this.toggleTheme(), { class: "ss-icon-button ss-theme" });
    this.spacer = h("span", { class: "ss-spacer" });
    this.bar = h(
      "div",
      { class: "ss-header" },
      h("div", { class: "ss-brand" }, icon("logo", 22), h("h1", {}, "SAM Studio")),
      h(
        "button",
        { type: "button", class: "ss-button ss-open", onclick: actions.open, title: "Open a photo (Ctrl+O)" },
        icon("open", 16),
        h("span", {}, "Open photo"),
      ),
      ...more,
      this.spacer,
      this.export,
      this.private,
      h("label", { class: "ss-model", for: "ss-model" }, h("span", {}, "Model"), this.select, icon("chevron", 16)),
      ...beside,
      iconButton("search", "Search commands (Ctrl+K)", actions.commands, {
        class: "ss-icon-button ss-commands-button",
        "aria-haspopup": "dialog",
      }),
      this.theme,
    );
    this.#apply(this.#stored());
  }

  /** Undo and redo, beside what opens a photo. @param {Node} buttons */
  addHistory(buttons) {
    this.spacer.before(buttons);
  }

  /** What is here now. @param {Model[]} models */
  setModels(models) {
    this.usable = models.filter(({ ready }) => ready);
    const rows = models.map(({ name, title, note, ready, get }) => [name, note, ready ? title : `${title} (${get})`]);
    if (JSON.stringify(rows) === this.shown) return;
    this.shown = JSON.stringify(rows);
    const { value } = this.select;
    this.select.replaceChildren(...rows.map(([name, note, text]) => h("option", { value: name, title: note }, text)));
    this.select.value = value;
  }

  /** @param {string} name @param {boolean} busy */
  setModel(name, busy = false) {
    this.select.value = name;
    this.select.toggleAttribute("disabled", busy);
  }

  /** Whether there is anything to export. @param {boolean} on */
  setExport(on) {
    this.export.setAttribute("aria-disabled", String(!on));
  }

  /** @param {boolean} on */
  setPrivate(on) {
    this.private.setAttribute("aria-pressed", String(on));
  }

  /** The choice of an earlier visit, unless the address asks for a theme. */
  #stored() {
    if (new URLSearchParams(location.search).has("__theme")) return null;
    return recall(STORED);
  }

  /** @param {string | null} theme null: as the system or the address says, which Gradio has applied */
  #apply(theme) {
    if (theme) document.body.classList.toggle("dark", theme === "dark");
    this.#show();
  }

  toggleTheme() {
    const theme = document.body.classList.contains("dark") ? "light" : "dark";
    document.body.classList.toggle("dark", theme === "dark");
    remember(STORED, theme);
    this.#show();
  }

  #show() {
    this.theme.replaceChildren(icon(document.body.classList.contains("dark") ? "sun" : "moon"));
  }
}
