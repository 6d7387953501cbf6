/**
 * What the browser keeps of its tabs' work, in IndexedDB: so many sessions, bytes and days, the oldest go first. Every
 * change is one transaction: after a crash there is the state before or the state after, never a mixture.
 *
 * @typedef {{id: string, saved: number, bytes: number, [key: string]: any}} Entry of one tab's session; `bytes` of its
 *   files
 */

const NAME = "sam-studio";
const VERSION = 1;
const SESSIONS = "sessions";
/** Photos by [session, name], and masks by [session, key]. */
const PARTS = ["files", "masks"];
const DAY_MS = 24 * 3600 * 1000;

export const LIMITS = { sessions: 12, bytes: 600 << 20, ms: 14 * DAY_MS };

export class Store {
  /** @param {{factory?: IDBFactory, limits?: typeof LIMITS, now?: () => number}} [options] */
  constructor({ factory, limits = LIMITS, now = Date.now } = {}) {
    this.factory = factory;
    this.limits = limits;
    this.now = now;
    /** @type {Promise<IDBDatabase> | null} */
    this.opened = null;
  }

  /** @returns {Promise<IDBDatabase>} @throws {Error} this browser keeps nothing, such as in a private window */
  #open() {
    this.opened ??= new Promise((resolve, reject) => {
      const request = (this.factory ?? indexedDB).open(NAME, VERSION);
      request.onupgradeneeded = () => {
        request.result.createObjectStore(SESSIONS, { keyPath: "id" });
        for (const name of PARTS) request.result.createObjectStore(name);
      };
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(new Error("another tab holds an older version"));
      request.onsuccess = () => {
        // Whoever clears what the site keeps does not wait for this tab.
        request.result.onversionchange = () => this.close();
        request.result.onclose = () => this.close();
        resolve(request.result);
      };
    });
    return this.opened;
  }

  /** What follows opens it anew. */
  close() {
    this.opened?.then(
      (db) => db.close(),
      () => {},
    );
    this.opened = null;
  }

  /** @param {IDBTransactionMode} mode @param {(stores: (name: string) => IDBObjectStore) => unknown} run */
  async #transact(mode, run) {
    const transaction = (await this.#open()).transaction([SESSIONS, ...PARTS], mode);
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(undefined);
      transaction.onabort = () => reject(transaction.error ?? new Error("nothing was kept"));
    });
    // A request that fails inside is told by the transaction, which ends with it.
    const result = run((name) => transaction.objectStore(name));
    await done;
    return result;
  }

  /** @returns {Promise<Entry[]>} of all tabs, the latest first; without files and masks */
  async list() {
    /** @type {Entry[]} */
    let found = [];
    await this.#transact("readonly", (stores) => {
      const request = stores(SESSIONS).getAll();
      request.onsuccess = () => {
        found = request.result;
      };
    });
    return found.sort((a, b) => b.saved - a.saved);
  }

  /**
   * @param {string} id
   * @returns {Promise<{entry: Entry, files: Map<string, Blob>, masks: Map<string, string>} | null>} null: none of it
   */
  async load(id) {
    /** @type {Entry | undefined} */
    let entry;
    const parts = PARTS.map(() => new Map());
    await this.#transact("readonly", (stores) => {
      const request = stores(SESSIONS).get(id);
      request.onsuccess = () => {
        entry = request.result;
      };
      PARTS.forEach((name, at) => {
        const walk = stores(name).openCursor(range(id));
        walk.onsuccess = () => {
          const cursor = walk.result;
          if (!cursor) return;
          parts[at].set(/** @type {string[]} */ (cursor.key)[1], cursor.value);
          cursor.continue();
        };
      });
    });
    return entry ? { entry, files: parts[0], masks: parts[1] } : null;
  }

  /**
   * @param {string} id
   * @param {Record<string, any>} fields of the entry
   * @param {Map<string, Blob>} files new ones, by name @param {Map<string, string>} masks new ones, by key
   * @param {{files: Set<string>, masks: Set<string>}} used all that the entry needs; the rest goes
   * @returns {Promise<void>}
   * @throws {Error} there is no room, even without the other sessions
   */
  async save(id, fields, files, masks, used) {
    try {
      await this.#put(id, fields, files, masks, used);
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "QuotaExceededError") throw error;
      // The oldest go first, and no more than must.
      const others = (await this.list()).filter((one) => one.id !== id);
      const oldest = others.at(-1);
      if (!oldest) throw error;
      await this.remove(oldest.id);
      return this.save(id, fields, files, masks, used);
    }
    await this.prune(id);
  }

  /** @type {Store["save"]} */
  async #put(id, fields, files, masks, used) {
    await this.#transact("readwrite", (stores) => {
      const [fileStore, maskStore] = PARTS.map(stores);
      for (const [name, blob] of files) fileStore.put(blob, [id, name]);
      for (const [key, counts] of masks) maskStore.put(counts, [id, key]);
      forget(fileStore, id, used.files);
      forget(maskStore, id, used.masks);
      stores(SESSIONS).put({ ...fields, id, saved: this.now() });
    });
  }

  /** A session under another name. @param {string} from @param {string} to */
  async move(from, to) {
    await this.#transact("readwrite", (stores) => {
      const request = stores(SESSIONS).get(from);
      request.onsuccess = () => {
        if (request.result) stores(SESSIONS).put({ ...request.result, id: to });
        stores(SESSIONS).delete(from);
      };
      for (const name of PARTS) {
        const store = stores(name);
        const walk = store.openCursor(range(from));
        walk.onsuccess = () => {
          const cursor = walk.result;
          if (!cursor) return;
          store.put(cursor.value, [to, /** @type {string[]} */ (cursor.key)[1]]);
          store.delete(cursor.primaryKey);
          cursor.continue();
        };
      }
    });
  }

  /** @param {string} id */
  async remove(id) {
    await this.#transact("readwrite", (stores) => {
      stores(SESSIONS).delete(id);
      for (const name of PARTS) stores(name).delete(range(id));
    });
  }

  /** Old sessions go, and those that are too much. @param {string} id that stays @param {typeof LIMITS} [limits] */
  async prune(id, limits = this.limits) {
    const all = await this.list();
    const order = [...all.filter((one) => one.id === id), ...all.filter((one) => one.id !== id)];
    let bytes = 0;
    for (const [place, one] of order.entries()) {
      bytes += one.bytes ?? 0;
      const stale = this.now() - one.saved > limits.ms;
      if (one.id !== id && (place >= limits.sessions || bytes > limits.bytes || stale)) await this.remove(one.id);
    }
  }
}

/** All keys of a session. @param {string} id */
const range = (id) => IDBKeyRange.bound([id], [id, []]);

/** @param {IDBObjectStore} store @param {string} id @param {Set<string>} used */
function forget(store, id, used) {
  const walk = store.openKeyCursor(range(id));
  walk.onsuccess = () => {
    const cursor = walk.result;
    if (!cursor) return;
    if (!used.has(/** @type {string[]} */ (cursor.key)[1])) store.delete(cursor.primaryKey);
    cursor.continue();
  };
}
