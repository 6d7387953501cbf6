/**
 * Work that outlives its page: after a reload or Back the workspace on the server goes on; where that is gone (the
 * server was started anew, too long ago) and for photos that never left the browser, the copy in the browser does.
 *
 * @typedef {import("../server/api.mjs").State} State
 * @typedef {import("../session/history.mjs").Moment} Moment
 * @typedef {import("../prompts/prompts.mjs").PromptState} PromptState
 * @typedef {{saved: number, token: string, picture: string, name: string, here: boolean, count: number,
 *   prompts: PromptState, choice: number, past: Moment[], future: Moment[], selected: string[], current: string | null,
 *   result: {value: any, choice: number} | null, kind?: string}} Page what only the page knows; kind: the next object's
 * @typedef {NonNullable<Awaited<ReturnType<import("./store.mjs").Store["load"]>>>} Stored
 * @typedef {{id: string, version: number, versions: [number, number[]][], objects: {mask: string}[],
 *   revised: boolean, alpha: boolean, source: boolean, own_colors: boolean}} Row one picture as
 *   `webapp/workspace/snapshot.py` describes it
 */

import { bitmapOf } from "../canvas/bitmap.mjs";
import { pack } from "../server/frame.mjs";
import { offered, thumbOf, worthKeeping } from "./recents.mjs";
import { claimTab, note, openTabs } from "./tab.mjs";

const WAIT_MS = 250;
/** Pictures that undo leads back to, beside the one on the stage. */
const MOST_BEFORE = 5;
const NO_COPY = "This browser keeps no copy of your work: save it before you close the page.";
const HERE = "here";
/** Of a picture, in the order that the server takes them. */
const FILES = ["image", "source", "alpha"];

export class Recovery {
  /**
   * @param {import("../session/studio.mjs").Studio} studio
   * @param {{open: any, choice: number, show(value: any): Promise<void>, choose(place: number): Promise<void>}} results
   * @param {import("./store.mjs").Store} store
   * @param {() => Promise<import("./tab.mjs").Tab>} claim
   */
  constructor(studio, results, store, claim = claimTab) {
    this.studio = studio;
    this.results = results;
    this.store = store;
    this.claim = claim;
    this.id = "";
    /** Of the page before this one. @type {import("./tab.mjs").Tab | null} */
    this.tab = null;
    /** What the workspace had when this page came. @type {State | null} */
    this.found = null;
    /** A session that this tab has taken over, and that goes once this tab's own is kept. */
    this.taken = "";
    this.restoring = true;
    this.failed = false;
    this.told = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {Promise<void>} */
    this.saving = Promise.resolve();
    /** What the store has of this session: names of files, keys of masks, and the rows as they were. */
    this.kept = { files: new Map(), masks: new Set(), rows: /** @type {Row[]} */ ([]), told: "", page: "" };
  }

  /** The workspace that this page begins with. @returns {Promise<State>} */
  async open() {
    const { transport } = this.studio;
    this.tab = await this.claim();
    this.id = this.tab.id;
    const token = this.tab.page?.token;
    if (token) this.found = await transport.resume(token).catch(() => null);
    // Its photo goes on the stage in `restore`.
    return this.found ? { ...this.found, picture: null, objects: [] } : transport.open();
  }

