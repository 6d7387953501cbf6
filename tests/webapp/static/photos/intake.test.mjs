import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { FakeElement, install } from "../fake_dom.mjs";

let root, calls, intake, Intake, open;

beforeEach(async () => {
  install();
  ({ Intake } = await import("../../../../webapp/static/photos/intake.mjs"));
  calls = [];
  root = new FakeElement("div");
  const note =
    (name) =>
    (...args) =>
      calls.push([name, ...args]);
  const opens = ["openFile", "openObjects", "openProject", "openExample", "openAddress"];
  const names = [...opens, "more", "refuse", "lay"];
  const examples = [{ name: "cat.png", title: "Cat", thumb: "/cat" }];
  const isMask = async (file) => file.name.startsWith("mask");
  open = false;
  const asked = {
    mayBeMask: (file) => file.name.startsWith("mask"),
    isMask,
    mayLay: () => open,
    isCutout: async (file) => file.name.startsWith("cutout"),
  };
  intake = new Intake(root, examples, { ...Object.fromEntries(names.map((name) => [name, note(name)])), ...asked });
});

const photo = { name: "a.png", type: "image/png" };
const carrying = (files, address = "") => ({
  dataTransfer: { types: ["Files"], files, getData: () => address },
  target: new FakeElement("canvas"),
});
const settled = () => new Promise((resolve) => setTimeout(resolve));
const drop = (fields) => document.fire("drop", fields);

test("a photo that is dropped anywhere is opened; of several the first, and that is said", async () => {
  const event = drop(carrying([photo]));
  assert.ok(event.prevented);
  drop(carrying([photo, { name: "b.png" }]));
  await settled();
  assert.deepEqual(calls, [
    ["openFile", photo, "a.png"],
    ["refuse", "2 photos. One opens at a time: a.png."],
    ["openFile", photo, "a.png"],
  ]);
});

test("annotations beside a photo become its objects; alone, as masks do, those of the photo on the stage", async () => {
  const [coco, yaml, mask] = [{ name: "a.JSON" }, { name: "data.yaml" }, { name: "mask.png" }];
  drop(carrying([coco, photo, yaml]));
  await settled();
  drop(carrying([coco]));
  await settled();
  drop(carrying([mask]));
  await settled();
  assert.deepEqual(calls, [
    ["openFile", photo, "a.png"],
    ["openObjects", [coco, yaml]],
    ["openObjects", [coco]],
    ["openObjects", [mask]],
  ]);
});

test("a project is opened as one, and alone", async () => {
  const project = { name: "trees.SAMSTUDIO" };
  drop(carrying([project]));
  drop(carrying([photo, project]));
  await settled();
  assert.deepEqual(calls, [
    ["openProject", project],
    ["refuse", "A project is opened alone: trees.SAMSTUDIO."],
    ["openProject", project],
  ]);
});

test("every file of a drop is accounted for, and the first picture among them is opened", () => {
  const text = { name: "notes.pdf", type: "application/pdf" };
  const raw = { name: "IMG_1.HEIC", type: "" };
  drop(carrying([text, photo, raw]));
  drop(carrying([text, raw]));
  drop(carrying([text, { name: "x.bin", type: "" }]));
  drop(carrying([text]));
  assert.deepEqual(calls, [
    ["refuse", "2 photos, 1 is not a picture. One opens at a time: a.png."],
    ["openFile", photo, "a.png"],
    ["refuse", "1 photo, 1 is not a picture. IMG_1.HEIC is opened."],
    ["openFile", raw, "IMG_1.HEIC"],
    ["refuse", "None of these 2 files looks like a picture. Only notes.pdf is tried."],
    ["openFile", text, "notes.pdf"],
    ["openFile", text, "notes.pdf"],
  ]);
});

test("an address is opened, and what is neither is refused", () => {
  drop(carrying([], "https://example.org/a.png"));
  drop(carrying([], "some words"));
  assert.deepEqual(calls[0], ["openAddress", "https://example.org/a.png"]);
  assert.equal(calls[1][0], "refuse");
});

test("text that is dragged, and what is dropped on a tab's own field, are left alone", () => {
  assert.equal(drop({ dataTransfer: { types: ["text/plain"], files: [] } }).prevented, false);
  const tabs = new FakeElement("div");
  tabs.setAttribute("id", "ss-tabs");
  const field = new FakeElement("div");
  tabs.append(field);
  assert.equal(drop({ ...carrying([photo]), target: field }).prevented, false);
  assert.deepEqual(calls, []);
});

test("the page shows that it would take it, for as long as it is over it", () => {
  const over = carrying([photo]);
  document.fire("dragenter", over);
  document.fire("dragenter", over);
  document.fire("dragleave", over);
  assert.ok(root.classList.contains("ss-dropping"), "still over an element inside");
  document.fire("dragleave", over);
  assert.ok(!root.classList.contains("ss-dropping"));
});

test("what is pasted is a photo or an address, but not in a text field", () => {
  const paste = (files, text, target = new FakeElement("canvas")) =>
    document.fire("paste", { target, clipboardData: { files, getData: () => text } });
  assert.ok(paste([photo], "").prevented);
  assert.ok(paste([], "https://example.org/a.png").prevented);
  assert.equal(paste([], "some words").prevented, false);
  assert.equal(paste([photo], "", new FakeElement("input")).prevented, false);
  assert.deepEqual(
    calls.map(([name]) => name),
    ["openFile", "openAddress"],
  );
});

test("a cut-out that is pasted is laid over the photo that is open", async () => {
  const paste = async (name) => {
    document.fire("paste", {
      target: new FakeElement("canvas"),
      clipboardData: { files: [{ name, type: "image/png" }] },
    });
    await new Promise((resolve) => setTimeout(resolve));
  };
  await paste("cutout.png");
  open = true;
  await paste("cutout.png");
  await paste("photo.png");
  assert.deepEqual(
    calls.map(([name]) => name),
    ["openFile", "lay", "openFile"],
  );
});

test("picking a file and an example", () => {
  intake.picker.files = [{ name: "" }];
  intake.picker.fire("change");
  assert.deepEqual(calls[0].slice(2), ["pasted image"]);
  assert.equal(intake.picker.value, "", "the same file can be picked again");
  intake.empty.querySelector(".ss-example").click();
  assert.deepEqual(calls[1], ["openExample", { name: "cat.png", title: "Cat", thumb: "/cat" }]);
});

test("of a photo and its mask in one drop the photo opens, the mask is its objects, the rest is named", async () => {
  const drop = async (...names) => {
    calls.length = 0;
    const files = names.map((name) => ({ name, type: "image/png" }));
    document.fire("drop", {
      target: new FakeElement("canvas"),
      dataTransfer: { types: ["Files"], files, getData: () => "" },
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    return calls.map(([name, first]) => [name, first.name ?? first[0]?.name ?? first]);
  };
  assert.deepEqual(await drop("mask_cat.png", "cat.jpg"), [
    ["openFile", "cat.jpg"],
    ["openObjects", "mask_cat.png"],
  ]);
  const [refused, opened, other] = await drop("cat_mask.png", "cat.jpg", "dog.jpg");
  assert.match(refused[1], /One opens at a time: cat\.jpg/);
  assert.deepEqual(opened, ["openFile", "cat.jpg"]);
  assert.match(other[1], /cat_mask\.png is no mask of cat\.jpg/);
});
