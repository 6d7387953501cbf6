import assert from "node:assert/strict";
import { test } from "node:test";

import { narrow, roundToHalf, widen } from "../../../../webapp/static/inference/half_floats.mjs";

test("every half-precision number goes there and back", () => {
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((i) => ((i >> 10) & 31) !== 31 && i !== 0x8000);
  assert.deepEqual(narrow(/** @type {Float32Array<ArrayBuffer>} */ (widen(bits))), bits);
});

test("numbers are rounded to the nearest, halves to even", () => {
  const one = 2 ** -10;
  const cases = [
    [1 + 0.4 * one, 1],
    [1 + 0.6 * one, 1 + one],
    [1 + 0.5 * one, 1],
    [1 + 1.5 * one, 1 + 2 * one],
    [-(1 + 1.5 * one), -(1 + 2 * one)],
    [2047.9, 2048],
    [0, 0],
    [2 ** -24 * 2.5, 2 ** -24 * 2],
    [2 ** -24 * 1.5, 2 ** -24 * 2],
  ];
  for (const [given, expected] of cases) assert.equal(roundToHalf(Float32Array.of(given))[0], expected);
});

test("what is rounded is a half-precision number, and stays within its range", () => {
  const values = Float32Array.from({ length: 4000 }, (_, i) => (i % 2 ? -1 : 1) * Math.exp((i - 2000) / 60));
  roundToHalf(values);
  assert.ok(values.every((value) => Math.abs(value) <= 60000));
  assert.deepEqual(widen(narrow(values)), values);
});

test("a positive number stays positive, a negative one may become nothing", () => {
  const [small, negative] = roundToHalf(Float32Array.of(1e-12, -1e-12));
  assert.ok(small > 0);
  assert.ok(negative <= 0);
});
