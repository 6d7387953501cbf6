import assert from "node:assert/strict";
import { test } from "node:test";

import { View } from "../../../webapp/static/view.mjs";

function view(width = 800, height = 400) {
  const made = new View();
  made.resize(1000, 700);
  made.setImage(width, height);
  return made;
}
const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-6, `${one} is not ${other}`);

for (const [x, y] of [[0, 0], [800, 400], [123.5, 77.25]])
  test(`(${x}, ${y}) of the image goes to the stage and back`, () => {
    const made = view();
    made.zoomAt(300, 200, 3);
    const there = made.toStage(x, y);
    const back = made.toImage(there.x, there.y);
    near(back.x, x);
    near(back.y, y);
  });

test("a zoom keeps what is under the pointer there", () => {
  const made = view();
  const before = made.toImage(420, 310);
  made.zoomAt(420, 310, 4);
  const after = made.toImage(420, 310);
  near(after.x, before.x);
  near(after.y, before.y);
  assert.equal(made.fitted, false);
});

test("an untouched view fits again when the window is resized; a zoomed one keeps its scale", () => {
  const made = view();
  const { scale } = made;
  made.resize(500, 700);
  assert.ok(made.scale < scale);
  made.zoomAt(250, 300, 5);
  const zoomed = made.scale;
  made.resize(900, 700);
  near(made.scale, zoomed);
});

test("the whole image is on the stage when it fits", () => {
  for (const size of [[800, 400], [400, 800], [8000, 6000]]) {
    const made = view(...size);
    const low = made.toStage(0, 0);
    const high = made.toStage(...size);
    assert.ok(low.x >= 0 && low.y >= 0 && high.x <= 1000 && high.y <= 700, String(size));
  }
});
