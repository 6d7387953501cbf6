import assert from "node:assert/strict";
import { before, test } from "node:test";

/** @type {typeof import("../../../../webapp/static/canvas/looks.mjs")} */
let looks;
before(async () => {
  globalThis.matchMedia = () => ({ matches: false }); // dom.mjs asks when it is loaded
  looks = await import("../../../../webapp/static/canvas/looks.mjs");
});

for (const [text, good] of [
  ['{"fill":0.5,"line":2}', true],
  ['{"fill":3,"line":1}', false],
  ['{"fill":"1","line":1}', false],
  ["{", false],
  [null, false],
  ["7", false],
])
  test(`stored as ${text}`, () => assert.deepEqual(looks.read(text), good ? JSON.parse(text) : looks.USUAL));
