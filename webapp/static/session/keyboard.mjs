/** Keys to actions of the table. Keys that a focused field or button uses are left to it. */

const FIELDS = "input:not([type=checkbox]):not([type=color]), textarea, select, [contenteditable]";
const TABS = "#ss-tabs";
const DIALOGS = "dialog[open]";

export class Keyboard {
  /**
   * @param {import("./action_table.mjs").ActionTable} table
   * @param {HTMLElement} stage the canvas
   * @param {HTMLElement} root what is gone when this page is
   * @param {(key: string) => boolean} [other] whether a key without an action is someone's
   */
  constructor(table, stage, root, other = () => false) {
    this.other = other;
    this.table = table;
    this.stage = stage;
    this.root = root;
    document.addEventListener("keydown", (event) => this.#down(event));
    document.addEventListener("keyup", (event) => {
      for (const action of table.released(event)) action.hold?.(false);
    });
    window.addEventListener("blur", () => {
      for (const action of table.all) action.hold?.(false);
    });
  }

  /** @param {KeyboardEvent} event */
  #down(event) {
    if (event.defaultPrevented || !this.root.isConnected) return;
    const action = this.table.pressed(event);
    const target = /** @type {HTMLElement} */ (event.target);
    if (!action && this.#reaches(target) && this.other(plainKey(event))) return event.preventDefault();
    if (!action || !this.#reaches(target, action.scope, event.key === "Escape")) return;
    // An action that has nothing to do is run as well: what is under way may give it something, or it says why not.
    if (action.hold) action.hold(true);
    else if (action.run?.(event) === false) return;
    event.preventDefault();
  }

  /**
   * @param {HTMLElement} target of the key @param {import("./action_table.mjs").Scope} [scope]
   * @param {boolean} [ends] whether it is the key that ends things, which buttons of tabs have no use for
   */
  #reaches(target, scope, ends) {
    // With the focus nowhere, too: its keys, such as Escape, are the dialog's.
    if (target.closest?.(DIALOGS) || document.querySelector("dialog:modal")) return false;
    if (scope === "app") return true;
    if (target.closest?.(ends ? FIELDS : `${FIELDS}, ${TABS}`)) return false;
    if (scope === "stage") return target === this.stage;
    if (scope === "page") return target === this.stage || target === document.body;
    return true;
  }
}

/** The letter or digit, with Shift or without; "" for other keys. @param {KeyboardEvent} event */
function plainKey({ key, code, ctrlKey, metaKey, altKey, shiftKey }) {
  if (ctrlKey || metaKey || altKey) return "";
  // What a digit types with Shift differs between keyboards.
  const digit = shiftKey && /^Digit(\d)$/.exec(code)?.[1];
  return digit || (key.length === 1 ? key.trim() : "");
}
