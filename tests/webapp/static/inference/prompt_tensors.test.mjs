import assert from "node:assert/strict";
import { test } from "node:test";

import { feeds, order, pointCells, turns, wantsMany } from "../../../../webapp/static/inference/prompt_tensors.mjs";

const GEOMETRY = { size_hw: [300, 600], input_hw: [256, 512], input_size: 512 };
const RULES = { slots: 0, tidy: false, pad_box: false, least: 0 };
const click = (x, y, label = 1) => ({ points: [[x, y]], labels: [label], box: null });

test("points are scaled to the model's input and padded with empty places", () => {
  const { coords, labels, count } = feeds(click(300, 150), GEOMETRY, { ...RULES, slots: 6 });
  assert.equal(count, 6);
  assert.deepEqual([...coords.slice(0, 2)], [256, 128]);
  assert.deepEqual([...labels], [1, -1, -1, -1, -1, -1]);
});

test("a box is two places with labels of their own, after the points", () => {
  const { coords, labels } = feeds({ points: [[0, 0]], labels: [0], box: [60, 30, 600, 300] }, GEOMETRY, {
    ...RULES,
    slots: 6,
  });
  assert.deepEqual([...labels.slice(0, 3)], [0, 2, 3]);
  assert.ok(Math.abs(coords[2] - 51.2) < 1e-4);
  assert.deepEqual([...coords.slice(4, 6)], [512, 256]);
});

for (const [points, box, rules, expected] of /** @type {[number, number[] | null, object, number][]} */ ([
  [1, null, { slots: 1 }, 1],
  [0, null, { slots: 1 }, 1],
  [2, [0, 0, 1, 1], { slots: 1 }, 4],
  [6, null, { slots: 6 }, 6],
  [7, null, { slots: 6 }, 12],
  [5, [0, 0, 1, 1], { slots: 6 }, 12],
  [1, null, {}, 2],
  [0, [0, 0, 1, 1], {}, 2],
  [1, null, { pad_box: true }, 2],
  [0, [0, 0, 1, 1], { pad_box: true }, 3],
  [2, [0, 0, 1, 1], { pad_box: true }, 5],
  [1, null, { least: 6 }, 6],
  [6, null, { least: 6 }, 6],
  [5, [0, 0, 1, 1], { least: 6 }, 7],
]))
  test(`${points} points ${box ? "and a box" : ""} take ${expected} places by ${JSON.stringify(rules)}`, () => {
    const prompts = { points: Array.from({ length: points }, () => [1, 1]), labels: Array(points).fill(1), box };
    const { count, labels } = feeds(prompts, GEOMETRY, { ...RULES, ...rules });
    assert.equal(count, expected);
    assert.equal(labels.filter((label) => label === -1).length, expected - points - (box ? 2 : 0));
  });

test("clicks are taken in turn, at most eight turns, after the box where there is one", () => {
  const many = { points: Array.from({ length: 10 }, (_, i) => [i, i]), labels: Array(10).fill(1), box: null };
  assert.deepEqual(
    turns(many).map((turn) => turn.points.length),
    [3, 4, 5, 6, 7, 8, 9, 10],
  );
  assert.deepEqual(
    turns(click(1, 1)).map((turn) => turn.points.length),
    [1],
  );
  assert.deepEqual(
    turns({ ...click(1, 1), box: [0, 0, 2, 2] }).map((turn) => turn.points.length),
    [0, 1],
  );
  assert.deepEqual(turns({ points: [], labels: [], box: [0, 0, 2, 2] }).length, 1);
});

test("three masks for one click alone, best first; one mask otherwise", () => {
  assert.ok(wantsMany(click(1, 1)));
  assert.ok(!wantsMany({ ...click(1, 1), box: [0, 0, 2, 2] }));
  assert.ok(
    !wantsMany({
      points: [
        [1, 1],
        [2, 2],
      ],
      labels: [1, 0],
      box: null,
    }),
  );
  assert.deepEqual(order([0.9, 0.2, 0.8, 0.5], true), [2, 3, 1]);
  assert.deepEqual(order([0.9, 0.5, 0.5, 0.5], true), [1, 2, 3], "equals stay in their order");
  assert.deepEqual(order([0.1, 0.2, 0.8, 0.5], false), [0]);
});

test("points in cells of the masks", () => {
  const prompts = {
    points: [
      [300, 150],
      [75, 0],
    ],
    labels: [1, 0],
    box: null,
  };
  assert.deepEqual(pointCells(prompts, GEOMETRY, 256), [
    [128, 64],
    [32, 0],
  ]);
  assert.deepEqual(pointCells({ points: [], labels: [], box: [0, 0, 1, 1] }, GEOMETRY, 256), []);
});

test("the mask of an object is the answer before all clicks: they are given at once", () => {
  const prompts = {
    points: [
      [1, 1],
      [2, 2],
      [3, 3],
    ],
    labels: [1, 1, 0],
    box: null,
    base: { object: "a", mask: "m" },
  };
  assert.deepEqual(turns(prompts), [prompts]);
  assert.equal(wantsMany({ points: [[1, 1]], labels: [1], box: null }, true), false);
});
