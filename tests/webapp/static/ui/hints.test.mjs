import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { install } from "../fake_dom.mjs";

install();
const stored = new Map();
globalThis.localStorage = {
  getItem: (key) => stored.get(key) ?? null,
  setItem: (key, value) => stored.set(key, value),
};
const { Hints, STEPS } = await import("../../../../webapp/static/ui/hints.mjs");

const now = (more) => ({ picture: true, mask: false, objects: 0, other: false, ...more });
const shown = (hints) => (hints.node.hidden ? "" : hints.node.textContent);

beforeEach(() => stored.clear());

test("one after the other, as they are followed, and not again", () => {
  const hints = new Hints();
  hints.update(now({ picture: false }));
  assert.equal(shown(hints), "");
  hints.update(now());
  assert.equal(shown(hints), "Click an object");
  hints.update(now({ mask: true }));
  assert.equal(shown(hints), STEPS[1].text);
  hints.update(now({ mask: true, other: true }));
  assert.equal(shown(hints), "", "something else is under way");
  hints.update(now({ objects: 1 }));
  assert.equal(shown(hints), STEPS[2].text);
  assert.equal(new Hints().step, 2, "what was followed is remembered");
  hints.update(now({ objects: 1, mask: true }));
  hints.update(now({ objects: 1 }));
  assert.equal(shown(hints), "");
  assert.equal(new Hints().step, STEPS.length);
});

test("who has kept objects already is not told how to begin", () => {
  const hints = new Hints();
  hints.update(now({ objects: 4, mask: true }));
  assert.equal(shown(hints), "");
  hints.update(now({ objects: 4 }));
  assert.equal(shown(hints), STEPS[2].text);
});

test("what else was stored there is no step", () => {
  for (const text of ["x", "99", ""]) {
    stored.set("sam-studio-hints", text);
    new Hints().update(now());
  }
});
