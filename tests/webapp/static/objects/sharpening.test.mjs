import assert from "node:assert/strict";
import { test } from "node:test";

import { Sharpening, summary, worthIt } from "../../../../webapp/static/objects/sharpening.mjs";

const picture = (width, height, size) => ({ id: "p", width, height, input: { size } });

test("it is offered where the model sees the photo smaller than it is", () => {
  for (const [width, height, size, expected] of [
    [512, 300, 512, false],
    [639, 10, 512, false],
    [640, 10, 512, true],
    [10, 4000, 1024, true],
  ])
    assert.equal(worthIt(picture(width, height, size)), expected);
  assert.equal(worthIt(null), false);
});

test("what is said at the end", () => {
  const cases = [
    [[["Cup"], 1, "", false, false], "Outline of Cup read again at full resolution. Ctrl+Z takes it back."],
    [
      [["Cup", "Jar"], 3, "Too large.", false, true],
      "2 of 3 outlines read again at full resolution. Too large. Undo takes it back.",
    ],
    [[[], 1, "Too large.", false, false], "Too large."],
    [
      [["Cup"], 2, "", true, false],
      "1 of 2 outlines read again at full resolution. Stopped there. Ctrl+Z takes it back.",
    ],
    [[[], 2, "", true, false], "Stopped. Nothing was changed."],
  ];
  for (const [given, expected] of cases) assert.equal(summary(...given), expected);
});

/** A studio with three objects, the last one locked; each answer is of `most` objects and raises the version. */
function makeStudio(onRequest = (/** @type {string} */ _id) => {}, most = 1) {
  const studio = {
    said: [],
    applied: [],
    opening: { here: null },
    session: {
      picture: picture(2000, 1000, 512),
      objects: ["a", "b", "c"].map((id) => ({ id, name: id.toUpperCase(), locked: id === "c" })),
      setBusy: () => {},
      apply: (state, step) => {
        studio.applied.push(step);
        studio.steps.moment = { version: state.version };
      },
    },
    status: { say: (text) => studio.said.push(text) },
    kept: { load: async () => {} },
    steps: { queue: async (run) => run(), moment: { version: 0 } },
    transport: {
      sharpen: async (_picture, ids, signal) => {
        onRequest(ids[0]);
        if (signal.aborted) throw new Error("aborted");
        const one = (id) => (id === "a" ? { outcome: "sharper", note: "" } : { outcome: "lost", note: "Another one." });
        return {
          done: Object.fromEntries(ids.slice(0, most).map((id) => [id, one(id)])),
          version: studio.steps.moment.version + 1,
        };
      },
    },
  };
  return studio;
}

test("several objects are one step, locked ones are left out, and the end is said", async () => {
  const here = makeStudio();
  await new Sharpening(here, false).run(["a", "b", "c"]);
  assert.deepEqual(here.applied, [true, false]);
  assert.equal(here.said.at(-1), "1 of 2 outlines read again at full resolution. Another one. Ctrl+Z takes it back.");
  await new Sharpening(here, false).run(["c"]);
  assert.equal(here.said.at(-1), "C is locked. Unlock it in the list first.");
  await new Sharpening(here, false).run([]);
  assert.match(here.said.at(-1), /Select objects/);
});

test("a server that reads all in one go is asked once", async () => {
  const asked = [];
  const here = makeStudio((id) => asked.push(id), 9);
  await new Sharpening(here, false).run(["a", "b"]);
  assert.deepEqual(asked, ["a"]);
  assert.deepEqual(here.applied, [true]);
  assert.equal(here.said.at(-1), "1 of 2 outlines read again at full resolution. Another one. Ctrl+Z takes it back.");
});

test("a server that reads none is not asked for ever", async () => {
  const here = makeStudio(undefined, 0);
  await new Sharpening(here, false).run(["a", "b"]);
  assert.deepEqual(here.applied, [true]);
});

test("a second call stops it, and what is under way is not applied", async () => {
  /** @type {Sharpening} */
  let sharpening;
  const here = makeStudio((id) => id === "b" && sharpening.run(["a"]));
  sharpening = new Sharpening(here, false);
  await sharpening.run(["a", "b"]);
  assert.deepEqual(here.applied, [true]);
  assert.equal(here.said.at(-1), "1 of 2 outlines read again at full resolution. Stopped there. Ctrl+Z takes it back.");
  assert.equal(sharpening.stop(), false);
});
