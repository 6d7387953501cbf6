import assert from "node:assert/strict";
import { test } from "node:test";

import { roundToHalf, widen } from "../../../../webapp/static/inference/half_floats.mjs";
import { maskBody, outlineOnly } from "../../../../webapp/static/server/mask_body.mjs";

const SIDE = 64;
const INPUT = { width: 512, height: 384, size: 512 };

/** A disk with a hole, whose logits are the distance to the edge, and a ripple. */
function disk() {
  const logits = new Float32Array(SIDE * SIDE);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) {
      const radius = Math.hypot(x - 30.3, y - 33.1);
      logits[y * SIDE + x] = Math.min(20 - radius, radius - 4) + 0.3 * Math.sin(x * y);
    }
  return roundToHalf(logits);
}

const inflated = async ({ logits, encoding }) => {
  const bytes = Uint8Array.from(atob(logits), (char) => char.charCodeAt(0));
  const whole = encoding
    ? new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream(encoding)))
    : new Response(bytes);
  return widen(new Uint16Array(await whole.arrayBuffer()));
};

test("cells at the outline keep their logits, and all others their sign", () => {
  const logits = disk(),
    kept = outlineOnly(logits, SIDE, SIDE);
  let same = 0;
  for (let i = 0; i < logits.length; i++) {
    assert.equal(kept[i] > 0, logits[i] > 0);
    if (kept[i] === logits[i]) same++;
  }
  assert.ok(same > 100 && same < logits.length / 4);
  for (let y = 0; y + 1 < SIDE; y++)
    for (let x = 0; x + 1 < SIDE; x++) {
      const four = [y * SIDE + x, y * SIDE + x + 1, (y + 1) * SIDE + x, (y + 1) * SIDE + x + 1];
      const inside = four.filter((i) => logits[i] > 0).length;
      if (inside > 0 && inside < 4) for (const i of four) assert.equal(kept[i], logits[i]);
    }
});

for (const without of [false, true])
  test(`the chosen mask goes as half-precision numbers${without ? ", unpacked" : ", packed"}`, async () => {
    const logits = new Float32Array(3 * SIDE * SIDE).fill(-1);
    logits.set(disk(), SIDE * SIDE);
    const answer = {
      logits,
      count: 3,
      width: SIDE,
      height: SIDE,
      scores: [0.1, 0.9, 0.2],
      ms: 1,
      where: "in this page",
    };
    const { CompressionStream } = globalThis;
    // @ts-expect-error
    if (without) delete globalThis.CompressionStream;
    const body = await maskBody(answer, 1, INPUT);
    globalThis.CompressionStream = CompressionStream;
    assert.deepEqual(
      [body.shape, body.score, body.input, body.encoding],
      [[SIDE, SIDE], 0.9, INPUT, without ? "" : "deflate-raw"],
    );
    assert.deepEqual(await inflated(body), outlineOnly(logits.subarray(SIDE * SIDE, 2 * SIDE * SIDE), SIDE, SIDE));
    if (!without) assert.ok(body.logits.length < SIDE * SIDE);
  });
