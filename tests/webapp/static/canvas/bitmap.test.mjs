import assert from "node:assert/strict";
import { test } from "node:test";

import { MAX_SIDE, viewSize } from "../../../../webapp/static/canvas/bitmap.mjs";

for (const [width, height, expected] of [
  [640, 480, [640, 480]],
  [8000, 6000, [MAX_SIDE, 3072]],
  [1, 20000, [1, MAX_SIDE]],
  [4096, 4096, [4096, 4096]],
])
  test(`${width} x ${height} is drawn from ${expected.join(" x ")}`, () => {
    assert.deepEqual(Object.values(viewSize(width, height)), expected);
  });
