/**
 * One table of everything that can be done: keys, buttons, the shortcuts sheet and the command palette all read it.
 *
 * @typedef {import("../ui/icons.mjs").IconName} IconName
 * @typedef {"stage" | "page" | "app"} Scope where its keys count: with the focus on the canvas; there or nowhere in
 *   particular; in text fields and tabs, too. Without one: anywhere but in text fields, tabs and dialogs
 * @typedef {{id: string, label: string, group: string, keys?: string[], scope?: Scope, icon?: IconName, hint?: string,
 *   says?: string, words?: string, listed?: boolean, enabled?(): boolean, checked?(): boolean,
 *   run?(event?: KeyboardEvent): unknown, hold?(held: boolean): void}} Action
 *   keys: what it is pressed with, the first as it is shown; hint: what the shortcuts sheet says instead of the label;
 *   says: the key that a button shows where it has none of its own; words: that the palette finds it by, too;
 *   listed: false keeps it out of the palette; run: an answer of false leaves the key to the browser;
 *   hold: lasts as long as the key is down
 */

import { isReleased, label, matches, parse } from "./keys.mjs";

export class ActionTable {
  /** @param {Action[]} actions @throws {Error} two with one id, or one key for two */
  constructor(actions) {
    /** @type {Map<string, Action>} */
    this.byId = new Map();
    /** @type {{binding: import("./keys.mjs").Binding, action: Action}[]} those that ask for Shift first */
    this.bindings = [];
    const taken = new Map();
    for (const action of actions) {
      if (this.byId.has(action.id)) throw new Error(`Two actions are called ${action.id}.`);
      this.byId.set(action.id, action);
      for (const key of action.keys ?? []) {
        const binding = parse(key);
        const name = JSON.stringify(binding);
        if (taken.has(name)) throw new Error(`${key} stands for ${taken.get(name)} and for ${action.id}.`);
        taken.set(name, action.id);
        this.bindings.push({ binding, action });
      }
    }
    this.bindings.sort((a, b) => Number(b.binding.shift) - Number(a.binding.shift));
  }

  get all() {
    return [...this.byId.values()];
  }

  /** @param {string} id @returns {Action} @throws {Error} there is none */
  get(id) {
    const action = this.byId.get(id);
    if (!action) throw new Error(`There is no action called ${id}.`);
    return action;
  }

  /** @param {string} id */
  run(id) {
    return this.get(id).run?.();
  }

  /** @param {string} id */
  enabled(id) {
    return this.get(id).enabled?.() ?? true;
  }

  /** What a tooltip says: the label, and the key in brackets. @param {string} id */
  title(id) {
    const { label: text, keys, says } = this.get(id);
    const key = says ?? (keys && label(keys[0]));
    return key ? `${text} (${key})` : text;
  }

  /** What a key stands for. @param {import("./keys.mjs").Pressed} event @returns {Action | null} */
  pressed(event) {
    return this.bindings.find(({ binding }) => matches(binding, event))?.action ?? null;
  }

  /** What may end with this key. @param {import("./keys.mjs").Pressed} event @returns {Action[]} */
  released(event) {
    const found = this.bindings.filter(({ binding, action }) => action.hold && isReleased(binding, event));
    return found.map(({ action }) => action);
  }
}
