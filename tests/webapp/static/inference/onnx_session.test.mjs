import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Engine } from "../../../../webapp/static/inference/onnx_session.mjs";

let fed, released, buffers, types;

class Tensor {
  constructor(type, data, dims) {
    Object.assign(this, { type, data, dims });
  }
  static fromGpuBuffer(buffer, { dataType, dims }) {
    return new Tensor(`gpu ${dataType}`, buffer, dims);
  }
}
const session = {
  inputNames: ["maps", "point_coords", "point_labels", "mask_input", "has_mask_input"],
  get inputMetadata() {
    return [
      { name: "maps", type: types },
      { name: "mask_input", shape: [1, 1, 2, 2] },
    ];
  },
  async run(inputs) {
    fed = inputs;
    return { logits: { data: Float32Array.of(1, -1, 1, -1) }, scores: { data: Float32Array.of(0.9) } };
  },
  async release() {
    released++;
  },
};
const device = {
  createBuffer: ({ size }) => {
    const buffer = { size, destroy: () => buffers.splice(buffers.indexOf(buffer), 1) };
    buffers.push(buffer);
    return buffer;
  },
  queue: { writeBuffer: (buffer, at, values) => Object.assign(buffer, { at, values }) },
};
const ort = {
  Tensor,
  env: { webgpu: { device: Promise.resolve(device) } },
  InferenceSession: { create: async () => session },
};
globalThis.GPUBufferUsage = { STORAGE: 1, COPY_DST: 2, COPY_SRC: 4 };

/** 1, -2 and .5 in half precision. */
const HALVES = Uint16Array.of(0x3c00, 0xc000, 0x3800);
const maps = { name: "maps", shape: [1, 3], data: HALVES };
const click = { coords: Float32Array.of(3, 4), labels: Float32Array.of(1), count: 1 };

beforeEach(() => {
  [fed, released, buffers, types] = [null, 0, [], "float32"];
});

test("features come as float16 and go in as float32, made so once an image", async () => {
  const engine = await Engine.open(ort, new Uint8Array(), "wasm");
  engine.give([maps]);
  const { maps: given } = engine.features;
  assert.deepEqual([given.type, [...given.data], given.dims], ["float32", [1, -2, 0.5], [1, 3]]);
  await engine.run(click, null);
  assert.equal(fed.maps, given);
  await engine.run(click, null);
  assert.equal(fed.maps, given);
});

test("a graph that takes float16 gets it as it came", async () => {
  types = "float16";
  const engine = await Engine.open(ort, new Uint8Array(), "wasm");
  engine.give([maps]);
  assert.equal(engine.features.maps.type, "float16");
  assert.equal(engine.features.maps.data, HALVES);
});

test("a prompt without an earlier mask, and with one", async () => {
  const engine = await Engine.open(ort, new Uint8Array(), "wasm");
  engine.give([maps]);
  const found = await engine.run(click, null);
  assert.deepEqual(
    [[...found.logits], fed.has_mask_input.data[0], [...fed.mask_input.data]],
    [[1, -1, 1, -1], 0, [0, 0, 0, 0]],
  );
  assert.deepEqual(
    [fed.point_coords.dims, fed.point_labels.dims],
    [
      [1, 1, 2],
      [1, 1],
    ],
  );
  await engine.run(click, Float32Array.of(1, 2, 3, 4));
  assert.deepEqual([fed.has_mask_input.data[0], [...fed.mask_input.data]], [1, [1, 2, 3, 4]]);
});

test("an embedding that does not fit is named", async () => {
  const engine = await Engine.open(ort, new Uint8Array(), "wasm");
  assert.throws(() => engine.give([{ ...maps, name: "others" }]), /does not fit the decoder: no maps/);
});

test("a graphics card keeps one image's features, in buffers of whole steps", async () => {
  const engine = await Engine.open(ort, new Uint8Array(), "webgpu");
  engine.give([maps]);
  assert.deepEqual([buffers.length, buffers[0].size, [...buffers[0].values]], [1, 16, [1, -2, 0.5]]);
  assert.equal(engine.features.maps.type, "gpu float32");
  engine.give([maps]);
  assert.equal(buffers.length, 1, "the image before is forgotten");
  await engine.release();
  assert.deepEqual([buffers.length, released], [0, 1]);
});
