/**
 * The worker that decodes: one session, one image. It runs apart from the page, so that a decoder at work never holds up
 * a pointer, and so that memory that WebAssembly has grown goes with it.
 *
 * Requests are {id, kind, ...}; answers {id, value} or {id, error}. Kinds: `open` {runtime, threads}, `decoder`
 * {url}, `image` {arrays, geometry, rules}, `decode` {prompts}; `encoder` {url}, `encode` {file, rules}, an `image` of the
 * page's own making; `guide` {mask, logits}, the mask of an object that prompts refine.
 */

import { clickedCells, feeds, order, turns, wantsMany } from "./decoding.mjs";
import { Encoder, readPixels } from "./encoder.mjs";
import { tidy } from "./tidy.mjs";

/** Answers to earlier turns that are kept: the clicks before the next one need not be decoded again. */
const KEPT = 12;

/** @type {any} onnxruntime-web */
let ort = null;
/** @type {any} */
let session = null;
/** @type {{features: Record<string, any>, geometry: import("./decoding.mjs").Geometry, rules: import("./decoding.mjs").Rules} | null} */
let image = null;
/** @type {Encoder | null} */
let encoder = null;
/** @type {{mask: string, logits: Float32Array} | null} of the object that is being refined */
let base = null;
/** @type {Map<string, Turn>} */
const known = new Map();

/** @typedef {{logits: Float32Array[], scores: number[]}} Turn best first */

const handlers = {
  /** @param {{runtime: string, threads: number}} request */
  async open({ runtime, threads }) {
    ort = await import(`${runtime}/ort.wasm.min.mjs`);
    ort.env.wasm.numThreads = threads;
    ort.env.wasm.wasmPaths = { mjs: `${runtime}/ort-wasm-simd-threaded.mjs`, wasm: `${runtime}/ort-wasm-simd-threaded.wasm` };
    ort.env.logLevel = "error";
    return null;
  },

  /** @param {{url: string}} request */
  async decoder({ url }) {
    const bytes = await fetched(url, "decoder");
    await session?.release();
    session = null;
    image = null;
    known.clear();
    session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
    return null;
  },

  /** @param {{arrays: {name: string, shape: number[], data: Uint16Array}[], geometry: any, rules: any}} request */
  async image({ arrays, geometry, rules }) {
    known.clear();
    const features = Object.fromEntries(arrays.map(({ name, shape, data }) => [name, new ort.Tensor("float16", data, shape)]));
    const missing = session.inputNames.filter((name) => !(name in features) && !PROMPT_INPUTS.has(name));
    if (missing.length) throw new Error(`the embedding does not fit the decoder: no ${missing.join(", ")}`);
    image = { features, geometry, rules };
    await decode({ points: [[0, 0]], labels: [1], box: null }); // the engine compiles its hot loops now, not under the first hover
    known.clear();
    return null;
  },

  /** @param {{url: string}} request */
  async encoder({ url }) {
    const bytes = await fetched(url, "encoder");
    await encoder?.release();
    encoder = null;
    encoder = await Encoder.open(ort, bytes);
    return null;
  },

  /** @param {{file: Blob, rules: any}} request */
  async encode({ file, rules }) {
    if (!encoder) throw new Error("no encoder");
    const { arrays, geometry, ms } = await encoder.encode(await readPixels(file));
    await handlers.image({ arrays, geometry, rules });
    return { geometry, ms };
  },

  /** @param {{mask: string, logits: Float32Array}} request */
  async guide({ mask, logits }) {
    base = { mask, logits };
    return null;
  },

  /** @param {{prompts: import("./decoder.mjs").PromptJSON}} request */
  async decode({ prompts }) {
    const began = performance.now();
    const { logits, scores } = await decode(prompts);
    const side = Math.sqrt(logits[0].length);
    const all = new Float32Array(logits.length * logits[0].length);
    logits.forEach((mask, i) => all.set(mask, i * mask.length));
    const value = { logits: all, count: logits.length, height: side, width: side, ms: performance.now() - began,
      scores: scores.map((score) => Math.min(1, Math.max(0, score))) };
    return { value, transfer: [all.buffer] };
  },
};

/** @param {string} url @param {string} what @returns {Promise<Uint8Array>} */
async function fetched(url, what) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the ${what} could not be fetched (${response.status})`);
  return new Uint8Array(await response.arrayBuffer());
}

const PROMPT_INPUTS = new Set(["point_coords", "point_labels", "mask_input", "has_mask_input"]);

/** @param {import("./decoder.mjs").PromptJSON} prompts @returns {Promise<Turn>} */
async function decode(prompts) {
  if (!image) throw new Error("no image");
  if (prompts.base && prompts.base.mask !== base?.mask) throw new Error("the mask to refine is not here");
  const guide = prompts.base ? base.logits : null;
  /** @type {Turn | null} */
  let before = null;
  for (const turn of turns(prompts)) {
    const key = JSON.stringify(turn);
    const found = known.get(key);
    before = found ?? (await run(turn, before?.logits[0] ?? guide));
    known.delete(key); // the latest goes to the end
    known.set(key, before);
    if (known.size > KEPT) known.delete(/** @type {string} */ (known.keys().next().value));
  }
  return /** @type {Turn} */ (before);
}

/** @param {import("./decoder.mjs").PromptJSON} prompts @param {Float32Array | null} guide logits of the turn before */
async function run(prompts, guide) {
  const { features, geometry, rules } = /** @type {NonNullable<typeof image>} */ (image);
  const { coords, labels, count } = feeds(prompts, geometry, rules.slots);
  const side = session.inputMetadata.find((input) => input.name === "mask_input").shape[3];
  const inputs = {
    ...features,
    point_coords: new ort.Tensor("float32", coords, [1, count, 2]),
    point_labels: new ort.Tensor("float32", labels, [1, count]),
    mask_input: new ort.Tensor("float32", guide ?? new Float32Array(side * side), [1, 1, side, side]),
    has_mask_input: new ort.Tensor("float32", Float32Array.of(guide ? 1 : 0), [1]),
  };
  const { logits, scores } = await session.run(inputs);
  const rows = order(scores.data, wantsMany(prompts, Boolean(prompts.base)));
  const area = side * side;
  const cells = rules.tidy ? clickedCells(prompts, geometry, side) : null;
  const masks = rows.map((row) => logits.data.slice(row * area, (row + 1) * area));
  if (rules.tidy) for (const mask of masks) tidy(mask, side, side, cells);
  return { logits: masks, scores: rows.map((row) => scores.data[row]) };
}

/** @type {Promise<void>} one at a time, in order */
let last = Promise.resolve();
self.addEventListener("message", ({ data }) => {
  last = last.then(async () => {
    try {
      const result = await handlers[data.kind](data);
      const { value, transfer } = result?.transfer ? result : { value: result, transfer: [] };
      self.postMessage({ id: data.id, value }, { transfer });
    } catch (error) {
      self.postMessage({ id: data.id, error: String(error?.message ?? error) });
    }
  });
});