  /** Puts on the stage what the page before this one had there. */
  async restore() {
    const { studio } = this;
    try {
      await studio.session.ready;
      const { tab } = this;
      const stored = tab?.from ? await this.store.load(tab.from).catch((error) => this.#without(error)) : null;
      const page = latest(tab?.page, stored?.entry.page);
      if (stored) this.#remember(stored);
      if (page && !studio.session.busy && !studio.opening.turn) await this.#show(page, stored);
    } catch (error) {
      studio.status.fail(error);
    }
    this.restoring = false;
    studio.transport.revival.restore = () => this.#revive();
    this.changed();
  }

  /** Work that can be gone on with. @returns {Promise<import("./recents.mjs").Recent[]>} */
  async recents() {
    const open = this.studio.session.picture ? null : await openTabs().catch(() => null);
    const all = open ? await this.store.list().catch(() => []) : [];
    return offered(all, open ?? new Set(), this.id).map(({ id, page, saved, thumb = "" }) => ({
      ...{ name: page.name, count: page.count, saved, thumb },
      resume: () => this.#take(id),
      forget: () => this.store.remove(id),
    }));
  }

  /** @param {string} id of a closed tab's session */
  async #take(id) {
    const stored = await this.store.load(id);
    if (!stored || !this.tab) return;
    this.tab = { ...this.tab, from: id };
    this.#remember(stored);
    this.restoring = true;
    await this.studio.session.guard(() => this.#show(stored.entry.page, stored));
    this.restoring = false;
    this.taken = id;
    this.changed();
  }

  /** @param {Page} page @param {Stored | null} stored */
  async #show(page, stored) {
    const { studio } = this;
    const { session, opening } = studio;
    const turn = ++opening.turn;
    session.setBusy(true, `Bringing ${page.name} back …`);
    try {
      if (page.here) {
        const file = stored?.files.get(HERE);
        if (!file || !(await opening.stay(file, page.name))) return;
      } else {
        const state = this.found?.picture ? this.found : stored && (await this.#bringBack(stored, page.picture));
        const picture = state?.picture;
        if (!picture) return;
        const file = picture.reading || picture.revised ? null : (opening.origins.get(picture.id)?.file ?? null);
        const bitmap = await bitmapOf(studio.transport, picture, file);
        if (turn !== opening.turn) return; // another photo was opened meanwhile
        opening.show(state, bitmap);
        if (picture.id !== page.picture) return;
      }
      await this.#resume(page, page.here || this.found?.picture ? null : (stored?.entry.rows ?? null));
      studio.status.say(`${page.name} is back, with all that you did.`);
    } finally {
      if (turn === opening.turn || page.here) session.setBusy(false);
    }
  }

  /** What the store has need not be fetched again. @param {Stored} stored */
  #remember({ entry, files, masks }) {
    const { kept, studio, tab } = this;
    for (const row of entry.rows) {
      const [source, image] = ["source", "image"].map((name) => files.get(`${row.id}/${name}`));
      const example = entry.origins[row.id] ?? "";
      if (!row.revised && !image && (source || example))
        studio.opening.origins.set(row.id, { file: source ?? null, example });
      const names = FILES.map((name) => `${row.id}/${name}`).filter((name) => files.has(name));
      // A tab that was duplicated has nothing under its own name yet.
      if (tab?.id === tab?.from) kept.files.set(row.id, { names, example, bytes: (source ?? image)?.size ?? 0 });
    }
    if (tab?.id === tab?.from) kept.masks = new Set(masks.keys());
  }

