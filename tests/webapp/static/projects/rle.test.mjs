import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { cropOf, runs } from "../../../../webapp/static/projects/rle.mjs";

/** Packed by pycocotools. */
const CASES = process.env.RLE_CASES ? JSON.parse(readFileSync(process.env.RLE_CASES, "utf8")) : [];

test("pycocotools' masks, pixel for pixel", () => {
  for (const { counts, height, box, crop } of CASES) assert.deepEqual([...cropOf(counts, height, box)], crop);
  if (process.env.RLE_CASES) assert.ok(CASES.length > 5);
});

test("runs longer than a digit, and differences from the run before the last", () => {
  assert.deepEqual(runs("522000003"), [5, 2, 2, 2, 2, 2, 2, 2, 5]);
  assert.deepEqual(runs("P[2"), [2400]);
});
