import assert from "node:assert/strict";
import { test } from "node:test";

import { bySize, cells, choicesOf, Dial, namesOf } from "../../../../webapp/static/prompts/mask_choice.mjs";

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
  assert.deepEqual(bySize(answer(7, 7, 7)), [0, 1, 2]);
});

test("what a model draws beside the photo does not count", () => {
  const [small, large] = [answer(35), answer(90)];
  const both = { ...answer(35, 90), inside: { width: 1, height: 0.4 } };
  assert.deepEqual([cells({ ...small, ...both }, 0), cells(both, 1)], [35, 40]);
  assert.equal(cells({ ...large, inside: { width: 0.5, height: 1 } }, 0), 45);
});

test("whole is what the model ranks first, parts are smaller and what is larger is larger", () => {
  for (const [sizes, names] of [
    [
      [30, 90, 7],
      ["Part", "Whole", "Larger"],
    ],
    [
      [7, 90, 30],
      ["Whole", "Larger", "Largest"],
    ],
    [
      [90, 30, 7],
      ["Small part", "Part", "Whole"],
    ],
  ]) {
    const one = answer(...sizes);
    const { names: said, masks } = choicesOf(one, 0);
    assert.deepEqual(said, names);
    const areas = masks.map((index) => cells(one, index));
    assert.deepEqual(
      areas,
      areas.toSorted((a, b) => a - b),
    );
    assert.equal(masks[said.indexOf("Whole")], 0);
  }
  assert.deepEqual(namesOf([4, 3, 2, 1, 0]).at(0), "Small part");
});

test("the whole is shown until another is chosen by hand; then as much of it", () => {
  const dial = new Dial();
  assert.equal(dial.first(answer(30, 90, 7)), 0);
  assert.equal(dial.choose(answer(30, 90, 7), 2), 1);
  assert.equal(dial.first(answer(20, 80, 10)), 1, "the larger of the next object");
  assert.equal(dial.first(answer(80, 10, 20)), 0, "none is larger");
  dial.choose(answer(30, 90, 7), 0);
  assert.equal(dial.first(answer(80, 10, 20)), 2, "its part");
  assert.equal(dial.first(answer(50)), 0, "one mask leaves no choice");
});

test("what there is to choose from, smallest first", () => {
  const { masks, place } = choicesOf(answer(30, 90, 7), 1);
  assert.deepEqual(masks, [2, 0, 1]);
  assert.equal(place, 2);
  assert.deepEqual(choicesOf(answer(30), 0), { names: [], masks: [], place: -1 });
  assert.deepEqual(choicesOf(null, 0), { names: [], masks: [], place: -1 });
});

test("a hover needs only the best mask until sizes decide", () => {
  const dial = new Dial();
  assert.equal(dial.needs, 1);
  dial.choose(answer(30, 90, 7), 2);
  assert.equal(dial.needs, 3);
  dial.choose(answer(30, 90, 7), 1);
  assert.equal(dial.needs, 1);
});
