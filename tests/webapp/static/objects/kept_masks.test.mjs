import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { KeptMasks } from "../../../../webapp/static/objects/kept_masks.mjs";

let asked, kept, failing;

const object = (id, mask = `${id}1`, more = {}) => ({
  id,
  mask,
  area: 9,
  box: [0, 0, 2, 2],
  color: "#fff",
  hidden: false,
  ...more,
});

beforeEach(() => {
  [asked, failing] = [[], null];
  const transport = {
    maskUrl: (one) => `/${one.mask}`,
    blob: async (url) => {
      asked.push(url);
      if (failing) throw failing;
      return new Blob(["mask"]);
    },
  };
  globalThis.createImageBitmap = async () => ({ width: 2, height: 2, close() {} });
  globalThis.document = {
    createElement: () => ({
      getContext: () => ({
        drawImage() {},
        putImageData() {},
        getImageData: () => ({ data: Uint8Array.of(255, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 0, 0, 255) }),
      }),
    }),
  };
  kept = new KeptMasks(transport);
});

test("each mask is fetched once, and empty ones never", async () => {
  assert.equal(await kept.load([object("a"), object("b"), object("c", "c1", { area: 0 })]), true);
  assert.equal(await kept.load([object("a"), object("b")]), false);
  assert.deepEqual(asked, ["/a1", "/b1"]);
  assert.deepEqual([...kept.fields.get("a1").data], [255, 0, 0, 255]);
  await kept.load([object("a", "a2"), object("b")]);
  assert.deepEqual(asked.slice(2), ["/a2"], "another mask is another key");
});

test("one that was changed again on the way is left to the newer state; any other failure is one", async () => {
  failing = Object.assign(new Error("changed"), { status: 400 });
  assert.equal(await kept.load([object("a")]), true);
  assert.equal(kept.fields.size, 0);
  failing = Object.assign(new Error("The server does not answer."), { status: 0 });
  await assert.rejects(kept.load([object("a")]), /does not answer/);
});

test("hidden objects are no layer, selected ones say so", async () => {
  const objects = [object("a"), object("b", "b1", { hidden: true }), object("c", "late")];
  await kept.load(objects.slice(0, 2));
  const layers = kept.layers(objects, new Set(["a"]));
  assert.deepEqual(
    layers.map(({ id, selected, color }) => [id, selected, color]),
    [["a", true, "#fff"]],
  );
});

test("masks of many steps are not kept for ever", async () => {
  for (let step = 0; step < 60; step++) await kept.load([object("a", `a${step}`)]);
  assert.ok(kept.fields.size < 60);
  assert.ok(kept.fields.has("a59"));
  assert.equal(kept.thumbs.size, kept.fields.size);
  kept.clear();
  assert.equal(kept.fields.size + kept.thumbs.size, 0);
});
