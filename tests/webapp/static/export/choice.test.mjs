import assert from "node:assert/strict";
import { test } from "node:test";

import {
  counted,
  DEFAULTS,
  fileName,
  lossOf,
  preview,
  refusal,
  remembered,
  request,
  taken,
} from "../../../../webapp/static/export/choice.mjs";

const objects = [
  { id: "a", hidden: false },
  { id: "b", hidden: true },
  { id: "c", hidden: false },
];
const scene = { photo: "holiday.best.jpg", objects, selected: [], local: false };
const parts = (path) => Object.fromEntries(new URLSearchParams(path.split("?")[1]));

test("selected objects count, else every visible one", () => {
  assert.deepEqual(taken(DEFAULTS, scene), ["a", "c"]);
  assert.deepEqual(taken(DEFAULTS, { ...scene, selected: ["b"] }), ["b"]);
  assert.deepEqual(taken({ ...DEFAULTS, all: true }, { ...scene, selected: ["b"] }), ["a", "c"]);
  assert.equal(counted(DEFAULTS, scene), "2 objects");
  assert.equal(counted(DEFAULTS, { ...scene, selected: ["b"] }), "1 object");
});

test("a picture's request has its kind and edge", () => {
  const path = request({ ...DEFAULTS, kind: "webp", edge: 3 }, scene);
  assert.ok(path.startsWith("export/picture?"));
  assert.deepEqual(parts(path), { objects: "a,c", what: "cutout", kind: "webp", edge: "3" });
  assert.deepEqual(parts(request({ ...DEFAULTS, what: "photo" }, scene)), { what: "photo", kind: "png" });
  assert.equal(parts(request({ ...DEFAULTS, edge: 0 }, scene)).edge, undefined);
});

test("annotations' request has the format, and its loss is asked for without the photo", () => {
  const choice = { ...DEFAULTS, what: "objects", format: "yolo", tolerance: 1.5, photos: true };
  assert.ok(request(choice, scene).startsWith("export/objects?"));
  assert.deepEqual(parts(request(choice, scene)), { objects: "a,c", format: "yolo", tolerance: "1.5", photos: "1" });
  assert.ok(lossOf(choice, scene).startsWith("export/loss?"));
  assert.equal(parts(lossOf(choice, scene)).photos, undefined);
});

test("what has no preview asks for none", () => {
  assert.equal(preview({ ...DEFAULTS, what: "objects" }, scene, "whole"), "");
  assert.equal(preview({ ...DEFAULTS, what: "photo" }, scene, "edge"), "");
  assert.equal(parts(preview({ ...DEFAULTS, kind: "tiff" }, scene, "edge")).part, "edge");
  assert.equal(parts(preview({ ...DEFAULTS, kind: "tiff" }, scene, "edge")).kind, "png");
});

test("names say what is in the file", () => {
  const formats = [
    { name: "coco", title: "COCO", suffix: ".json", outlines: false },
    { name: "yolo", title: "YOLO", suffix: "", outlines: true },
  ];
  assert.equal(fileName(DEFAULTS, scene), "holiday.best-cutout.png");
  assert.equal(fileName({ ...DEFAULTS, what: "photo", kind: "tiff" }, scene), "holiday.best-edited.tiff");
  assert.equal(fileName({ ...DEFAULTS, what: "objects" }, scene, formats), "holiday.best.json");
  assert.equal(fileName({ ...DEFAULTS, what: "objects", photos: true }, scene, formats), "holiday.best-coco.zip");
  assert.equal(fileName({ ...DEFAULTS, what: "objects", format: "yolo" }, scene, formats), "holiday.best-yolo.zip");
  assert.equal(fileName(DEFAULTS, { ...scene, photo: "" }), "photo-cutout.png");
});

test("what cannot be exported says why", () => {
  assert.equal(refusal("cutout", scene), "");
  assert.equal(refusal("objects", { ...scene, objects: [] }), "No objects yet.");
  assert.equal(refusal("photo", { ...scene, objects: [] }), "");
  assert.equal(refusal("photo", { ...scene, local: true }), "Private: needs the server.");
  assert.equal(refusal("mask", { ...scene, local: true, objects: [] }), "");
});

test("what was chosen last time comes back, and nonsense does not", () => {
  assert.deepEqual(remembered(null), DEFAULTS);
  assert.deepEqual(remembered({ kind: "exe", edge: 7, format: 3, photos: "yes" }), DEFAULTS);
  const last = remembered({ kind: "webp", edge: 0, format: "svg", photos: true, what: "photo", all: true });
  assert.deepEqual([last.kind, last.edge, last.format, last.photos], ["webp", 0, "svg", true]);
  assert.deepEqual([last.what, last.all], ["cutout", false]);
});
