/** A photo is painted by one rule wherever it is: white under an opaque one, a checkerboard under a transparent one. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { drawPhoto } from "../../../../webapp/static/canvas/checkerboard.mjs";

/** What is painted, in order; @param {number} alpha of every cell in which transparency is looked for */
function painted(alpha) {
  globalThis.OffscreenCanvas = class {
    getContext() {
      return { drawImage() {}, getImageData: () => ({ data: [0, 0, 0, 255, 0, 0, 0, alpha] }) };
    }
  };
  const tile = { getContext: () => ({ fillRect() {} }) };
  globalThis.document = { createElement: () => tile };
  const calls = [];
  const context = {
    createPattern: () => "checks",
    set fillStyle(style) {
      calls.push(style);
    },
    fillRect: (...place) => calls.push(["fill", ...place]),
    drawImage: (bitmap, ...place) => calls.push([bitmap.name, ...place]),
  };
  drawPhoto(context, { name: "photo" }, 5, 6, 70, 80);
  return calls;
}

test("an opaque photo lies on white", () => {
  assert.deepEqual(painted(255), ["#fff", ["fill", 5, 6, 70, 80], ["photo", 5, 6, 70, 80]]);
});

test("a transparent photo lies on a checkerboard", () => {
  assert.deepEqual(painted(254), ["checks", ["fill", 5, 6, 70, 80], ["photo", 5, 6, 70, 80]]);
});
