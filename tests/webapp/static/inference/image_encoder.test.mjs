import assert from "node:assert/strict";
import { test } from "node:test";

import { Encoder, readPixels } from "../../../../webapp/static/inference/image_encoder.mjs";
import { INPUT_SIZE } from "../../../../webapp/static/inference/resize.mjs";

class Tensor {
  constructor(type, data, dims) {
    Object.assign(this, { type, data, dims });
  }
}

test("a photo goes in as a square of pixels, and its maps come out as halves with the geometry", async () => {
  let fed, released;
  const memory = Uint16Array.of(9, 1, 2, 9);
  const session = {
    outputNames: ["maps"],
    async run(inputs) {
      fed = inputs.image;
      return { maps: { dims: [1, 2], data: memory.subarray(1, 3) } };
    },
    async release() {
      released = true;
    },
  };
  const ort = { Tensor, InferenceSession: { create: async () => session } };
  const encoder = await Encoder.open(ort, new Uint8Array());
  const [width, height] = [2 * INPUT_SIZE, INPUT_SIZE];
  const found = await encoder.encode({ data: new Uint8Array(3 * width * height).fill(100), width, height });
  assert.deepEqual(
    [fed.type, fed.dims, fed.data.length],
    ["uint8", [1, INPUT_SIZE, INPUT_SIZE, 3], 3 * INPUT_SIZE ** 2],
  );
  assert.deepEqual(found.geometry, {
    size_hw: [height, width],
    input_hw: [INPUT_SIZE / 2, INPUT_SIZE],
    input_size: INPUT_SIZE,
  });
  const [{ name, shape, data }] = found.arrays;
  assert.deepEqual([name, shape, [...data]], ["maps", [1, 2], [1, 2]]);
  memory.fill(0);
  assert.deepEqual([...data], [1, 2], "a copy: the runtime's memory is its own");
  await encoder.release();
  assert.ok(released);
});

test("a photo with too many pixels is refused before it is drawn", async () => {
  globalThis.ImageBitmap = class {};
  globalThis.createImageBitmap = async () => ({ width: 20_000, height: 20_000, close() {} });
  await assert.rejects(readPixels(new Blob()), /too many pixels/);
});