  /** @param {Page} page @param {Row[] | null} rows where undo can go; null: wherever the page before could */
  async #resume(page, rows) {
    const { session, mask, steps, labels } = this.studio;
    const now = session.picture?.id ?? "";
    const there = (/** @type {Moment} */ { picture, version }) =>
      !rows || rows.some((row) => row.id === picture && row.versions.some(([number]) => number === version));
    steps.history.past = page.past.filter(there);
    steps.history.future = page.future.filter(there);
    if (page.here) steps.history.rename(page.picture, now);
    session.selected = new Set(page.selected.filter((id) => session.object(id)));
    session.current = page.current;
    labels.current = page.kind ?? "";
    const { base } = page.prompts;
    const known = !base || session.object(base.object)?.mask === base.mask;
    if (known) mask.prompts.show(page.prompts);
    session.on.selection();
    session.on.changed();
    await mask.decided;
    if (mask.answer && page.choice < mask.answer.count) mask.pick(page.choice);
    const result = rows || page.here ? null : page.result;
    if (!result || !mask.prompts.empty) return;
    await this.results.show(result.value);
    if (this.results.open && result.choice) await this.results.choose(result.choice);
  }

  /**
   * Into the workspace that is open, which is empty.
   * @param {Stored} stored
   * @param {string} picture the one on the stage
   * @returns {Promise<State>}
   */
  async #bringBack({ entry, files, masks }, picture) {
    const { transport, session } = this.studio;
    let state = session.state;
    if (entry.model && entry.model !== state.model) state = await transport.setModel(entry.model).catch(() => state);
    if (entry.classes?.length) await transport.call("PUT", "classes", { classes: entry.classes });
    const rows = /** @type {Row[]} */ (entry.rows);
    const last = rows.find((row) => row.id === picture) ?? rows.at(-1);
    for (const row of [...rows.filter((one) => one !== last), ...(last ? [last] : [])]) {
      const stage = row === last;
      try {
        state = await transport.call("PUT", "snapshot", body(row, entry.origins[row.id], files, masks, stage));
      } catch (error) {
        if (stage) throw error;
        console.info("A photo that undo led back to could not be brought back:", error);
      }
    }
    return state;
  }

  /** The server has lost the workspace while the page is there. @returns {Promise<boolean>} */
  async #revive() {
    const { session, transport, opening, status } = this.studio;
    await this.saving;
    const stored = await this.store.load(this.id);
    const picture = session.picture?.id ?? "";
    if (!stored?.entry.rows.length || opening.here) return false;
    await transport.open();
    const state = await this.#bringBack(stored, picture);
    if (state.picture?.id !== picture) return false;
    session.state = { ...session.state, revision: -1 };
    session.apply(state, false);
    status.announce("The server had lost this session; your work is back.");
    return true;
  }

  /** Something has changed: it is kept in a moment. */
  changed() {
    if (this.restoring || this.timer || !this.studio.session.picture) return;
    if (this.failed && !this.told) this.studio.status.toast(NO_COPY);
    this.told = this.failed;
    if (this.failed) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.saving = this.saving.then(() => this.#save());
    }, WAIT_MS);
  }

  /** The page goes away. */
  leave() {
    const { transport, opening, session } = this.studio;
    if (!this.restoring) note(window, this.id, session.picture ? this.#page() : null);
    transport.close(!opening.private);
  }

  /** Whether there is work that nothing brings back. */
  get unsafe() {
    const { session, mask } = this.studio;
    return this.failed && (session.objects.length > 0 || !mask.prompts.empty);
  }

  /** @returns {Page} */
  #page() {
    const { session, mask, steps, opening, transport } = this.studio;
    const { open, choice } = this.results;
    return {
      saved: Date.now(),
      // Of a private page's workspace nothing is left.
      token: opening.private || opening.here ? "" : transport.token,
      picture: session.picture?.id ?? "",
      name: session.picture?.name ?? "",
      here: opening.here !== null,
      count: session.objects.length,
      prompts: mask.prompts.state,
      choice: mask.choice,
      past: steps.history.past,
      future: steps.history.future,
      selected: [...session.selected],
      current: session.current,
      result: open?.id ? { value: open, choice } : null,
      kind: this.studio.labels.current,
    };
  }

  async #save() {
    const { opening, session, transport } = this.studio;
    const { picture } = session;
    if (!picture || this.failed) return;
    /** @type {Map<string, Blob>} */
    const files = new Map();
    /** @type {Map<string, string>} */
    let masks = new Map();
    const page = this.#page();
    const { kept } = this;
    const said = JSON.stringify([session.state.revision, { ...page, saved: 0 }]);
    if (said === kept.page) return;
    try {
      let model = session.state.model;
      if (opening.here) {
        if (kept.told !== picture.id) files.set(HERE, opening.here.file);
        Object.assign(kept, { rows: [], told: picture.id });
      } else {
        const ids = pictures(page);
        const told = JSON.stringify([transport.token, session.state.revision, ids]);
        if (told !== kept.told) {
          const taken = await transport.call("POST", "snapshot", { pictures: ids, have: [...kept.masks] });
          masks = new Map(Object.entries(taken.masks));
          model = taken.model;
          await this.#archive(ids);
          await this.#collect(taken.pictures, files);
          Object.assign(kept, { rows: taken.pictures, told });
        }
      }
      await this.#write(page, model, files, masks);
      kept.page = said;
    } catch (error) {
      kept.told = "";
      // A server that is away is told where it matters; what is kept stays as it was.
      if (!(error instanceof Error) || error.name !== "StudioError") this.#without(error);
    }
  }

  /** Another photo takes the place of one that was worked on, which stays by itself. @param {string[]} ids */
  async #archive(ids) {
    const { kept } = this;
    if (!kept.rows.length || kept.rows.some((row) => ids.includes(row.id))) return;
    const page = kept.page ? JSON.parse(kept.page)[1] : null;
    if (!worthKeeping(page, kept.rows)) return;
    await this.store.move(this.id, crypto.getRandomValues(new Uint32Array(3)).join("-"));
    kept.files.clear();
    kept.masks.clear();
  }

  /** Files that the store has not got. @param {Row[]} rows @param {Map<string, Blob>} files */
  async #collect(rows, files) {
    const { opening, transport } = this.studio;
    for (const row of rows) {
      if (this.kept.files.has(row.id)) continue;
      const origin = row.revised ? null : opening.origins.get(row.id);
      const found = origin?.file ?? (row.source && (await file(transport, row.id, "source"))) ?? null;
      const image = !origin && (row.revised || !found) && (await file(transport, row.id, "lossless.png"));
      if (found) files.set(`${row.id}/source`, found);
      const alpha = image && row.alpha && (await file(transport, row.id, "alpha.png"));
      if (image) files.set(`${row.id}/image`, image);
      if (alpha) files.set(`${row.id}/alpha`, alpha);
      const names = [found && `${row.id}/source`, image && `${row.id}/image`, alpha && `${row.id}/alpha`].filter(
        Boolean,
      );
      this.kept.files.set(row.id, {
        names,
        example: origin?.example ?? "",
        bytes: (found || image || { size: 0 }).size,
      });
    }
  }

  /** @param {Page} page @param {string} model @param {Map<string, Blob>} files @param {Map<string, string>} masks */
  async #write(page, model, files, masks) {
    const { kept } = this;
    const used = {
      files: new Set(page.here ? [HERE] : kept.rows.flatMap((row) => kept.files.get(row.id)?.names ?? [])),
      masks: new Set(kept.rows.flatMap((row) => row.objects.map((object) => object.mask))),
    };
    const origins = Object.fromEntries(kept.rows.map((row) => [row.id, kept.files.get(row.id)?.example ?? ""]));
    const bytes = page.here
      ? (this.studio.opening.here?.file.size ?? 0)
      : kept.rows.reduce((sum, row) => sum + (kept.files.get(row.id)?.bytes ?? 0), 0);
    const { classes = [] } = this.studio.session.state;
    const thumb = thumbOf(this.studio.opening.bitmaps.get(page.picture));
    const entry = { page, model, classes, rows: kept.rows, origins, bytes, thumb };
    await this.store.save(this.id, entry, files, masks, used);
    if (this.taken) await this.store.remove(this.taken);
    this.taken = "";
    kept.masks = used.masks;
    for (const id of kept.files.keys()) if (!kept.rows.some((row) => row.id === id)) kept.files.delete(id);
  }

  /** Work goes on without a copy. @param {unknown} error @returns {null} */
  #without(error) {
    console.info("The browser keeps no copy:", error);
    this.failed = true;
    this.changed();
    return null;
  }
}

