import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { dropAlpha, enlarge, fit, fitHw, padSquare, shrink } from "../../../../webapp/static/inference/resize.mjs";

// Made by tests/webapp/test_encoding.py with sam.backends.nano, which encodes on the server.
const file = process.env.ENCODING_CASES;
const cases = file ? JSON.parse(readFileSync(file, "utf8")) : [];
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));

for (const { width, height, source, fitted, fitted_hw } of cases)
  test(`${width} x ${height} is fitted as on the server, level for level`, () => {
    const found = fit({ data: bytes(source), width, height });
    assert.deepEqual([found.height, found.width], fitted_hw);
    const expected = bytes(fitted);
    const off = expected.findIndex((level, at) => level !== found.data[at]);
    assert.equal(off, -1, `byte ${off}: ${found.data[off]} instead of ${expected[off]}`);
    assert.equal(found.data.length, expected.length);
  });

for (const [height, width, expected] of [
  [300, 600, [256, 512]],
  [1, 2000, [1, 512]],
  [333, 512, [333, 512]],
  [3, 2, [512, 341]],
])
  test(`${width} x ${height} becomes ${expected[1]} x ${expected[0]}`, () => {
    assert.deepEqual(fitHw(height, width), expected);
  });

test("one colour stays that colour, however it is scaled", () => {
  const pixels = { data: new Uint8Array(3 * 70 * 50).fill(201), width: 70, height: 50 };
  assert.ok(shrink(pixels, 13, 18).data.every((level) => level === 201));
  assert.ok(enlarge(pixels, 101, 143).data.every((level) => level === 201));
});

test("channels do not mix", () => {
  const data = Uint8Array.from({ length: 3 * 9 * 9 }, (_, at) => [10, 100, 250][at % 3]);
  for (const found of [shrink({ data, width: 9, height: 9 }, 4, 4), enlarge({ data, width: 9, height: 9 }, 20, 20)])
    assert.deepEqual([...found.data.slice(0, 6)], [10, 100, 250, 10, 100, 250]);
});

test("the rest of the square has the mean's colour", () => {
  const square = padSquare({ data: Uint8Array.of(1, 2, 3, 4, 5, 6), width: 1, height: 2 }, 3);
  assert.deepEqual([...square.slice(0, 6)], [1, 2, 3, 124, 116, 104]);
  assert.deepEqual([...square.slice(9, 15)], [4, 5, 6, 124, 116, 104]);
  assert.deepEqual([...square.slice(18)], [124, 116, 104, 124, 116, 104, 124, 116, 104]);
});

test("colours without alpha", () => {
  assert.deepEqual([...dropAlpha(Uint8ClampedArray.of(1, 2, 3, 255, 4, 5, 6, 255))], [1, 2, 3, 4, 5, 6]);
});
