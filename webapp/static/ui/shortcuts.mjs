/** The shortcuts sheet (?): what the pointer does, and the keys of the table of actions. */

import { label } from "../session/keys.mjs";
import { search } from "./command_search.mjs";
import { h, iconButton, MAC, TOUCH } from "./dom.mjs";

/** @typedef {import("../session/action_table.mjs").Action} Action */

export const TITLE = TOUCH ? "Touch and keyboard" : "Keyboard and mouse";

/** What no key does. @type {Record<string, [string, string][]>} */
const GESTURES = {
  Select: [
    ["Click, tap", "this belongs to the object"],
    ["Right-click, Alt+click, long-press", "this does not"],
    ["Drag", "box around the object, or what the tool says"],
    ["Drag an edge or a corner", "make a box fit: the one on the photo, or one that was found"],
    ["Alt+wheel", "part, whole, larger"],
  ],
  Objects: [
    ["Double-click, double-tap", "refine an object by further clicks"],
    ["Shift+click", "select an object"],
    ["Click, Ctrl+click, Shift+click in the list", "select one, several, all between two"],
    ["Double-click in the list", "rename an object"],
    ["Alt+↑, Alt+↓", "move an object in the list"],
    ["1 to 9, a class's key", "set the class; with a mask in hand Shift+1 to Shift+9"],
  ],
  View: [
    ["Wheel, pinch", "zoom"],
    ["Middle button, two fingers", "move the photo"],
  ],
  Photo: [["Ctrl+V", "paste a photo or its web address; a cut-out is laid over the open photo"]],
};

/**
 * The sheet's rows, group by group: keys that do the same in four directions, or for three sizes, share a row.
 * @param {Action[]} actions
 * @returns {[string, [string, string][]][]}
 */
export function rows(actions) {
  const shown = actions.filter((action) => action.keys);
  const groups = [...new Set(shown.map((action) => action.group))];
  return groups.map((group) => [
    group,
    [...(GESTURES[group] ?? []), ...merged(shown.filter((action) => action.group === group))],
  ]);
}

/**
 * Those that are asked for, in the words of the command palette's search.
 * @param {[string, [string, string][]][]} groups @param {string} query
 * @returns {[string, [string, string][]][]}
 */
export function narrowed(groups, query) {
  const all = groups.flatMap(([group, list]) => list.map((row) => ({ group, row, label: row[1], words: row[0] })));
  const found = new Set(search(all, query).map((one) => one.row));
  return groups.map(keep).filter(([, list]) => list.length > 0);

  /** @param {[string, [string, string][]]} group @returns {[string, [string, string][]]} */
  function keep([group, list]) {
    return [group, list.filter((row) => found.has(row))];
  }
}

/** @param {Action[]} actions @returns {[string, string][]} */
function merged(actions) {
  /** @type {Map<string, [string[], string]>} */
  const found = new Map();
  for (const action of actions) {
    const family = action.id.split("-")[0];
    const name = family in FAMILIES ? family : action.id;
    const [keys] = found.get(name) ?? [[]];
    const own = (action.keys ?? []).map((key) => label(key, MAC));
    found.set(name, [[...keys, ...own], FAMILIES[family] ?? action.hint ?? lower(action.label)]);
  }
  return [...found.values()].map(([keys, text]) => [keys.join(", "), text]);
}

/** @type {Record<string, string>} */
const FAMILIES = {
  tool: "tools: points and boxes, scribble over it, draw around it, move the photo",
  choose: "part, whole, larger",
  cross: "move a cross over the photo; add what is under it, exclude it",
  hand: "brush, eraser, a smaller and a larger one",
};

/** @param {string} text */
function lower(text) {
  return text[0].toLowerCase() + text.slice(1);
}

/** @param {() => Action[]} actions @returns {{dialog: HTMLDialogElement, show(): void}} */
export function shortcutsSheet(actions) {
  const body = h("div", {});
  const field = /** @type {HTMLInputElement} */ (
    h("input", {
      type: "search",
      class: "ss-address ss-help-search",
      placeholder: "Search",
      "aria-label": "Search keys and gestures",
      autocomplete: "off",
      oninput: () => fill(),
    })
  );
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
      field,
      body,
    )
  );
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  const section = (/** @type {[string, [string, string][]]} */ [title, all]) =>
    h(
      "section",
      { "aria-label": title },
      h("h3", {}, title),
      h("dl", {}, ...all.flatMap(([keys, text]) => [h("dt", {}, keys), h("dd", {}, text)])),
    );
  const fill = () => {
    const found = narrowed(rows(actions()), field.value);
    const none = h("p", { class: "ss-help-none", role: "status" }, `Nothing is called “${field.value.trim()}”.`);
    body.replaceChildren(...(found.length ? found.map(section) : [none]));
  };
  const show = () => {
    field.value = "";
    fill();
    dialog.showModal();
    field.focus();
  };
  return { dialog, show };
}
