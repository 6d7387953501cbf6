/**
 * nano's encoder in the worker: a photo's file in, the embedding out, as the server's `embeddings` route gives it. With
 * it a photo need not leave the browser to be clicked on, and a busy server holds nobody up.
 *
 * @typedef {import("./prompt_tensors.mjs").Geometry} Geometry
 * @typedef {{name: string, shape: number[], data: Uint16Array}} FeatureArray data are float16 bits
 * @typedef {{arrays: FeatureArray[], geometry: Geometry, ms: number}} PageEmbedding
 */

import { dropAlpha, fit, INPUT_SIZE, padSquare } from "./resize.mjs";

/** Width times height, as the server's own limit (sam/images.py). */
const MAX_PIXELS = 80_000_000;

export class Encoder {
  /** @param {any} ort onnxruntime-web @param {any} session */
  constructor(ort, session) {
    this.ort = ort;
    this.session = session;
  }

  /**
   * @param {any} ort onnxruntime-web, set up @param {Uint8Array} bytes of encoder.onnx
   * @returns {Promise<Encoder>}
   */
  static async open(ort, bytes) {
    const options = { executionProviders: ["wasm"], graphOptimizationLevel: "all" };
    return new Encoder(ort, await ort.InferenceSession.create(bytes, options));
  }

  /** @param {import("./resize.mjs").Pixels} pixels @returns {Promise<PageEmbedding>} */
  async encode(pixels) {
    const began = performance.now();
    const small = fit(pixels);
    const image = new this.ort.Tensor("uint8", padSquare(small), [1, INPUT_SIZE, INPUT_SIZE, 3]);
    const found = await this.session.run({ image });
    const arrays = this.session.outputNames.map((/** @type {string} */ name) => {
      const { dims, data } = found[name];
      // Float16Array where the browser has it: the same bits. A copy, since the runtime's memory is its own.
      const bits = new Uint16Array(data.buffer, data.byteOffset, data.length).slice();
      return { name, shape: [...dims], data: bits };
    });
    const geometry = {
      size_hw: [pixels.height, pixels.width],
      input_hw: [small.height, small.width],
      input_size: INPUT_SIZE,
    };
    return { arrays, geometry, ms: performance.now() - began };
  }

  /** Gives its memory back. */
  async release() {
    await this.session.release();
  }
}

/**
 * A photo as it is meant to be seen: upright, in sRGB, on white where it is transparent.
 * @param {Blob | ImageBitmap} source @returns {Promise<import("./resize.mjs").Pixels>}
 */
export async function readPixels(source) {
  const bitmap = source instanceof ImageBitmap ? source : await createImageBitmap(source);
  const { width, height } = bitmap;
  if (width * height > MAX_PIXELS) throw new Error("the photo has too many pixels");
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  if (!context) throw new Error("this browser has no memory left for it");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  if (bitmap !== source) bitmap.close();
  return { data: dropAlpha(context.getImageData(0, 0, width, height).data), width, height };
}
