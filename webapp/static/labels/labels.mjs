/**
 * Classes of objects: which there are, which one the next object gets, and giving them.
 *
 * @typedef {import("../server/api.mjs").ObjectClass} ObjectClass
 * @typedef {import("../server/api.mjs").ObjectInfo} ObjectInfo
 */

import { recall, remember } from "../server/local_storage.mjs";

const STORED = "sam-studio-next-class";

export class Labels {
  /** @param {import("../session/studio.mjs").Studio} studio */
  constructor(studio) {
    this.studio = studio;
    /** id of the class that the next object gets; "" for none */
    this.current = "";
    /** whether the ones after it get it, too */
    this.keeps = recall(STORED) !== "off";
  }

  /** @returns {ObjectClass[]} */
  get all() {
    return this.studio.session.state.classes ?? [];
  }

  /** What the next object is. @returns {ObjectClass | null} */
  get next() {
    return this.get(this.current);
  }

  /** @param {string} id @returns {ObjectClass | null} */
  get(id) {
    return this.all.find((one) => one.id === id) ?? null;
  }

  /** @param {boolean} on */
  setKeeps(on) {
    this.keeps = on;
    remember(STORED, on ? "on" : "off");
    this.studio.session.on.changed();
  }

  /** An object was kept: does the next one have the same class? */
  kept() {
    if (!this.keeps) this.current = "";
  }

  /** How many objects of the photo are of each class; "" counts those of none. @returns {Map<string, number>} */
  counts() {
    const found = new Map();
    for (const object of this.studio.session.objects) found.set(object.class, (found.get(object.class) ?? 0) + 1);
    return found;
  }

  /** A key that may be a class's. @param {string} key @returns {boolean} whether it is one */
  press(key) {
    const one = this.all.find((other) => other.key && other.key === key.toLowerCase());
    if (!one) return false;
    void this.choose(one.id);
    return true;
  }

  /** For the mask in hand, else for the selected objects, else for the next one. @param {string} id "": none */
  async choose(id) {
    const { session, mask } = this.studio;
    const chosen = session.chosen.map((object) => object.id);
    if (mask.refined) await this.give([mask.refined.id], id);
    else if (mask.present || mask.pending || !chosen.length) this.setNext(id);
    else await this.give(chosen, id);
  }

  /** @param {string} id "": none */
  setNext(id) {
    this.current = id;
    const { status, session } = this.studio;
    status.say(this.next ? `The next object is of class ${this.next.name}.` : "The next object has no class.");
    session.on.changed();
  }

  /** @param {string[]} objects @param {string} id "": none */
  async give(objects, id) {
    const { session, transport, status } = this.studio;
    if (!objects.length || !session.picture) return;
    const body = { picture: session.picture.id, objects, class: id };
    await session.guard(async () => {
      session.apply(await transport.call("POST", "classes/give", body));
      if (this.keeps) this.current = id;
      const name = this.get(id)?.name;
      const whom = objects.length === 1 ? session.object(objects[0])?.name : `${objects.length} objects`;
      status.say(name ? `${whom}: ${name}.` : `${whom}: no class.`);
      session.on.changed();
    });
  }

  /** @param {string} name @returns {Promise<string>} its id; "" where it cannot be added, which is told */
  async add(name) {
    return (await this.#change({ do: "add", name }))?.class ?? "";
  }

  /** @param {string} id @param {{name?: string, color?: string, key?: string, place?: number}} changes */
  async change(id, changes) {
    return (await this.#change({ do: "change", id, ...changes })) !== null;
  }

  /** @param {string} id */
  async remove(id) {
    const { status, steps } = this.studio;
    const name = this.get(id)?.name;
    if (await this.#change({ do: "remove", id }))
      status.toast(`Class ${name} deleted.`, { action: "Undo", run: () => void steps.undo() });
  }

  /** From a text file, COCO or YOLO. @param {File[]} files @returns {Promise<string>} what came of it */
  async read(files) {
    const { session, transport } = this.studio;
    let said = "";
    await session.guard(async () => {
      const head = JSON.stringify(files.map((file) => [file.name, file.size]));
      const state = await session.withWorkspace(() =>
        transport.call("POST", "classes/import", new Blob([head, "\n", ...files])),
      );
      session.apply(state);
      ({ said } = state);
    });
    return said;
  }

  /** @param {object} fields @returns {Promise<any>} the state, null where that cannot be, which is told */
  async #change(fields) {
    const { session, transport } = this.studio;
    let state = null;
    await session.guard(async () => {
      state = await session.withWorkspace(() => transport.call("POST", "classes", fields));
      session.apply(state);
    });
    return state;
  }
}

/**
 * What a key for a class would take away from the page; "" for nothing.
 * @param {string} key one character
 * @param {import("../session/action_table.mjs").ActionTable} table
 */
export function takenBy(key, table) {
  if (/^[1-9]$/.test(key)) return "";
  const pressed = { key, code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
  return table.pressed(pressed)?.label ?? "";
}
