import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { pathToFileURL } from "node:url";

import { Accelerator } from "../../../../webapp/static/inference/webgpu_trial.mjs";

// The real one runs in tests/browser/test_accelerator.py. Here: a card that does as it is told.
const folder = mkdtempSync(join(tmpdir(), "runtime-"));
for (const name of ["ort.jspi.min.mjs", "ort.webgpu.min.mjs"])
  writeFileSync(
    join(folder, name),
    "export default 0;\nexport const { env, InferenceSession, Tensor } = globalThis.fakeOrt;",
  );
after(() => rmSync(folder, { recursive: true }));

const MASK = Float32Array.of(1, 1, -1, -1);
/** @type {any} */
const card = {};
beforeEach(() => {
  let lose;
  const lost = new Promise((resolve) => {
    lose = () => resolve({ message: "" });
  });
  Object.assign(card, { logits: MASK, score: 0.9, opened: 0, released: 0, gate: Promise.resolve(), lose });
  const device = { lost, createBuffer: () => ({ destroy() {} }), queue: { writeBuffer() {} } };
  fake.env.webgpu = { device: Promise.resolve(device) };
});
class Tensor {
  constructor(_type, data) {
    this.data = data;
  }
  static fromGpuBuffer() {
    return new Tensor("", null);
  }
}
const fake = {
  env: { wasm: {}, webgpu: {} },
  Tensor,
  InferenceSession: {
    async create() {
      card.opened++;
      await card.gate;
      return {
        inputMetadata: [{ name: "mask_input", shape: [1, 1, 2, 2] }],
        inputNames: ["features", "mask_input"],
        async run() {
          return { logits: new Tensor("", card.logits), scores: new Tensor("", Float32Array.of(card.score)) };
        },
        async release() {
          card.released++;
        },
      };
    },
  },
};
Object.assign(globalThis, { fakeOrt: fake, GPUBufferUsage: {}, Float16Array: globalThis.Float16Array ?? Uint16Array });
Object.defineProperty(globalThis, "navigator", {
  configurable: true,
  value: { gpu: { requestAdapter: async () => ({}) } },
});
globalThis.fetch = /** @type {any} */ (async () => new Response(new Uint8Array()));

/** @param {"auto" | "any" | "off"} [wish] */
function setUp(wish = "any") {
  const engine = { side: 2, run: async () => ({ logits: MASK, scores: Float32Array.of(0.9) }) };
  const now = {
    engine,
    url: "decoder",
    arrays: [{ name: "features", shape: [2], data: new Uint16Array(2) }],
    tasks: [{ points, guided: false }],
  };
  /** @type {string[][]} */
  const said = [];
  const accelerator = new Accelerator(
    /** @type {any} */ ({
      runtime: pathToFileURL(folder).href,
      wish,
      current: () => ({ ...now }),
      quietly: async (/** @type {any} */ work) => work(),
      changed: (/** @type {string[]} */ ...words) => said.push(words),
    }),
  );
  return { accelerator, now, said };
}
const points = { coords: Float32Array.of(0, 0), labels: Float32Array.of(1), count: 1 };
/** @param {() => boolean} done */
async function until(done) {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 1));
}

test("it takes over once it agrees, and is asked only once", async () => {
  const { accelerator, said } = setUp();
  assert.equal(await accelerator.run(points, null), null, "not before it was tried");
  await accelerator.consider();
  await accelerator.consider();
  assert.deepEqual(said, [["webgpu", ""]]);
  assert.deepEqual((await accelerator.run(points, null))?.logits, MASK);
  assert.equal(card.opened, 1);
});

test("other masks: not for this decoder, but perhaps for the next", async () => {
  const { accelerator, now, said } = setUp();
  card.logits = Float32Array.of(-1, -1, 1, 1);
  await accelerator.consider();
  await accelerator.consider();
  assert.deepEqual(said, [["wasm", "the graphics card finds other masks"]]);
  assert.deepEqual([card.opened, card.released], [1, 1]);
  card.logits = MASK;
  now.engine = { ...now.engine };
  await accelerator.consider();
  assert.deepEqual(said[1], ["webgpu", ""]);
});

test("turned off, nothing is loaded", async () => {
  const { accelerator, said } = setUp("off");
  await accelerator.consider();
  await accelerator.consider();
  assert.deepEqual(said, [["wasm", "turned off by SAM_STUDIO_WEBGPU"]]);
  assert.equal(card.opened, 0);
});

test("another image or decoder while it is tried: tried again with that", async () => {
  const { accelerator, now, said } = setUp();
  let open = () => {};
  card.gate = new Promise((resolve) => {
    open = () => resolve(null);
  });
  const first = accelerator.consider();
  await until(() => card.opened === 1);
  now.engine = { ...now.engine };
  now.arrays = [...now.arrays];
  open();
  await first;
  await until(() => said.length > 0);
  assert.deepEqual(said, [["webgpu", ""]]);
  assert.equal(accelerator.compared, now.engine);
  assert.deepEqual([card.opened, card.released], [2, 1]);
});

for (const [name, spoil, reason] of /** @type {[string, () => void, RegExp][]} */ ([
  [
    "an error",
    () => {
      card.logits = null;
      card.score = NaN;
    },
    /nonsense/,
  ],
  ["a lost card", () => card.lose(), /lost/],
]))
  test(`${name}: the main processor answers from then on`, async () => {
    const { accelerator, said } = setUp();
    await accelerator.consider();
    spoil();
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(await accelerator.run(points, null), null);
    assert.equal(said.at(-1)?.[0], "wasm");
    assert.match(String(said.at(-1)?.[1]), reason);
    await accelerator.consider();
    assert.equal(card.opened, 1, "it is not tried again");
  });

test("with another decoder the old one goes", async () => {
  const { accelerator, said } = setUp();
  await accelerator.consider();
  await accelerator.forget();
  assert.equal(card.released, 1);
  assert.deepEqual(said.at(-1), ["wasm", ""]);
  assert.equal(await accelerator.run(points, null), null);
});
