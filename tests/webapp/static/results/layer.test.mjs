import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Layer } from "../../../../webapp/static/results/layer.mjs";

let layer;

beforeEach(() => {
  layer = new Layer({ width: 100, height: 50 }, { width: 400, height: 300 });
});

test("it begins in the middle, at its own size, or smaller where it would not fit", () => {
  assert.deepEqual(layer.box, [150, 125, 250, 175]);
  const large = new Layer({ width: 1000, height: 1000 }, { width: 400, height: 300 });
  assert.deepEqual(large.box, [80, 30, 320, 270]);
});

test("a drag inside moves it, step by step from where it was", () => {
  layer.drag({ x: 200, y: 150 }, { x: 205, y: 150 }, false, 1);
  layer.drag({ x: 200, y: 150 }, { x: 190, y: 160 }, true, 1);
  assert.deepEqual(layer.box, [140, 135, 240, 185]);
  layer.drag({ x: 200, y: 150 }, { x: 201, y: 150 }, true, 1);
  assert.deepEqual(layer.box, [141, 135, 241, 185]);
});

test("a corner scales it, and the corner across stays", () => {
  layer.drag({ x: 250, y: 175 }, { x: 350, y: 225 }, true, 1);
  assert.deepEqual(layer.box, [150, 125, 350, 225]);
  layer.drag({ x: 150, y: 125 }, { x: 250, y: 175 }, true, 1);
  assert.deepEqual(layer.box, [250, 175, 350, 225]);
  // Zoomed out, the reach of a corner is that of the screen.
  assert.equal(layer.cornerAt({ x: 360, y: 225 }, 2), -1);
  assert.equal(layer.cornerAt({ x: 360, y: 225 }, 0.5), 2);
});

test("it is never too small to take hold of, nor far larger than the photo", () => {
  layer.drag({ x: 250, y: 175 }, { x: 0, y: 0 }, true, 1);
  assert.ok(layer.height >= 4);
  layer.resize(1000);
  assert.equal(layer.scale, layer.most);
});

test("the slider scales around the middle, arrow keys move", () => {
  layer.resize(2);
  assert.deepEqual(layer.box, [100, 100, 300, 200]);
  layer.move(3, -2);
  assert.deepEqual(layer.box, [103, 98, 303, 198]);
});
