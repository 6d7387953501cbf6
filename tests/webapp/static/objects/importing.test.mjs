import assert from "node:assert/strict";
import { test } from "node:test";

import {
  fewColors,
  Importing,
  isAnnotation,
  isNamedMask,
  paired,
  sorted,
  told,
} from "../../../../webapp/static/objects/importing.mjs";

test("annotations are known by their names", () => {
  for (const name of ["a.json", "A.XML", "labels.txt", "data.yaml", "all.zip", "x.svg", "x.npz"])
    assert.ok(isAnnotation({ name }), name);
  for (const name of ["a.jpg", "a.png", "json", ""]) assert.ok(!isAnnotation({ name }), name);
  const files = [{ name: "a.jpg" }, { name: "a.json" }];
  assert.deepEqual(sorted(files), { photos: [files[0]], annotations: [files[1]] });
});

test("a picture of masks has few colours, and not one alone", () => {
  assert.ok(fewColors(Uint32Array.of(0, 255, 0)));
  assert.ok(!fewColors(Uint32Array.of(7, 7, 7)));
  assert.ok(!fewColors(Uint32Array.from({ length: 100 }, (_, index) => index)));
});

test("the files go in one body, and what could not be read is said", async () => {
  const sent = [];
  const said = [];
  const state = { objects: [], added: ["x", "y"], notes: ["a.json, annotation 3: it is damaged."] };
  const studio = {
    session: { picture: { id: "p" }, guard: (run) => run(), apply: (one) => said.push(one.added.length) },
    transport: {
      call: async (...args) => {
        sent.push(args);
        return state;
      },
    },
    kept: { load: async () => {} },
    opening: { onServer: async () => true },
    status: { say: (text) => said.push(text), toast: (text) => said.push(text) },
  };
  await new Importing(studio).add([new File(["{}"], "a.json"), new File(["names"], "data.yaml")]);
  const [method, path, body] = sent[0];
  assert.deepEqual([method, path], ["POST", "import"]);
  assert.equal(await body.text(), '[["a.json",2],["data.yaml",5]]\n{}names');
  assert.deepEqual(said, [2, told(2, state.notes), "a.json, annotation 3: it is damaged."]);
  studio.session.picture = null;
  await new Importing(studio).add([new File(["{}"], "a.json")]);
  assert.equal(said.at(-1), "Open the photo first, then drop its objects beside it.");
  assert.equal(sent.length, 1);
});

test("a mask is known by its photo's name", () => {
  const of = (file, photo) => isNamedMask({ name: file }, { name: photo });
  for (const name of [
    "cat_mask.png",
    "cat-masks.tif",
    "Cat mask 2.png",
    "mask_cat.png",
    "cat_3.png",
    "cat.png",
    "cat.seg.png",
  ])
    assert.ok(of(name, "cat.jpg"), name);
  for (const name of ["cat_mask.jpg", "catalogue.png", "dog_mask.png", "cat_on_roof.png", "mask.png"])
    assert.ok(!of(name, "cat.jpg"), name);
  assert.ok(!of("cat.tif", "cat.png"), "either may be the photo");
  assert.ok(of("a(1)+_mask.png", "a(1)+.png"));
});

test("the photo with its masks is found among several, in whichever order they come", () => {
  const [dog, cat, mask] = ["dog.jpg", "cat.png", "cat_mask.png"].map((name) => ({ name }));
  assert.deepEqual(paired([mask, dog, cat]), { photo: cat, masks: [mask] });
  assert.deepEqual(paired([dog, cat]), { photo: dog, masks: [] });
  assert.deepEqual(paired([]), { photo: undefined, masks: [] });
});
