import assert from "node:assert/strict";
import { test } from "node:test";

import { Prompts, toJSON } from "../../../webapp/static/prompts.mjs";

const click = (x, y, label = 1) => ({ points: [{ x, y, label }], box: null });
const BASE = { object: "a", mask: "key", points: [[5, 6]] };

test("clicks on an object come with those that stand for it", () => {
  const steps = [];
  const prompts = new Prompts((before) => steps.push(before));
  prompts.refine(BASE);
  assert.ok(prompts.empty, "nothing was clicked yet");
  prompts.add(click(1, 2, 0));
  assert.deepEqual(prompts.toJSON(), { points: [[5, 6], [1, 2]], labels: [1, 0], box: null, base: { object: "a", mask: "key" } });
  prompts.add({ points: [], box: [0, 0, 4, 4] });
  assert.deepEqual(prompts.toJSON().base, { object: "a", mask: "key" });
  prompts.clear();
  assert.deepEqual(prompts.toJSON(), { points: [], labels: [], box: null });
  assert.equal(steps.length, 4);
  assert.ok(steps.every((before) => before !== null), "each can be undone");
});

test("leaving an object without a click is a step, too", () => {
  const prompts = new Prompts(() => {});
  prompts.refine(BASE);
  prompts.clear();
  assert.equal(prompts.state.base, undefined);
});

test("without an object nothing is added", () => assert.deepEqual(toJSON(click(1, 2)), { points: [[1, 2]], labels: [1], box: null }));
