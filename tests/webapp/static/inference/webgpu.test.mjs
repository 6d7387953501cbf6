import assert from "node:assert/strict";
import { test } from "node:test";

import { agree, compare, filesFor, isFaster, whyNot, within } from "../../../../webapp/static/inference/webgpu.mjs";

globalThis.Float16Array ??= /** @type {any} */ (Uint16Array); // older nodes have none; only its being there counts

const adapters = {
  real: { info: { isFallbackAdapter: false } },
  software: { info: { isFallbackAdapter: true } },
  "software, as older browsers say it": { isFallbackAdapter: true },
  "real, of an older browser": {},
  none: null,
};
const gpuOf = (/** @type {any} */ adapter) => ({ requestAdapter: async () => adapter });
for (const [adapter, wish, reason] of /** @type {const} */ ([
  ["real", "auto", ""],
  ["real", "any", ""],
  ["real", "off", "turned off by SAM_STUDIO_WEBGPU"],
  ["real, of an older browser", "auto", ""],
  ["software", "auto", "no graphics card, only one in software"],
  ["software, as older browsers say it", "auto", "no graphics card, only one in software"],
  ["software", "any", ""],
  ["none", "any", "no graphics card"],
]))
  test(`adapter ${adapter}, wish ${wish}`, async () => {
    assert.equal(await whyNot(gpuOf(adapters[adapter]), wish), reason);
  });

test("no WebGPU, and one that breaks when asked", async () => {
  assert.equal(await whyNot(undefined, "auto"), "this browser has no WebGPU");
  assert.equal(
    await whyNot(
      {
        requestAdapter: async () => {
          throw new Error("lost");
        },
      },
      "auto",
    ),
    "no graphics card",
  );
});

test("the smaller files where WebAssembly can wait by itself", () => {
  assert.equal(filesFor({ Suspending: class {} }).wasm, "ort-wasm-simd-threaded.jspi.wasm");
  assert.equal(filesFor({}).wasm, "ort-wasm-simd-threaded.asyncify.wasm");
});

/** Two masks of 200 cells; `on` of the first, from `start`. */
const found = (on = 100, start = 0, score = 0.9) => ({
  logits: Float32Array.from({ length: 400 }, (_, i) => (i >= start && i < start + on ? 2 : -2)),
  scores: Float32Array.of(score, 0.5),
});
/** @param {(found: any) => void} change */
const changed = (change) => {
  const one = found();
  change(one);
  return one;
};
for (const [name, other, same] of /** @type {[string, any, boolean][]} */ ([
  ["the same", found(), true],
  ["one cell of a hundred more", found(101), true],
  ["three cells more", found(103), false],
  ["elsewhere", found(100, 50), false],
  ["a score a little off", found(100, 0, 0.91), true],
  ["another score", found(100, 0, 0.8), false],
  ["a score that is no number", found(100, 0, NaN), false],
  [
    "a logit that is no number",
    changed((one) => {
      one.logits[399] = NaN;
    }),
    false,
  ],
  ["the second mask only", changed((one) => one.logits.fill(2, 200, 210)), false],
  ["fewer masks", { logits: found().logits, scores: Float32Array.of(0.9) }, false],
]))
  test(`agreement: ${name}`, () => {
    assert.equal(agree(found(), other), same);
    assert.equal(agree(other, found()), same);
  });

test("faster is clearly faster, in the middle of several", () => {
  assert.ok(isFaster([5, 5, 90, 5, 5], [10, 10, 10, 10, 1]));
  assert.ok(!isFaster([9, 9, 9, 9, 9], [10, 10, 10, 10, 10]));
});

/**
 * An engine that answers after some milliseconds, and notes what it was asked.
 * @param {number} ms
 * @param {any} answer
 */
function engineOf(ms, answer) {
  /** @type {any[]} */
  const asked = [];
  const run = async (/** @type {any} */ points, /** @type {any} */ guide) => {
    asked.push([points, guide]);
    await new Promise((resolve) => setTimeout(resolve, ms));
    return answer;
  };
  return /** @type {any} */ ({ run, asked, side: 10 });
}
const tasks = /** @type {any[]} */ ([
  { points: "a click", guided: false },
  { points: "one more", guided: true },
]);
const quietly = (/** @type {() => Promise<any>} */ work) => work();

test("a slower one is refused, unless any will do", async () => {
  const slow = () => engineOf(40, found());
  assert.equal(
    await compare(slow(), engineOf(1, found()), tasks, "auto", quietly),
    "the graphics card is not faster here",
  );
  assert.equal(await compare(slow(), engineOf(1, found()), tasks, "any", quietly), "");
  assert.equal(await compare(engineOf(1, found()), engineOf(40, found()), tasks, "auto", quietly), "");
});

test("both are asked the same, and the second time with the mask of the first", async () => {
  const [ours, theirs] = [engineOf(0, found()), engineOf(0, found())];
  assert.equal(await compare(ours, theirs, tasks, "any", quietly), "");
  assert.deepEqual(ours.asked, theirs.asked);
  assert.equal(ours.asked[0][1], null);
  assert.deepEqual(ours.asked[1][1], found().logits.slice(0, 100));
});

test("other masks are refused, however fast and whatever will do", async () => {
  const other = engineOf(0, found(100, 50));
  assert.equal(
    await compare(other, engineOf(40, found()), tasks, "any", quietly),
    "the graphics card finds other masks",
  );
});

test("an answer that does not come, and one of a card that is lost", async () => {
  const never = /** @type {Promise<never>} */ (new Promise(() => {}));
  assert.equal(await within(Promise.resolve(1), 1000, never), 1);
  await assert.rejects(within(never, 5, never), /does not answer/);
  await assert.rejects(within(never, 1000, Promise.reject(new Error("gone"))), /gone/);
});
