import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { View } from "../../../../webapp/static/canvas/viewport.mjs";
import { Tools } from "../../../../webapp/static/prompts/tools.mjs";

let calls, studio, surface, tools, objects;

const note =
  (name) =>
  (...args) =>
    calls.push([name, ...args]);

beforeEach(() => {
  calls = [];
  objects = { cup: { id: "cup", name: "Cup" } };
  const view = new View();
  view.resize(400, 300);
  view.setImage(400, 300);
  surface = { view, rubber: null, stroke: null, boxes: [], prompts: { box: null }, redraw: note("redraw") };
  studio = {
    session: { object: (id) => objects[id] ?? null, picture: { width: 400, height: 300 } },
    mask: {
      prompts: { state: { box: null } },
      addPoint: note("addPoint"),
      setBox: note("setBox"),
      add: note("add"),
    },
    objects: { edit: note("edit") },
    status: { say: note("say"), announce: note("announce") },
  };
  tools = new Tools(studio, surface, note("changed"));
});

const of = (name) => calls.filter(([one]) => one === name);
function drag(points, label = 1) {
  const [from, ...rest] = points;
  for (const to of rest) tools.drag(from, to, false, label, "mouse");
  tools.drag(from, rest[rest.length - 1], true, label, "mouse");
}

test("a drag is a box, whichever corner it begins at; a click's tremble is none", () => {
  drag([
    [100, 90],
    [20, 30],
  ]);
  assert.deepEqual(of("setBox"), [["setBox", [20, 30, 100, 90]]]);
  assert.equal(surface.rubber, null);
  drag([
    [50, 50],
    [50.4, 50.2],
  ]);
  assert.equal(of("setBox").length, 1);
});

test("a scribble is points along it, of what belongs or does not", () => {
  tools.choose("scribble");
  const path = Array.from({ length: 20 }, (_, i) => [40 + 10 * i, 60]);
  drag(path, 0);
  const [[, { points, box }]] = of("add");
  assert.ok(points.length > 1);
  assert.ok(points.every((point) => point.label === 0 && point.y === 60));
  assert.equal(box, null);
  assert.deepEqual(tools.path, []);
  assert.equal(surface.stroke, null);
});

test("an outline is a point deep inside and its box; a line is refused", () => {
  tools.choose("lasso");
  drag([
    [50, 50],
    [150, 50],
    [150, 150],
    [50, 150],
  ]);
  const [[, { points, box }]] = of("add");
  assert.equal(points.length, 1);
  assert.ok(points[0].x > 60 && points[0].x < 140 && points[0].y > 60 && points[0].y < 140);
  assert.deepEqual(box, [50, 50, 150, 150]);
});

test("while a mask is edited, clicks and drags draw on it, with Alt the other thing", () => {
  tools.edit("cup");
  tools.point(5, 6, 1);
  drag(
    [
      [5, 6],
      [9, 9],
    ],
    0,
  );
  tools.take("erase");
  tools.point(5, 6, 1);
  assert.deepEqual(
    of("edit").map(([, id, { kind }]) => [id, kind]),
    [
      ["cup", "brush"],
      ["cup", "erase"],
      ["cup", "erase"],
    ],
  );
  assert.deepEqual(of("addPoint"), []);
});

test("an object that has gone is not drawn on", () => {
  tools.edit("cup");
  objects = {};
  assert.equal(tools.target, null);
  tools.point(5, 6, 1);
  assert.deepEqual(of("addPoint"), [["addPoint", 5, 6, 1]]);
});

test("the brush grows and shrinks by at least a pixel, within its limits", () => {
  for (let i = 0; i < 60; i++) tools.resize(1.2);
  assert.equal(tools.radius, 400);
  for (let i = 0; i < 90; i++) tools.resize(1 / 1.2);
  assert.equal(tools.radius, 2);
  tools.resize(1.2);
  assert.equal(tools.radius, 3);
});

test("a drag that is cancelled leaves nothing", () => {
  tools.choose("lasso");
  tools.drag([10, 10], [60, 60], false, 1, "mouse");
  tools.cancel();
  assert.deepEqual([tools.path, surface.stroke, surface.rubber], [[], null, null]);
  assert.deepEqual(of("add"), []);
});
