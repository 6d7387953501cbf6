import assert from "node:assert/strict";
import { test } from "node:test";

import { cursorOf, gripAt, handlesOf, moved, WHOLE } from "../../../../webapp/static/prompts/box_grip.mjs";

const BOX = [20, 10, 80, 50];
const IMAGE = { width: 100, height: 60 };

test("edges and corners are taken from both sides, the middle and what is far are not", () => {
  const cases = [
    [20, 10, -1, -1],
    [17, 8, -1, -1],
    [80, 50, 1, 1],
    [82, 11, 1, -1],
    [22, 48, -1, 1],
    [50, 12, 0, -1],
    [50, 53, 0, 1],
    [18, 30, -1, 0],
    [79, 30, 1, 0],
  ];
  for (const [x, y, across, down] of cases)
    assert.deepEqual(gripAt(BOX, x, y, 4), { x: across, y: down }, `${x}, ${y}`);
  for (const [x, y] of [
    [50, 30],
    [15, 30],
    [50, 55],
    [85, 55],
    [0, 0],
  ])
    assert.equal(gripAt(BOX, x, y, 4), null, `${x}, ${y}`);
  // A finger's reach would cover all of a small box: its middle stays to be clicked.
  assert.equal(gripAt([0, 0, 20, 20], 10, 10, 18), null);
  assert.deepEqual(gripAt([0, 0, 20, 20], 4, 10, 18), { x: -1, y: 0 });
});

test("what is moved stays in the picture, is turned over, and never vanishes", () => {
  const cases = [
    [{ x: -1, y: 0 }, 5, 9, [25, 10, 80, 50]],
    [{ x: 1, y: 1 }, 40, 40, [20, 10, 100, 60]],
    [{ x: -1, y: -1 }, -40, -40, [0, 0, 80, 50]],
    [{ x: -1, y: 0 }, 75, 0, [80, 10, 95, 50]],
    [{ x: 0, y: 1 }, 0, -45, [20, 5, 80, 10]],
    [{ x: 1, y: 0 }, -60, 0, [20, 10, 21, 50]],
    [{ x: -1, y: 0 }, 60, 0, [79, 10, 80, 50]],
    [WHOLE, 10, -4, [30, 6, 90, 46]],
    [WHOLE, 50, 50, [40, 20, 100, 60]],
  ];
  for (const [grip, dx, dy, expected] of cases) assert.deepEqual(moved(BOX, grip, dx, dy, IMAGE), expected);
  // Keys say which corner they move, so that it has to stay that corner.
  assert.deepEqual(moved(BOX, { x: -1, y: -1 }, 90, 90, IMAGE, false), [79, 49, 80, 50]);
  assert.deepEqual(moved(BOX, { x: 1, y: 1 }, -90, 3, IMAGE, false), [20, 10, 21, 53]);
  assert.deepEqual(BOX, [20, 10, 80, 50], "never in place");
  assert.deepEqual(moved([0, 0, 100, 60], { x: -1, y: 1 }, 100, -60, IMAGE), [99, 0, 100, 1]);
});

test("cursors say where it goes", () => {
  const cursors = [
    [null, ""],
    [{ x: 0, y: 1 }, "ns-resize"],
    [{ x: -1, y: 0 }, "ew-resize"],
    [{ x: 1, y: 1 }, "nwse-resize"],
    [{ x: 1, y: -1 }, "nesw-resize"],
    [WHOLE, "move"],
  ];
  for (const [grip, name] of cursors) assert.equal(cursorOf(grip), name);
});

test("short sides have no handle in their middle", () => {
  assert.deepEqual([handlesOf(BOX, 30).length, handlesOf(BOX, 50).length, handlesOf(BOX, 90).length], [8, 6, 4]);
  assert.deepEqual(handlesOf(BOX, 90), [
    [20, 10],
    [80, 10],
    [80, 50],
    [20, 50],
  ]);
});
