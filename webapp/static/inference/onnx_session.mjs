/**
 * A decoder's graph on the CPU or the graphics card, with the features of one image. They come as float16 and are made
 * float32 once an image; the graphics card keeps them in its own memory.
 *
 * @typedef {{name: string, shape: number[], data: Uint16Array}} FeatureArray data are float16 bits
 * @typedef {{logits: Float32Array, scores: Float32Array}} Found all masks of one prompt, one after the other; predicted
 *   IoU
 */

import { widen } from "./half_floats.mjs";

const PROMPT_INPUTS = new Set(["point_coords", "point_labels", "mask_input", "has_mask_input"]);
/** Buffers of a graphics card come in steps of this many bytes. */
const STEP = 16;

export class Engine {
  /** @param {any} ort onnxruntime-web @param {any} session @param {any} device of the graphics card, or null */
  constructor(ort, session, device) {
    this.ort = ort;
    this.session = session;
    this.device = device;
    /** @type {Record<string, any>} */
    this.features = {};
    /** @type {any[]} buffers on the graphics card */
    this.buffers = [];
    /** Side of the square masks, in cells. @type {number} */
    this.side = session.inputMetadata.find((/** @type {any} */ input) => input.name === "mask_input").shape[3];
    /** What stands for no earlier mask: the graph reads it, and nobody changes it. */
    this.none = new Float32Array(this.side * this.side);
  }

  /**
   * @param {any} ort onnxruntime-web, set up @param {Uint8Array} bytes of decoder.onnx
   * @param {"wasm" | "webgpu"} provider
   */
  static async open(ort, bytes, provider) {
    const options = { executionProviders: [provider], graphOptimizationLevel: "all", logSeverityLevel: 3 };
    const session = await ort.InferenceSession.create(bytes, options);
    return new Engine(ort, session, provider === "webgpu" ? await ort.env.webgpu.device : null);
  }

  /** The image that prompts are about from now on. @param {FeatureArray[]} arrays */
  give(arrays) {
    this.#forget();
    for (const { name, shape, data } of arrays) {
      // A decoder of one's own may still take them as they come.
      const half = this.#type(name) === "float16";
      if (this.device) this.features[name] = this.#upload(widen(data), shape);
      else this.features[name] = new this.ort.Tensor(half ? "float16" : "float32", half ? data : widen(data), shape);
    }
    const missing = this.session.inputNames.filter(
      (/** @type {string} */ name) => !(name in this.features) && !PROMPT_INPUTS.has(name),
    );
    if (missing.length) throw new Error(`the embedding does not fit the decoder: no ${missing.join(", ")}`);
  }

  /**
   * @param {import("./prompt_tensors.mjs").Points} points @param {Float32Array | null} guide logits of an earlier mask
   * @returns {Promise<Found>}
   */
  async run({ coords, labels, count }, guide) {
    const { ort, side } = this;
    const { logits, scores } = await this.session.run({
      ...this.features,
      point_coords: new ort.Tensor("float32", coords, [1, count, 2]),
      point_labels: new ort.Tensor("float32", labels, [1, count]),
      mask_input: new ort.Tensor("float32", guide ?? this.none, [1, 1, side, side]),
      has_mask_input: new ort.Tensor("float32", Float32Array.of(guide ? 1 : 0), [1]),
    });
    return { logits: logits.data, scores: scores.data };
  }

  /** Gives its memory back. */
  async release() {
    this.#forget();
    await this.session.release();
  }

  /** @param {string} name of an input */
  #type(name) {
    return this.session.inputMetadata.find((/** @type {any} */ input) => input.name === name)?.type;
  }

  /** @param {Float32Array} values @param {number[]} shape */
  #upload(values, shape) {
    const { GPUBufferUsage } = /** @type {any} every browser with WebGPU has it */ (globalThis);
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    const buffer = this.device.createBuffer({ size: Math.ceil(values.byteLength / STEP) * STEP, usage });
    this.device.queue.writeBuffer(buffer, 0, values);
    this.buffers.push(buffer);
    return this.ort.Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims: shape });
  }

  #forget() {
    this.features = {};
    for (const buffer of this.buffers) buffer.destroy();
    this.buffers = [];
  }
}
