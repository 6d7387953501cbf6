import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { enlarged } from "../../../../webapp/static/canvas/enlarge.mjs";
import { roundToHalf } from "../../../../webapp/static/inference/half_floats.mjs";
import { outlineOnly } from "../../../../webapp/static/server/mask_body.mjs";

// Made by tests/webapp/test_static.py with sam.masks.logits_to_masks, which the server keeps masks with.
const file = process.env.ENLARGE_CASES;
const cases = file ? JSON.parse(readFileSync(file, "utf8")) : [];

for (const { side, logits, size_hw, input_hw, input_size, runs } of cases)
  test(`${size_hw[1]} x ${size_hw[0]} from ${side} cells is what the server makes of it, to the bit`, () => {
    const picture = {
      width: size_hw[1],
      height: size_hw[0],
      input: { width: input_hw[1], height: input_hw[0], size: input_size },
    };
    const shown = roundToHalf(Float32Array.from(logits));
    for (const sent of [shown, outlineOnly(shown, side, side)]) {
      const answer = { logits: sent, count: 1, width: side, height: side, scores: [1], ms: 0, where: "" };
      const rows = enlarged(answer, 0, picture);
      const found = [];
      for (let y = 0, inside = 0, run = 0; y < size_hw[0]; y += 100) {
        const band = rows(y, Math.min(size_hw[0], y + 100));
        for (const value of band) {
          if (value !== inside) {
            found.push(run);
            run = 0;
            inside = value;
          }
          run++;
        }
        if (y + 100 >= size_hw[0]) found.push(run);
      }
      assert.deepEqual(found, runs);
    }
  });

test("one cell is the whole photo", () => {
  const answer = { logits: Float32Array.of(2), count: 1, width: 1, height: 1, scores: [1], ms: 0, where: "" };
  const picture = { width: 3, height: 2, input: { width: 512, height: 512, size: 512 } };
  assert.deepEqual([...enlarged(answer, 0, picture)(0, 2)], [1, 1, 1, 1, 1, 1]);
});
