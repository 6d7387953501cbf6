import assert from "node:assert/strict";
import { test } from "node:test";

import { alongStroke, bounds, deepest, encloses, thinned } from "../../../../webapp/static/prompts/strokes.mjs";

const SQUARE = [
  [0, 0],
  [100, 0],
  [100, 100],
  [0, 100],
];
/** A horseshoe, whose centroid lies outside of it. */
const HORSESHOE = [
  [0, 0],
  [100, 0],
  [100, 100],
  [80, 100],
  [80, 20],
  [20, 20],
  [20, 100],
  [0, 100],
];

test("points of a scribble lie on it, at equal distances", () => {
  const points = alongStroke(
    [
      [0, 0],
      [100, 0],
      [100, 100],
    ],
    1,
  );
  assert.equal(points.length, 4);
  assert.deepEqual(points, [
    [25, 0],
    [75, 0],
    [100, 25],
    [100, 75],
  ]);
});

for (const [path, scale, count] of [
  [[[5, 5]], 1, 1],
  [
    [
      [0, 0],
      [10, 0],
    ],
    1,
    1,
  ],
  [
    [
      [0, 0],
      [100, 0],
    ],
    1,
    2,
  ],
  [
    [
      [0, 0],
      [10, 0],
    ],
    10,
    2,
  ],
  [
    [
      [0, 0],
      [9999, 0],
    ],
    1,
    4,
  ],
])
  test(`a scribble of ${path.length} places at zoom ${scale} gives ${count} points`, () => {
    const points = alongStroke(path, scale);
    assert.equal(points.length, count);
    assert.ok(points.flat().every(Number.isFinite));
  });

test("a scribble that stands still gives a point there", () => {
  assert.deepEqual(
    alongStroke(
      [
        [7, 8],
        [7, 8],
        [7, 8],
      ],
      1,
    ),
    [[7, 8]],
  );
});

test("an outline's box", () => {
  assert.deepEqual(bounds(HORSESHOE), [0, 0, 100, 100]);
});

test("inside and outside", () => {
  assert.ok(encloses(SQUARE, 50, 50));
  assert.ok(!encloses(SQUARE, 150, 50));
  assert.ok(encloses(HORSESHOE, 10, 60));
  assert.ok(!encloses(HORSESHOE, 50, 60));
});

test("the deepest point lies inside, even where the middle does not", () => {
  const [x, y] = deepest(SQUARE);
  assert.ok(Math.hypot(x - 50, y - 50) < 5);
  assert.ok(encloses(HORSESHOE, ...deepest(HORSESHOE)));
});

test("an outline that encloses nothing has no deepest point", () => {
  assert.equal(
    deepest([
      [0, 0],
      [10, 10],
    ]),
    null,
  );
  assert.equal(deepest([[3, 3]]), null);
});

test("a long path is thinned and keeps its ends", () => {
  const path = Array.from({ length: 5000 }, (_, i) => [i, 0]);
  const few = thinned(path, 100);
  assert.equal(few.length, 100);
  assert.deepEqual(
    [few[0], few[99]],
    [
      [0, 0],
      [4999, 0],
    ],
  );
  assert.equal(thinned(SQUARE, 100), SQUARE);
});
