import assert from "node:assert/strict";
import { test } from "node:test";

import { EMPTY, Prompts } from "../../../webapp/static/prompts.mjs";

function prompts() {
  const steps = [];
  const made = new Prompts((before) => steps.push(before));
  return { made, steps };
}

test("a box that a tab suggests takes the place of all before, and its name stays through corrections", () => {
  const { made, steps } = prompts();
  made.add({ points: [{ x: 1, y: 2, label: 1 }], box: null });
  made.replace({ points: [], box: [1, 2, 3, 4], name: "window" });
  assert.deepEqual(made.state, { points: [], box: [1, 2, 3, 4], name: "window" });
  made.add({ points: [{ x: 5, y: 6, label: 0 }], box: null });
  made.add({ points: [], box: [2, 2, 6, 6] });
  assert.deepEqual(made.state, { points: [{ x: 5, y: 6, label: 0 }], box: [2, 2, 6, 6], name: "window" });
  assert.equal(steps.length, 4);
  assert.deepEqual(steps[1].points, [{ x: 1, y: 2, label: 1 }], "undo brings back what was there");
});

test("the next object has no name of the one before", () => {
  const { made } = prompts();
  made.replace({ points: [], box: [1, 2, 3, 4], name: "window" });
  made.show();
  assert.equal(made.state, EMPTY);
  made.add({ points: [{ x: 1, y: 2, label: 1 }], box: null });
  assert.equal(made.state.name, undefined);
  assert.deepEqual(made.toJSON(), { points: [[1, 2]], labels: [1], box: null });
});
