import assert from "node:assert/strict";
import { test } from "node:test";

import { History } from "../../../webapp/static/history.mjs";

const moment = (version) => ({ prompts: { points: [], box: null }, version });

test("back and forth over more than a hundred steps", () => {
  const history = new History();
  for (let version = 0; version < 150; version++) history.push(moment(version));
  let now = moment(150);
  for (let version = 149; version >= 0; version--) {
    now = history.undo(now);
    assert.equal(now.version, version);
  }
  assert.equal(history.undo(now), undefined);
  assert.ok(!history.canUndo && history.canRedo);
  for (let version = 1; version <= 150; version++) {
    now = history.redo(now);
    assert.equal(now.version, version);
  }
  assert.equal(history.redo(now), undefined);
});

test("a new step leaves nothing to redo", () => {
  const history = new History();
  history.push(moment(0));
  const now = history.undo(moment(1));
  history.push(now);
  assert.ok(!history.canRedo);
});

test("memory is bounded, and another image begins anew", () => {
  const history = new History();
  for (let version = 0; version < 1000; version++) history.push(moment(version));
  assert.ok(history.past.length < 300);
  assert.equal(history.undo(moment(1000)).version, 999);
  history.clear();
  assert.ok(!history.canUndo && !history.canRedo);
});
