import assert from "node:assert/strict";
import { test } from "node:test";

import { covers, fieldOfMask, sample } from "../../../../webapp/static/canvas/overlay.mjs";

// The right half of a box that lies at 10, 20 and is 8 x 4 pixels large, kept at half its size.
const field = fieldOfMask(Uint8Array.from([0, 0, 255, 255, 0, 0, 255, 255]), 4, 2, [10, 20, 18, 24]);

for (const [x, y, inside] of [
  [15, 21, true],
  [17.5, 23.5, true],
  [11, 21, false],
  [15, 19, false],
  [19, 22, false],
  [15, 25, false],
])
  test(`${x}, ${y} is ${inside ? "inside" : "outside"}`, () => assert.equal(covers(field, x, y), inside));

test("samples between rows and columns; beyond its box a mask counts nothing", () => {
  const rows = fieldOfMask(Uint8Array.from([0, 0, 200, 200]), 2, 2, [0, 0, 2, 2]);
  const column = [...sample(rows, { x0: 0.5, x1: 1.5, y0: -1, y1: 3 }, 1, 8)].map((value) => value + 127.5);
  assert.deepEqual(column, [0, 0, 0, 50, 150, 150, 50, 0]);
});
