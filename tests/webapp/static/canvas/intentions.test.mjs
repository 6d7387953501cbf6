import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { intentions } from "../../../../webapp/static/canvas/intentions.mjs";
import { View } from "../../../../webapp/static/canvas/viewport.mjs";

let calls, on, parts, selected, under;

const note =
  (name) =>
  (...args) =>
    calls.push([name, ...args]);

beforeEach(() => {
  [calls, selected, under] = [[], new Set(), { id: "cup" }];
  const view = new View();
  view.resize(400, 300);
  view.setImage(200, 150);
  const session = { picture: { id: "p" }, selected, select: note("select") };
  const choices = { place: 1 };
  parts = {
    results: { open: null, click: note("take"), drag: note("wipe"), hover: note("light") },
    studio: {
      session,
      mask: { choices, choose: note("choose") },
      scene: { objectAt: () => under },
      objects: { refine: note("refine") },
    },
    surface: { view, cursor: "old", viewChanged: note("viewChanged"), showBrush: note("showBrush") },
    tools: {
      target: null,
      tool: "box",
      radius: 9,
      adjusting: { hover: () => false },
      point: note("point"),
      drag: note("drag"),
      cancel: note("cancel"),
      resize: note("resize"),
    },
    outlines: {
      edited: null,
      click: note("outline.click"),
      drag: note("outline.drag"),
      hover: note("outline.hover"),
      cancel: () => false,
    },
    hover: { move: note("hover"), leave: note("leave"), hide: note("hide") },
    status: { say: note("say") },
  };
  on = intentions(parts);
});

const at = (x, y) => parts.surface.view.toStage(x, y);

test("a click on the photo is a point of it; one beside it is none", () => {
  const { x, y } = at(50, 30);
  on.point(x, y, 1);
  assert.equal(calls[0][0], "point");
  assert.ok(Math.abs(calls[0][1] - 50) < 1e-6 && Math.abs(calls[0][2] - 30) < 1e-6);
  assert.equal(parts.surface.cursor, null);
  calls.length = 0;
  on.point(1, 1, 1);
  assert.deepEqual(calls, []);
});

test("while an outline is edited the pointer is its own", () => {
  parts.outlines.edited = { id: "cup" };
  const { x, y } = at(50, 30);
  on.point(x, y, 0, "touch");
  on.pick(x, y);
  on.drag(x, y, x + 5, y, true, 1, "touch");
  on.hover(x, y, 1);
  assert.equal(on.double(x, y), false);
  const names = ["outline.click", "outline.click", "outline.drag", "outline.hover"];
  assert.deepEqual(
    calls.map(([name]) => name),
    names,
  );
  assert.deepEqual(calls[0].slice(2), [0, "touch"]);
});

test("picking ticks the object that is there, and unticks it", () => {
  on.pick(0, 0);
  selected.add("cup");
  on.pick(0, 0);
  under = null;
  on.pick(0, 0);
  assert.deepEqual(calls, [
    ["select", "cup", true],
    ["select", "cup", false],
    ["say", "There is no kept object here."],
  ]);
});

test("a double click refines what it hits, but not while a mask is being drawn", () => {
  assert.equal(on.double(0, 0), true);
  parts.tools.target = { id: "jar" };
  assert.equal(on.double(0, 0), false);
  assert.deepEqual(calls, [["refine", "cup"]]);
});

test("a drag ends at the photo's edge", () => {
  const from = at(20, 20);
  on.drag(from.x, from.y, 9999, 9999, true, 1, "mouse");
  const [, start, end] = calls[0];
  assert.ok(Math.abs(start[0] - 20) < 1e-6);
  assert.deepEqual(end, [200, 150]);
  on.dragCancelled();
  assert.deepEqual(calls[1], ["cancel"]);
});

test("zoom and pan redraw", () => {
  const { scale, x } = parts.surface.view;
  on.zoom(200, 150, 2);
  assert.equal(parts.surface.view.scale, 2 * scale);
  on.pan(-30, 0);
  assert.notEqual(parts.surface.view.x, x);
  assert.equal(calls.filter(([name]) => name === "viewChanged").length, 2);
});

test("the pointer shows a click's mask, a brush, or a box's edge, never two of them", () => {
  on.hover(5, 6, 1);
  parts.tools.adjusting.hover = () => true;
  on.hover(5, 6, 1);
  parts.tools.target = { id: "jar" };
  on.hover(5, 6, 1);
  on.leave();
  assert.deepEqual(calls, [
    ["hover", 5, 6, 1],
    ["leave"],
    ["showBrush", { x: 5, y: 6, radius: 9 }],
    ["showBrush", null],
    ["leave"],
  ]);
});

test("Alt and the wheel choose a mask, or the brush's size where one is in hand", () => {
  on.dial(1);
  on.dial(-1);
  parts.tools.target = { id: "jar" };
  on.dial(1);
  on.dial(-1);
  assert.deepEqual(calls, [
    ["choose", 2],
    ["choose", 0],
    ["resize", 1.2],
    ["resize", 1 / 1.2],
  ]);
});

test("nothing is meant without a photo", () => {
  assert.equal(on.active(), true);
  parts.studio.session.picture = null;
  assert.equal(on.active(), false);
});

test("while something that a tool has made is looked at, the pointer means that", () => {
  parts.results.open = {};
  const { x, y } = at(50, 30);
  on.point(x, y, 1);
  on.pick(x, y);
  on.drag(x, y, x + 5, y, false, 1, "mouse");
  on.hover(x, y, 1);
  assert.equal(on.double(x, y), false);
  assert.deepEqual(
    calls.map(([name]) => name),
    ["take", "take", "wipe", "light"],
  );
  assert.deepEqual([calls[0][3], calls[1][3]], [false, true], "with Shift it is marked");
});
