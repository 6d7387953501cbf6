import assert from "node:assert/strict";
import { test } from "node:test";

import { Magnet, strongest } from "../../../../webapp/static/outlines/magnet.mjs";

/** Dark to the left of a column, light from it on. */
const step = (size, edge, light = 200) => Array.from({ length: size * size }, (_, i) => (i % size < edge ? 20 : light));

test("the steepest place nearby, the nearer of equals", () => {
  const [x, y] = strongest(step(11, 7), 11, 5.5, 5.5, 4);
  assert.ok(Math.abs(x - 7) <= 0.5);
  assert.equal(y, 5.5);
});

test("no edge, a faint one, or one too far away is none", () => {
  assert.equal(strongest(step(11, 0), 11, 5.5, 5.5, 4), null);
  assert.equal(strongest(step(11, 7, 30), 11, 5.5, 5.5, 4), null);
  assert.equal(strongest(step(21, 19), 21, 5.5, 5.5, 4), null);
});

test("outside of the photo is no edge", () => {
  const grey = step(11, 7).map((value, i) => (i % 11 < 3 ? Number.NaN : value));
  assert.ok(strongest(grey, 11, 4.5, 5.5, 4)[0] > 6);
});

test("without a picture a place stays where it is", () => {
  const magnet = new Magnet({ bitmap: null, view: { image: { width: 10 } } });
  assert.deepEqual(magnet.snap([3, 4], 2), [3, 4]);
});
