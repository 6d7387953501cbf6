/**
 * Keys as the table of actions writes them: "Ctrl+Shift+Z", "Shift+0", "Tab", "A", "?". Ctrl is the command key on a
 * Mac.
 *
 * @typedef {{ctrl: boolean, shift: boolean, key: string}} Binding shift: it must be held; without it, it may be
 * @typedef {Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">} Pressed
 */

/** @param {string} text @returns {Binding} */
export function parse(text) {
  const parts = text === "+" ? ["+"] : text.split("+");
  const key = parts[parts.length - 1];
  return {
    ctrl: parts.includes("Ctrl"),
    shift: parts.includes("Shift"),
    key: key.length === 1 ? key.toLowerCase() : key,
  };
}

/** @param {Binding} binding @param {Pressed} event */
export function matches({ ctrl, shift, key }, event) {
  if (event.altKey || ctrl !== (event.ctrlKey || event.metaKey) || (shift && !event.shiftKey)) return false;
  return isKey(key, shift, event);
}

/** Whether it is this key, whatever is held beside it. @param {Binding} binding @param {Pressed} event */
export function isReleased({ key, shift }, event) {
  return isKey(key, shift, event);
}

/** @param {string} key @param {boolean} shift @param {Pressed} event */
function isKey(key, shift, event) {
  if (key === "Space") return event.code === "Space";
  // What a digit types with Shift differs between keyboards.
  if (shift && /^\d$/.test(key)) return event.code === `Digit${key}`;
  return key === (event.key.length === 1 ? event.key.toLowerCase() : event.key);
}

/** @type {Record<string, string>} */
const NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" };

/** As people read it. @param {string} text @param {boolean} [mac] */
export function label(text, mac = false) {
  if (text === "+") return text;
  const parts = text.split("+").map((part) => NAMES[part] ?? part);
  return parts.map((part) => (mac && part === "Ctrl" ? "⌘" : part)).join("+");
}
