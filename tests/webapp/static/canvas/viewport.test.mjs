import assert from "node:assert/strict";
import { test } from "node:test";

import { around, View } from "../../../../webapp/static/canvas/viewport.mjs";

function view(width = 800, height = 400) {
  const made = new View();
  made.resize(1000, 700);
  made.setImage(width, height);
  return made;
}
const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-6, `${one} is not ${other}`);

for (const [x, y] of [
  [0, 0],
  [800, 400],
  [123.5, 77.25],
])
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
  for (const size of [
    [800, 400],
    [400, 800],
    [8000, 6000],
  ]) {
    const made = view(...size);
    const low = made.toStage(0, 0);
    const high = made.toStage(...size);
    assert.ok(low.x >= 0 && low.y >= 0 && high.x <= 1000 && high.y <= 700, String(size));
  }
});

function large() {
  const one = new View();
  one.resize(1000, 800);
  one.setImage(4000, 3000);
  return one;
}

test("a rectangle of the image is shown whole, as large as it goes, in the middle of the free stage", () => {
  for (const rect of [
    { x0: 100, y0: 200, x1: 500, y1: 400 },
    { x0: 3900, y0: 2800, x1: 4000, y1: 3000 },
    { x0: -50, y0: -50, x1: 9000, y1: 9000 },
  ]) {
    const one = large();
    one.show(rect);
    const clip = {
      x0: Math.max(0, rect.x0),
      y0: Math.max(0, rect.y0),
      x1: Math.min(4000, rect.x1),
      y1: Math.min(3000, rect.y1),
    };
    const from = one.toStage(clip.x0, clip.y0),
      to = one.toStage(clip.x1, clip.y1);
    const { x, top, bottom } = one.margin;
    assert.ok(from.x >= x - 1e-6 && from.y >= top - 1e-6 && to.x <= 1000 - x + 1e-6 && to.y <= 800 - bottom + 1e-6);
    assert.ok(Math.abs(to.x - from.x - (1000 - 2 * x)) < 1e-6 || Math.abs(to.y - from.y - (800 - top - bottom)) < 1e-6);
    assert.ok(Math.abs(from.x + to.x - 1000) < 1e-6);
    assert.equal(one.fitted, false);
  }
});

test("a single pixel is not zoomed beyond the largest scale", () => {
  const one = large();
  one.show({ x0: 10, y0: 10, x1: 10, y1: 10 });
  assert.equal(one.scale, 64);
});

test("zooming keeps the point under the pointer; a resize keeps the middle", () => {
  const one = large();
  const before = one.toImage(300, 200);
  one.zoomAt(300, 200, 3);
  const after = one.toImage(300, 200);
  assert.ok(Math.hypot(after.x - before.x, after.y - before.y) < 1e-6);
  const middle = one.toImage(500, 400);
  one.resize(400, 900);
  const now = one.toImage(200, 450);
  assert.ok(Math.hypot(now.x - middle.x, now.y - middle.y) < 1e-6);
});

test("the smallest rectangle around several", () => {
  assert.equal(around([]), null);
  assert.deepEqual(
    around([
      { x0: 1, y0: 2, x1: 3, y1: 4 },
      { x0: 0, y0: 3, x1: 2, y1: 9 },
    ]),
    { x0: 0, y0: 2, x1: 3, y1: 9 },
  );
});
