/** The bar at the top: name, open, model, theme, shortcuts. */

import { recall, remember } from "../server/local_storage.mjs";
import { h, icon, iconButton, TOUCH } from "./dom.mjs";

/** @typedef {{name: string, title: string, note: string, ready: boolean, get: string}} Model */
/** @typedef {{open(): void, model(name: string): void, keepPrivate(on: boolean): void}} HeaderActions */

const STORED = "sam-studio-theme";
const TITLE = TOUCH ? "Touch and keyboard" : "Keyboard and mouse";
/** @type {[string, [string, string][]][]} */
const SHORTCUTS = [
  [
    "Select",
    [
      ["Click, tap", "this belongs to the object"],
      ["Right click, Alt+click, long press", "this does not"],
      ["Drag", "box round the object, or what the tool says"],
      ["Drag an edge or a corner; G, then arrow keys", "make a box fit: the one on the photo, or one that was found"],
      ["V, S, L", "tools: points and boxes, scribble over it, draw around it"],
      ["1  2  3, Alt+wheel", "part, whole, larger"],
      ["Enter", "keep the mask as an object"],
      ["Esc", "clear the clicks"],
      ["Ctrl+Z, Ctrl+Shift+Z", "undo, redo, of everything"],
      ["Arrow keys, then A or X", "click from the keyboard: a cross to place, A adds, X excludes"],
    ],
  ],
  [
    "Objects",
    [
      ["Double click, double tap; R", "refine an object by further clicks"],
      ["D", "sharpen outlines: look at the selected objects alone, at full resolution"],
      ["Shift+click, Tab", "select an object, the next one"],
      ["M, then B, E, [ and ]", "edit the selected object's mask: brush, eraser, their size"],
      ["Delete", "delete the selected objects"],
      ["H", "hide or show all masks"],
    ],
  ],
  [
    "View",
    [
      ["Wheel, pinch, + and -", "zoom"],
      ["Space+drag, middle button, two fingers", "move the photo"],
      ["F or 0, Shift+0, Z", "fit the photo, full size, zoom to the selection"],
      ["Hold O", "the photo alone, without masks and clicks"],
      ["Ctrl+O, Ctrl+V", "open a photo, paste one or its web address"],
    ],
  ],
];

export class Header {
  /**
   * @param {Model[]} models
   * @param {string} current
   * @param {HeaderActions} actions
   * @param {Node[]} more beside the button that opens
   *  @param {Node[]} beside the model picker */
  constructor(models, current, actions, more, beside) {
    this.select = /** @type {HTMLSelectElement} */ (
      h("select", { id: "ss-model", class: "ss-select", title: "Model" })
    );
    this.shown = "";
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
    this.theme = iconButton("moon", "Dark or light", () => this.#toggle());
    this.help = this.#dialog();
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
      h("span", { class: "ss-spacer" }),
      this.private,
      h("label", { class: "ss-model", for: "ss-model" }, h("span", {}, "Model"), this.select, icon("chevron", 16)),
      ...beside,
      iconButton(TOUCH ? "help" : "keyboard", TITLE, () => this.help.showModal(), {
        class: "ss-icon-button ss-help-button",
      }),
      this.theme,
      this.help,
    );
    this.#apply(this.#stored());
  }

  /** What is here now. @param {Model[]} models */
  setModels(models) {
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

  /** @param {boolean} on */
  setPrivate(on) {
    this.private.setAttribute("aria-pressed", String(on));
  }

  #dialog() {
    const dialog = /** @type {HTMLDialogElement} */ (
      h(
        "dialog",
        { class: "ss-help", "aria-label": TITLE },
        h(
          "header",
          {},
          h("h2", {}, TITLE),
          iconButton("clear", "Close", () => dialog.close()),
        ),
        ...SHORTCUTS.map(([title, rows]) =>
          h(
            "section",
            { "aria-label": title },
            h("h3", {}, title),
            h("dl", {}, ...rows.flatMap(([keys, text]) => [h("dt", {}, keys), h("dd", {}, text)])),
          ),
        ),
      )
    );
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("keydown", (event) => event.stopPropagation());
    return dialog;
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

  #toggle() {
    const theme = document.body.classList.contains("dark") ? "light" : "dark";
    document.body.classList.toggle("dark", theme === "dark");
    remember(STORED, theme);
    this.#show();
  }

  #show() {
    this.theme.replaceChildren(icon(document.body.classList.contains("dark") ? "sun" : "moon"));
  }
}
