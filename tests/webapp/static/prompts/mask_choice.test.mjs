import assert from "node:assert/strict";
import { test } from "node:test";

import { bySize, cells, choicesOf, Dial } from "../../../../webapp/static/prompts/mask_choice.mjs";

/** An answer whose masks have these many cells, best first. */
function answer(...sizes) {
  const logits = new Float32Array(sizes.length * 100).fill(-1);
  for (const [index, size] of sizes.entries()) logits.fill(1, index * 100, index * 100 + size);
  return {
    logits,
    count: sizes.length,
    width: 10,
    height: 10,
    scores: sizes.map((_, i) => 0.9 - i / 10),
    ms: 1,
    where: "",
  };
}

test("masks are counted and put in order of size", () => {
  assert.equal(cells(answer(7, 90, 30), 1), 90);
  assert.deepEqual(bySize(answer(30, 90, 7)), [2, 0, 1]);
});

test("the best mask is shown until another is chosen by hand; then the same place", () => {
  const dial = new Dial();
  assert.equal(dial.first(answer(30, 90, 7)), 0);
  assert.equal(dial.choose(answer(30, 90, 7), 2), 1);
  assert.equal(dial.first(answer(80, 10, 20)), 0, "the largest of the next object");
  dial.choose(answer(30, 90, 7), 0);
  assert.equal(dial.first(answer(80, 10, 20)), 1);
  assert.equal(dial.first(answer(50)), 0, "one mask leaves no choice");
});

test("what there is to choose from, smallest first", () => {
  const { scores, place } = choicesOf(answer(30, 90, 7), 1);
  assert.deepEqual(
    scores.map((score) => Math.round(score * 10)),
    [7, 9, 8],
  );
  assert.equal(place, 2);
  assert.deepEqual(choicesOf(answer(30), 0), { scores: [], place: -1 });
  assert.deepEqual(choicesOf(null, 0), { scores: [], place: -1 });
});

test("a hover needs only the best mask until sizes decide", () => {
  const dial = new Dial();
  assert.equal(dial.needs, 1);
  dial.choose(answer(30, 90, 7), 1);
  assert.equal(dial.needs, 3);
});
