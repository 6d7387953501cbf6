import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";

let findSimilar, pressed, said, chosen, there;

before(async () => {
  globalThis.matchMedia = () => ({ matches: false }); // dom.mjs asks when it is loaded
  ({ findSimilar } = await import("../../../../webapp/static/objects/similar.mjs"));
});

beforeEach(() => {
  [pressed, said, chosen] = [[], [], []];
  there = true;
  globalThis.document = {
    querySelectorAll: () => [{ textContent: " Similar ", click: () => pressed.push("tab") }],
    querySelector: () => (there ? { offsetParent: {}, click: () => pressed.push("button") } : null),
  };
});

const studio = {
  session: { selectOnly: (ids, current) => chosen.push([ids, current]) },
  status: { say: (text) => said.push(text) },
};

test("the objects are selected, and the tab's button is pressed for them", async () => {
  await findSimilar(studio, ["a", "b"]);
  assert.deepEqual(chosen, [[["a", "b"], "a"]]);
  assert.deepEqual(pressed, ["tab", "button"]);
});

test("nothing to look for, or no tab to look in: it says so", async () => {
  await findSimilar(studio, []);
  there = false;
  await findSimilar(studio, ["a"]);
  assert.match(said[0], /Select an object/);
  assert.match(said[1], /switched off/);
  assert.deepEqual(pressed, ["tab"]);
});
