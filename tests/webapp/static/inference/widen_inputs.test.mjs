import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { widenInputs } from "../../../../webapp/static/inference/widen_inputs.mjs";

const NANO = new URL("../../../../sam/nano/weights/decoder.onnx", import.meta.url);

test("inputs of float16 become float32, and nothing else changes", () => {
  const before = readFileSync(NANO);
  const after = Uint8Array.from(before);
  assert.equal(widenInputs(after), 3);
  const changed = [...after.keys()].filter((at) => after[at] !== before[at]);
  assert.deepEqual(
    changed.map((at) => [before[at], after[at]]),
    [
      [10, 1],
      [10, 1],
      [10, 1],
    ],
  );
  for (const [at, name] of changed.map((at, i) => [at, ["features16", "features8", "features4"][i]]))
    assert.ok(
      before
        .subarray(Number(at) - 40, Number(at))
        .toString("latin1")
        .includes(String(name)),
    );
  assert.equal(widenInputs(after), 0, "once is enough");
});

for (const [name, bytes] of Object.entries({
  "cut off": readFileSync(NANO).subarray(0, 1000),
  "a length beyond the end": Uint8Array.of(0x3a, 0xff, 0x01, 0x00),
  "a number that does not end": Uint8Array.of(0x80),
  "a page of an error": new TextEncoder().encode("<!doctype html>"),
}))
  test(`${name} is refused`, () => assert.throws(() => widenInputs(Uint8Array.from(bytes)), /no .onnx file/));
