import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { fieldOfMask } from "../../../../webapp/static/canvas/overlay.mjs";
import { View } from "../../../../webapp/static/canvas/viewport.mjs";
import { install } from "../fake_dom.mjs";

install();
const { OutlineEditor } = await import("../../../../webapp/static/outlines/editor.mjs");

const RINGS = [
  [
    [100, 100],
    [200, 100],
    [200, 200],
    [100, 200],
  ],
];

let editor, studio, surface, objects, said, sent, answer;

beforeEach(() => {
  said = [];
  sent = [];
  objects = { cup: { id: "cup", name: "Cup", mask: "m1", box: [100, 100, 200, 200], locked: false, hidden: false } };
  answer = { mask: "m1", rings: RINGS, iou: 0.987 };
  const view = new View();
  view.resize(400, 300);
  view.setImage(400, 300);
  surface = { view, outline: null, canvas: { style: {}, focus() {} } };
  const base = fieldOfMask(new Uint8Array(10_000).fill(255), 100, 100, [100, 100, 200, 200]);
  studio = {
    session: {
      object: (id) => objects[id] ?? null,
      picture: { id: "p" },
      apply: (state) => said.push(["apply", state]),
      guard: async (run) => {
        try {
          await run();
          return true;
        } catch {
          return false;
        }
      },
    },
    transport: {
      call: async (...request) => {
        sent.push(request);
        if (answer instanceof Error) throw answer;
        return request[0] === "GET" ? answer : { objects: [] };
      },
    },
    kept: { fields: new Map([["m1", base]]), live: null, load: async () => {} },
    scene: { showObjects() {} },
    status: { say: (text) => said.push(text), announce() {} },
  };
  editor = new OutlineEditor(studio, surface, () => {}, { snap: ([x, y]) => [x + 2, y] });
  editor.magnetic = false;
});

const inside = () => studio.kept.live.field.data.filter((value) => value).length;

test("a dragged vertex is one step; the mask follows, and Esc forgets all of it", async () => {
  await editor.begin("cup");
  assert.equal(inside(), 10_000);
  editor.drag([101, 101], [120, 120], false, "mouse");
  editor.drag([101, 101], [140, 140], true, "mouse");
  assert.deepEqual(editor.rings[0][0], [140, 140]);
  assert.ok(inside() < 10_000);
  assert.equal(editor.past.length, 1);
  assert.deepEqual(RINGS[0][0], [100, 100]);
  assert.equal(editor.discard(), true);
  assert.equal(studio.kept.live, null);
  assert.equal(surface.outline, null);
  assert.equal(editor.discard(), false);
});

test("a drag of a line adds a vertex; elsewhere it takes nothing", async () => {
  await editor.begin("cup");
  editor.drag([150, 101], [150, 60], true, "mouse");
  assert.equal(editor.rings[0].length, 5);
  assert.deepEqual(editor.rings[0][1], [150, 60]);
  editor.drag([150, 150], [10, 10], true, "mouse");
  assert.equal(editor.past.length, 1);
});

test("clicks add, choose and delete; undo and redo walk through them", async () => {
  await editor.begin("cup");
  editor.click([150, 100], 1);
  assert.equal(editor.text, "5 points");
  editor.click([150, 100], 0);
  assert.equal(editor.rings[0].length, 4);
  editor.undo();
  assert.equal(editor.rings[0].length, 5);
  editor.redo();
  assert.equal(editor.rings[0].length, 4);
  editor.click([100, 100], 1);
  assert.deepEqual(editor.chosen, { ring: 0, index: 0 });
  assert.equal(editor.remove(), true);
  assert.equal(editor.rings[0].length, 3);
  editor.click([200, 100], 0);
  assert.equal(editor.rings[0].length, 3);
  assert.match(said.at(-1), /three points/);
});

test("keys choose a vertex and move it", async () => {
  assert.equal(editor.next(1), false);
  assert.equal(editor.nudge(1, 0), false);
  await editor.begin("cup");
  editor.next(1);
  editor.next(-1);
  assert.deepEqual(editor.chosen, { ring: 0, index: 3 });
  editor.nudge(-5, 10);
  assert.deepEqual(editor.rings[0][3], [95, 210]);
  for (let i = 0; i < 20; i++) editor.nudge(-10, 10);
  assert.deepEqual(editor.rings[0][3], [0, 300]);
});

test("a pinch takes the drag back", async () => {
  await editor.begin("cup");
  editor.drag([101, 101], [140, 140], false, "touch");
  assert.equal(editor.cancel(), true);
  assert.equal(editor.rings, RINGS);
  assert.equal(editor.touched, false);
});

test("magnetic places are snapped", async () => {
  editor.magnetic = true;
  await editor.begin("cup");
  editor.drag([100, 100], [140, 140], true, "mouse");
  assert.deepEqual(editor.rings[0][0], [142, 140]);
});

test("applying sends both outlines and the mask they are of; what was not touched is not sent", async () => {
  await editor.begin("cup");
  editor.drag([101, 101], [140, 140], true, "mouse");
  const after = editor.rings;
  assert.equal(await editor.apply(), true);
  assert.deepEqual(sent.at(-1), ["POST", "objects/cup/outline", { picture: "p", mask: "m1", before: RINGS, after }]);
  assert.equal(editor.edited, null);
  await editor.begin("cup");
  await editor.apply();
  assert.equal(sent.at(-1)[0], "GET");
});

test("what the server refuses stays as it was drawn", async () => {
  await editor.begin("cup");
  editor.drag([101, 101], [140, 140], true, "mouse");
  answer = new Error("no");
  assert.equal(await editor.apply(), false);
  assert.deepEqual(editor.rings[0][0], [140, 140]);
});

test("locked and hidden objects are not edited, and one that is gone ends it", async () => {
  objects.cup.locked = true;
  await editor.begin("cup");
  assert.match(said.at(-1), /locked/);
  objects.cup.locked = false;
  objects.cup.hidden = true;
  await editor.begin("cup");
  assert.match(said.at(-1), /hidden/);
  assert.equal(sent.length, 0);
  objects.cup.hidden = false;
  await editor.begin("cup");
  objects.cup.mask = "m2";
  editor.check();
  assert.equal(editor.edited, null);
});
