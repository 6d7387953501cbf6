import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { View } from "../../../../webapp/static/canvas/viewport.mjs";
import { Zooming } from "../../../../webapp/static/canvas/zooming.mjs";

let said, drawn, surface, studio, zooming;

beforeEach(() => {
  [said, drawn] = [[], 0];
  const view = new View();
  view.resize(400, 300);
  view.setImage(800, 600);
  surface = {
    view,
    peek: false,
    current: null,
    canvas: { dataset: {} },
    redraw: () => drawn++,
    viewChanged: () => drawn++,
  };
  studio = { session: { chosen: [] } };
  const status = { say: (text) => said.push(text), announce: (text) => said.push(text) };
  zooming = new Zooming(studio, surface, status);
});

test("the photo alone for as long as it is held, said once each", () => {
  zooming.peek(true);
  zooming.peek(true);
  assert.equal(surface.canvas.dataset.peek, "1");
  zooming.peek(false);
  assert.equal(surface.canvas.dataset.peek, "");
  assert.deepEqual(said, ["The photo alone.", "Masks and clicks are shown again."]);
  assert.equal(drawn, 2);
});

test("zooming keeps the middle of the stage where it is", () => {
  zooming.fit();
  const { view } = surface;
  const before = view.toImage(200, 150);
  zooming.zoom(2);
  const after = view.toImage(200, 150);
  assert.ok(Math.hypot(before.x - after.x, before.y - after.y) < 1e-6);
  zooming.zoom(0.5);
});

test("full size, and a second time the whole photo", () => {
  zooming.fit();
  const whole = surface.view.scale;
  zooming.actual();
  assert.ok(Math.abs(surface.view.scale - 1) < 1e-9);
  zooming.actual();
  assert.equal(surface.view.scale, whole);
});

test("to the selection: the mask in hand, else the objects that are ticked, else a sentence", () => {
  zooming.toSelection();
  assert.deepEqual(said, ["Nothing is selected yet: click an object."]);
  studio.session.chosen = [{ box: [100, 100, 140, 130] }, { box: [150, 110, 200, 160] }];
  zooming.fit();
  const whole = surface.view.scale;
  zooming.toSelection();
  const { view } = surface;
  assert.ok(view.scale > whole);
  const middle = view.toImage(200, 150);
  // The bars below leave less room there.
  assert.ok(Math.abs(middle.x - 150) < 3 && Math.abs(middle.y - 130) < 15, JSON.stringify(middle));
});
