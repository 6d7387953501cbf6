import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { copyCutout, isCutout } from "../../../../webapp/static/photos/clipboard.mjs";

let studio, said, asked, written;

beforeEach(() => {
  [said, asked, written] = [[], [], []];
  globalThis.ClipboardItem = class {
    constructor(kinds) {
      this.kinds = kinds;
    }
  };
  const clipboard = {
    write: async ([item]) => written.push(await item.kinds["image/png"]),
  };
  Object.defineProperty(globalThis, "navigator", { value: { clipboard }, configurable: true });
  studio = {
    session: { chosen: [{ id: "a", name: "Cup" }] },
    mask: { present: false },
    objects: { keep: async () => asked.push("keep") },
    opening: { here: null },
    transport: { file: async (path) => asked.push(path) && "png" },
    status: { say: (text) => said.push(text), fail: (error) => said.push(error.message) },
  };
});

const here = async () => "made here";

test("the selected object's cut-out goes to the clipboard, cut to its box", async () => {
  assert.ok(await copyCutout(studio, here));
  assert.deepEqual(written, ["png"]);
  assert.match(asked[0], /what=cutout&kind=png&trim=1&objects=a$/);
  assert.match(said[0], /^Cup copied/);
});

test("a mask in hand is kept first, and is what is copied", async () => {
  studio.mask.present = true;
  await copyCutout(studio, here);
  assert.equal(asked[0], "keep");
});

test("a private photo's is made in the page", async () => {
  studio.opening.here = {};
  studio.session.chosen = [];
  assert.ok(await copyCutout(studio, here));
  assert.deepEqual([written, asked], [["made here"], []]);
});

test("nothing selected, or a browser that refuses: a sentence", async () => {
  studio.session.chosen = [];
  assert.ok(!(await copyCutout(studio, here)));
  assert.match(said[0], /Select an object/);
  studio.session.chosen = [{ id: "a", name: "Cup" }];
  navigator.clipboard.write = async () => {
    throw Object.assign(new Error("no"), { name: "NotAllowedError" });
  };
  assert.ok(!(await copyCutout(studio, here)));
  assert.match(said[1], /does not let the page copy/);
  Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
  assert.ok(!(await copyCutout(studio, here)));
});

test("a cut-out is known by how much of it is transparent", () => {
  const pixels = new Uint8ClampedArray(4 * 1000).fill(255);
  assert.ok(!isCutout(pixels));
  for (let i = 0; i < 15; i++) pixels[4 * i + 3] = 0; // rounded corners
  assert.ok(!isCutout(pixels));
  for (let i = 0; i < 300; i++) pixels[4 * i + 3] = 0;
  assert.ok(isCutout(pixels));
});
