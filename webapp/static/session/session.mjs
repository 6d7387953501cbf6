/**
 * What is open: the photo, its objects, which of them are selected, and the workspace on the server that holds them. It
 * draws nothing; who shows it is told when it has changed.
 *
 * @typedef {import("../server/api.mjs").State} State
 * @typedef {import("../server/api.mjs").ObjectInfo} ObjectInfo
 * @typedef {{open(): Promise<State>}} Workspace
 * @typedef {{say(text: string, kind?: "info" | "busy" | "error"): void, fail(error: unknown): void}} Voice
 * @typedef {{changed(): void, objects(): void, selection(): void, step(): void, busy?(text: string,
 *   stop?: () => void): void}} SessionEvents changed: anything; step:
 *   the list of objects is about to be another version, to which undo leads back
 */

import { StudioError } from "../server/api.mjs";

const IDLE = "This session was idle for too long and the server has closed it. Open the photo again to go on.";

export class Session {
  /** @param {Workspace} workspace @param {Voice} status @param {SessionEvents} on */
  constructor(workspace, status, on) {
    this.workspace = workspace;
    this.status = status;
    this.on = on;
    /** @type {State} */
    this.state = { picture: null, objects: [], model: "", revision: 0, previous: null };
    /** @type {Set<string>} */
    this.selected = new Set();
    /** @type {string | null} what was kept or looked at last: keys act on it where nothing is selected */
    this.current = null;
    this.busy = false;
    /** @type {Promise<void>} the workspace is open */
    this.ready = Promise.resolve();
  }

  get picture() {
    return this.state.picture;
  }

  get objects() {
    return this.state.objects;
  }

  /** The selected objects, from the top of the list. */
  get ticked() {
    return this.objects.filter((object) => this.selected.has(object.id));
  }

  /** What keys and the buttons below the list act on: the selected objects, else the current one. */
  get chosen() {
    const one = this.selected.size ? null : this.object(this.current);
    return one ? [one] : this.ticked;
  }

  /** @param {string | null} id */
  object(id) {
    return this.objects.find((one) => one.id === id) ?? null;
  }

  /** What a quick hand asks for before waits for it. @param {() => Promise<State>} [open] the workspace */
  start(open = () => this.workspace.open()) {
    this.ready = open().then((state) => this.apply(state));
    this.ready.catch((error) => this.status.fail(error));
  }

  /** Another photo, of whose objects none is known yet. @param {State} state */
  begin(state) {
    this.selected.clear();
    this.current = null;
    this.state = { ...state, objects: [] };
  }

  /** The same photo under the name that the server gives it. @param {State} state */
  adopt(state) {
    this.state = state;
    this.on.changed();
  }

  /** @param {State} state @param {boolean} [step] whether it is a step that undo takes back */
  apply(state, step = true) {
    if (state.revision < this.state.revision) return; // an older answer, overtaken on the way
    const { picture } = this;
    const other = state.picture?.version !== picture?.version || state.class_list !== this.state.class_list;
    if (step && picture && state.picture?.id === picture.id && other) this.on.step();
    this.state = state;
    const ids = new Set(state.objects.map((object) => object.id));
    for (const id of this.selected) if (!ids.has(id)) this.selected.delete(id);
    this.on.objects();
    this.on.changed();
  }

  /** @param {string} id @param {boolean} selected */
  select(id, selected) {
    if (selected) this.selected.add(id);
    else this.selected.delete(id);
    this.current = id;
    this.on.selection();
    this.on.changed();
  }

  /** These alone. @param {string[]} ids @param {string} current */
  selectOnly(ids, current) {
    this.selected = new Set(ids);
    this.current = current;
    this.on.selection();
    this.on.changed();
  }

  /** The next object in the list alone. @param {1 | -1} step @returns {ObjectInfo | null} null: past the last one */
  selectNext(step) {
    const place = this.objects.findIndex((object) => this.selected.has(object.id));
    const from = place < 0 && step < 0 ? this.objects.length : place;
    const next = this.objects[from + step] ?? null;
    if (!next) return null;
    this.selected.clear();
    this.select(next.id, true);
    return next;
  }

  /** @param {boolean} busy @param {string} [text] @param {() => void} [stop] ends it */
  setBusy(busy, text, stop) {
    this.busy = busy;
    if (text) this.status.say(text, "busy");
    if (text || !busy) this.on.busy?.(busy ? (text ?? "") : "", stop);
    this.on.changed();
  }

  /**
   * A workspace that the server has closed (long idle, restart) is replaced by a new one, once.
   * @template T
   * @param {() => Promise<T>} run
   * @param {boolean} [again] whether the work makes sense in an empty workspace
   */
  async withWorkspace(run, again = true) {
    try {
      await this.ready;
      return await run();
    } catch (error) {
      if (!(error instanceof StudioError) || error.status !== 410) throw error;
      await this.workspace.open();
      if (again) return run();
      throw new StudioError(IDLE);
    }
  }

  /** @param {() => Promise<void>} run @returns {Promise<boolean>} whether it went well */
  async guard(run) {
    try {
      await run();
      return true;
    } catch (error) {
      this.status.fail(error);
      return false;
    }
  }
}