/** What was noted last. @param {(Page | null | undefined)[]} pages @returns {Page | null} */
function latest(...pages) {
  const found = pages.filter((page) => page?.picture);
  return found.sort((a, b) => (b?.saved ?? 0) - (a?.saved ?? 0))[0] ?? null;
}

/** Those that undo and redo lead to, nearest first, and the one on the stage. @param {Page} page */
function pictures({ picture, past, future }) {
  const others = [...past].reverse().concat([...future].reverse());
  const ids = others.map((moment) => moment.picture).filter((id) => id && id !== picture);
  return [picture, ...new Set(ids)].slice(0, 1 + MOST_BEFORE);
}

/** @param {import("../server/api.mjs").Transport} transport @param {string} id @param {string} name */
async function file(transport, id, name) {
  return transport.file(`pictures/${id}/${name}`);
}

/**
 * One picture of the entry as the server takes it.
 * @param {Row} row @param {string} example @param {Map<string, Blob>} files @param {Map<string, string>} masks
 * @param {boolean} stage
 */
function body(row, example, files, masks, stage) {
  const parts = FILES.map((name) => files.get(`${row.id}/${name}`) ?? new Blob());
  const keys = new Set(row.objects.map((object) => object.mask));
  const counts = Object.fromEntries([...masks].filter(([key]) => keys.has(key)));
  const sizes = parts.map((part) => part.size);
  return pack({ ...row, masks: counts, stage, sizes, ...(example && { example }) }, parts);
}
