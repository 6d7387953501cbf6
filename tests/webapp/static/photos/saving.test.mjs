import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { install } from "../fake_dom.mjs";

install();
const { Saving } = await import("../../../../webapp/static/photos/saving.mjs");

let asked, said, studio, saving, links;

beforeEach(() => {
  [asked, said, links] = [[], [], []];
  URL.createObjectURL = () => "blob:1";
  URL.revokeObjectURL = () => {};
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  document.createElement = (tag) => {
    const link = { tag, click: () => links.push(link.download), remove() {} };
    return link;
  };
  document.body.append = () => {};
  const objects = [
    { id: "a", name: "Cup", hidden: false },
    { id: "b", name: "A/B: jar", hidden: true },
  ];
  studio = {
    session: { picture: { name: "holiday.best.jpg" }, objects, chosen: [], ticked: [] },
    opening: { here: null },
    mask: { present: false, pending: false },
    objects: { keep: async () => true },
    transport: {
      file: async (path) => {
        asked.push(path);
        return new Blob(["x"]);
      },
    },
    status: { say: (text) => said.push(text), fail: (error) => said.push(`! ${error.message}`) },
  };
  saving = new Saving(studio);
});

test("a cut-out has the selected objects, else all that are visible, and the photo's name", async () => {
  await saving.cutout();
  studio.session.chosen = studio.session.ticked = [studio.session.objects[1]];
  await saving.cutout();
  assert.deepEqual(asked, ["cutout.png?objects=a", "cutout.png?objects=b"]);
  assert.deepEqual(links, ["holiday.best-cutout.png", "holiday.best-cutout.png"]);
  assert.equal(said[0], "Saved holiday.best-cutout.png.");
});

test("the mask in hand is kept first; where that fails nothing is saved", async () => {
  studio.mask.present = true;
  studio.objects.keep = async () => false;
  await saving.cutout();
  assert.deepEqual(asked, []);
});

test("without an object, and without a photo", async () => {
  studio.session.objects = [];
  await saving.cutout();
  assert.deepEqual(said, ["There is nothing to cut out yet: click an object first."]);
  studio.session.picture = null;
  await saving.cutout();
  assert.equal(said.length, 1);
});

test("a private photo without a mask says so, and asks the server nothing", async () => {
  studio.opening.here = { picture: studio.session.picture, file: new Blob() };
  await saving.cutout();
  assert.deepEqual([asked, said], [[], ["There is nothing to cut out yet: click an object."]]);
});

test("names that a disk does not take are changed; a failure is said", async () => {
  await saving.mask("b");
  await saving.mask("gone");
  await saving.photo();
  assert.deepEqual(links, ["holiday.best-A_B_ jar-mask.png", "holiday.best-edited.png"]);
  studio.transport.file = async () => {
    throw new Error("The server does not answer.");
  };
  await saving.photo();
  assert.equal(said[said.length - 1], "! The server does not answer.");
});
