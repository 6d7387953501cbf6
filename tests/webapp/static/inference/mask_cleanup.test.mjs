import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { obey, tidy } from "../../../../webapp/static/inference/mask_cleanup.mjs";

// Made by tests/webapp/test_static.py with sam.nano.postprocess, which the server runs.
const file = process.env.TIDY_CASES;
const cases = file ? JSON.parse(readFileSync(file, "utf8")) : [];

for (const [number, { side, logits, clicks, points, labels, expected }] of cases.entries())
  test(`case ${number} is what the server makes of it`, () => {
    const off = points.filter((_, i) => labels[i] !== 1);
    const mask = tidy(Float32Array.from(logits), side, side, clicks, off);
    obey(mask, side, side, points, labels);
    assert.deepEqual([...mask], [...Float32Array.from(expected)]);
  });

test("an empty mask stays as it is", () => {
  assert.deepEqual([...tidy(Float32Array.of(-1, -2, -3, -4), 2, 2, null)], [-1, -2, -3, -4]);
});

test("only what is connected with a click stays, and a pinhole is filled", () => {
  const side = 20;
  const mask = new Float32Array(side * side).fill(-2);
  for (let y = 2; y < 14; y++) for (let x = 2; x < 14; x++) mask[y * side + x] = 3;
  mask[5 * side + 5] = -1; // a pinhole
  mask[18 * side + 18] = 3; // an island
  tidy(mask, side, side, [[8, 8]]);
  assert.ok(mask[5 * side + 5] > 0);
  assert.ok(mask[18 * side + 18] < 0);
});

test("a click's own spot gets its label, and a hole that was clicked stays", () => {
  const side = 30;
  const mask = new Float32Array(side * side).fill(3);
  mask[5 * side + 5] = -1;
  tidy(mask, side, side, [[20, 20]], [[5.5, 5.5]]);
  assert.equal(mask[5 * side + 5], -1);
  obey(
    mask,
    side,
    side,
    [
      [20, 20],
      [12.2, 9.8],
    ],
    [1, 0],
  );
  assert.ok(mask[9 * side + 11] < 0 && mask[9 * side + 12] < 0);
  assert.equal(mask[20 * side + 20], 3);
  assert.equal(mask[29 * side + 29], 3);
});
