import assert from "node:assert/strict";
import { test } from "node:test";

import { History } from "../../../../webapp/static/session/history.mjs";

const moment = (version, picture = "a") => ({ picture, prompts: { points: [], box: null }, version });

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

test("a photo that a tool has changed is a step like any other", () => {
  const history = new History();
  history.push(moment(0));
  history.push(moment(1)); // then the tool
  history.push(moment(0, "b"));
  let now = history.undo(moment(1, "b"));
  assert.deepEqual([now.picture, now.version], ["b", 0]);
  now = history.undo(now);
  assert.deepEqual([now.picture, now.version], ["a", 1]);
  assert.equal(history.undo(now).version, 0);
});

test("one press goes back over everything that was done since the tool, and redo through it again", () => {
  const history = new History();
  history.push(moment(0));
  history.push(moment(1));
  history.push(moment(0, "b"));
  assert.ok(history.has("a") && history.has("b") && !history.has("c"));
  let now = history.rewind(moment(1, "b"), "a");
  assert.deepEqual([now.picture, now.version], ["a", 1]);
  const seen = [];
  while (history.canRedo) {
    now = history.redo(now);
    seen.push(now);
  }
  assert.deepEqual(
    seen.map((one) => one.picture + one.version),
    ["b0", "b1"],
  );
});

test("a step that fails is as if it had not been tried", () => {
  const history = new History();
  history.push(moment(0));
  const putBack = history.hold();
  history.undo(moment(0, "b"));
  putBack();
  assert.deepEqual(history.past, [moment(0)]);
  assert.ok(!history.canRedo);
});

test("a photo that got another id keeps its steps", () => {
  const history = new History();
  history.push(moment(0, "here-1"));
  history.push(moment(1, "here-1"));
  const now = history.undo(moment(2, "here-1"));
  history.rename("here-1", "x");
  assert.equal(history.undo({ ...now, picture: "x" }).picture, "x");
  assert.equal(history.redo(moment(0, "x")).picture, "x");
});
