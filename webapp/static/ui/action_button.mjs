/** Buttons of the table of actions: what they are called, what they do and whether they can, it says. */

import { iconButton } from "./dom.mjs";

/** @typedef {import("../session/action_table.mjs").ActionTable} ActionTable */

/** @param {ActionTable} table @param {string} id @param {Record<string, any>} [props] */
export function actionButton(table, id, props = {}) {
  const { icon } = table.get(id);
  if (!icon) throw new Error(`${id} has no icon.`);
  return iconButton(icon, table.title(id), () => table.run(id), { "data-action": id, ...props });
}

/** One that lasts as long as it is held. @param {ActionTable} table @param {string} id */
export function holdButton(table, id) {
  const hold = (/** @type {boolean} */ held) => table.get(id).hold?.(held);
  const button = actionButton(table, id);
  button.addEventListener("pointerdown", (event) => {
    button.setPointerCapture(event.pointerId);
    hold(true);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture", "blur"])
    button.addEventListener(end, () => hold(false));
  button.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press on a phone
  button.addEventListener("keydown", (event) => ["Enter", " "].includes(event.key) && hold(true));
  button.addEventListener("keyup", () => hold(false));
  return button;
}

/**
 * Whether each of them can be used now, or is the one in use.
 * @param {ActionTable} table
 * @param {HTMLElement[]} buttons
 */
export function refresh(table, buttons) {
  for (const button of buttons) {
    const id = button.dataset.action ?? "";
    // aria-disabled keeps the focus where it is when a button runs out of things to do
    if (button.getAttribute("role") !== "radio") button.setAttribute("aria-disabled", String(!table.enabled(id)));
    else button.setAttribute("aria-checked", String(table.get(id).checked?.() ?? false));
  }
}
