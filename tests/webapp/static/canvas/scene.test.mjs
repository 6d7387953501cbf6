import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { fieldOfMask } from "../../../../webapp/static/canvas/overlay.mjs";
import { Scene } from "../../../../webapp/static/canvas/scene.mjs";

let scene, surface, session, mask, kept;

/** A field that is inside its whole box. */
const full = (box) => fieldOfMask(new Uint8Array(16).fill(255), 4, 4, box);

beforeEach(() => {
  surface = {
    layers: [],
    current: null,
    cursor: {},
    setImage: (...given) => (surface.image = given),
    showPreview() {},
    redraw() {},
  };
  session = {
    picture: { id: "p", width: 100, height: 100, input: { width: 100, height: 100, size: 100 } },
    objects: [
      { id: "a", mask: "ma", hidden: false },
      { id: "b", mask: "mb", hidden: false },
    ],
    get chosen() {
      return [session.objects[1]];
    },
  };
  mask = { answer: null, choice: 0, present: false, refined: null, prompts: { state: "said" } };
  kept = {
    fields: new Map([
      ["ma", full([0, 0, 50, 50])],
      ["mb", full([25, 25, 75, 75])],
    ]),
    clear: () => kept.fields.clear(),
    layers: (objects) => objects.map((object) => object.id),
    load: async () => kept.fresh,
  };
  scene = new Scene(surface, session, mask, kept);
});

test("another photo takes the place of everything", () => {
  scene.begin("bitmap", session.picture);
  assert.deepEqual([surface.image, surface.cursor, kept.fields.size], [["bitmap", 100, 100], null, 0]);
});

test("the new mask of an object stands in for its old one, once there is one", () => {
  mask.refined = session.objects[0];
  scene.showObjects();
  assert.deepEqual(surface.layers, ["a", "b"]);
  mask.present = true;
  scene.showObjects();
  assert.deepEqual(surface.layers, ["b"]);
});

test("the mask that is chosen is shown, and none without an answer", () => {
  mask.answer = { logits: new Float32Array(8).fill(1), count: 2, width: 2, height: 2 };
  scene.showMask();
  assert.notEqual(surface.current, null);
  mask.answer = null;
  scene.showMask();
  assert.equal(surface.current, null);
});

test("the topmost object under a place, unless it is hidden", () => {
  const at = (x, y) => scene.objectAt(x, y)?.id ?? null;
  assert.deepEqual([at(10, 10), at(40, 40), at(90, 90)], ["a", "b", null]);
  session.objects[1].hidden = true;
  assert.equal(at(40, 40), "a");
});

test("masks that have come are drawn", async () => {
  kept.fresh = true;
  assert.ok(await scene.loadObjects());
  assert.deepEqual(surface.layers, ["a", "b"]);
});
