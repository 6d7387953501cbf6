import assert from "node:assert/strict";
import { test } from "node:test";

import { recall, remember } from "../../../../webapp/static/server/local_storage.mjs";

test("what is kept comes back", () => {
  const kept = new Map();
  globalThis.localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  remember("a", "on");
  assert.equal(recall("a"), "on");
  assert.equal(recall("b"), null);
});

test("a browser that keeps nothing, or has no room, stops nobody", () => {
  const refuse = () => {
    throw new DOMException("denied", "SecurityError");
  };
  globalThis.localStorage = { getItem: refuse, setItem: refuse };
  remember("a", "on");
  assert.equal(recall("a"), null);
  Object.defineProperty(globalThis, "localStorage", { get: refuse, configurable: true });
  remember("a", "on");
  assert.equal(recall("a"), null);
});
