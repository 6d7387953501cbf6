import assert from "node:assert/strict";
import { test } from "node:test";

import { EMPTY, Prompts, toJSON } from "../../../../webapp/static/prompts/prompts.mjs";

const click = (x, y, label = 1) => ({ points: [{ x, y, label }], box: null });
const BASE = { object: "a", mask: "key", points: [[5, 6]] };

test("clicks on an object come with those that stand for it", () => {
  const steps = [];
  const prompts = new Prompts((before) => steps.push(before));
  prompts.refine(BASE);
  assert.ok(prompts.empty, "nothing was clicked yet");
  prompts.add(click(1, 2, 0));
  assert.deepEqual(prompts.toJSON(), {
    points: [
      [5, 6],
      [1, 2],
    ],
    labels: [1, 0],
    box: null,
    base: { object: "a", mask: "key" },
  });
  prompts.add({ points: [], box: [0, 0, 4, 4] });
  assert.deepEqual(prompts.toJSON().base, { object: "a", mask: "key" });
  prompts.clear();
  assert.deepEqual(prompts.toJSON(), { points: [], labels: [], box: null });
  assert.equal(steps.length, 4);
  assert.ok(
    steps.every((before) => before !== null),
    "each can be undone",
  );
});

test("leaving an object without a click is a step, too", () => {
  const prompts = new Prompts(() => {});
  prompts.refine(BASE);
  prompts.clear();
  assert.equal(prompts.state.base, undefined);
});

test("without an object nothing is added", () =>
  assert.deepEqual(toJSON(click(1, 2)), { points: [[1, 2]], labels: [1], box: null }));

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
