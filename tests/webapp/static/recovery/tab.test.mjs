import assert from "node:assert/strict";
import { test } from "node:test";

import { claimTab, note, openTabs } from "../../../../webapp/static/recovery/tab.mjs";

const KEY = "sam-studio-tab";

/** A browser's locks, which all its windows share. */
function makeLocks() {
  const held = new Map();
  return {
    query: async () => ({ held: [...held.keys()].map((name) => ({ name })) }),
    async request(name, { signal }, run) {
      if (held.has(name)) {
        const awake = setInterval(() => {}, 1000); // node does not wait for the signal
        await new Promise((resolve, reject) => {
          held.get(name).push(resolve);
          signal.addEventListener("abort", () => reject(signal.reason));
        }).finally(() => clearInterval(awake));
      }
      held.set(name, []);
      await run();
    },
    free(name) {
      const [next] = held.get(name);
      held.delete(name);
      next?.();
    },
  };
}

function view(locks, stored = new Map(), more = {}) {
  return {
    crypto: globalThis.crypto,
    navigator: { locks },
    sessionStorage: { getItem: (key) => stored.get(key) ?? null, setItem: (key, value) => stored.set(key, value) },
    stored,
    ...more,
  };
}

test("a page that is loaded again has the same name, once the page before has ended", async () => {
  const locks = makeLocks();
  const one = view(locks);
  const { id, from } = await claimTab(one);
  assert.match(id, /^[a-z0-9]{12}$/);
  assert.equal(from, null);
  note(one, id, { picture: "p" });
  setTimeout(() => locks.free(`${KEY}:${id}`), 50);
  assert.deepEqual(await claimTab(view(locks, one.stored)), { id, from: id, page: { picture: "p" } });
});

test("a tab that was duplicated gets a name of its own, and the other's work to begin with", async () => {
  const locks = makeLocks();
  const one = view(locks);
  const { id } = await claimTab(one);
  note(one, id, { picture: "p" });
  const copy = view(locks, new Map(one.stored));
  const found = await claimTab(copy);
  assert.notEqual(found.id, id);
  assert.deepEqual([found.from, found.page], [id, null]);
  assert.deepEqual(await openTabs(one), new Set([id, found.id]));
});

test("where there are no locks, tabs ask each other", async () => {
  const rooms = new Set();
  class BroadcastChannel {
    constructor() {
      rooms.add(this);
    }
    postMessage(data) {
      for (const room of rooms) if (room !== this) queueMicrotask(() => room.onmessage?.({ data }));
    }
    close() {
      rooms.delete(this);
    }
  }
  const one = view(undefined, new Map(), { BroadcastChannel });
  const { id } = await claimTab(one);
  const copy = await claimTab(view(undefined, new Map(one.stored), { BroadcastChannel }));
  assert.notEqual(copy.id, id);
  assert.equal(copy.from, id);
  rooms.clear(); // both are closed
  assert.equal((await claimTab(view(undefined, one.stored, { BroadcastChannel }))).id, id);
  assert.equal(await openTabs(one), null);
});

test("a browser that keeps nothing, or something else, begins anew", async () => {
  const broken = view(makeLocks());
  broken.sessionStorage = {
    getItem() {
      throw new Error("refused");
    },
    setItem() {
      throw new Error("refused");
    },
  };
  assert.equal((await claimTab(broken)).from, null);
  for (const text of ["{", "3", '{"id": 3}', "null"])
    assert.equal((await claimTab(view(makeLocks(), new Map([[KEY, text]])))).from, null);
});
