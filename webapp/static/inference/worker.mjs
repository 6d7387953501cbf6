/**
 * The worker that decodes: one decoder, one image. It runs apart from the page, so that a decoder at work never holds
 * up a pointer, and so that memory that WebAssembly has grown goes with it.
 *
 * Requests are {id, kind, ...}; answers {id, value} or {id, error}. Kinds: `open` {runtime, threads, webgpu}, `decoder`
 * {url}, `image` {arrays, geometry, rules}, `decode` {prompts, most}; `encoder` {url}, `encode` {file, rules}, an
 * `image` of the page's own making; `guide` {mask, logits}, the mask of an object that prompts refine. Unasked it says
 * {engine, reason}: which processor decodes from now on, and why not the graphics card.
 */

import { roundToHalf } from "./half_floats.mjs";
import { Encoder, readPixels } from "./image_encoder.mjs";
import { obey, tidy } from "./mask_cleanup.mjs";
import { Engine } from "./onnx_session.mjs";
import { feeds, order, pointCells, turns, wantsMany } from "./prompt_tensors.mjs";
import { Accelerator } from "./webgpu_trial.mjs";

/** Answers to earlier turns that are kept: the clicks before the next one need not be decoded again. */
const KEPT = 12;
/** The graphics card is tried when nothing was asked for so long. */
const QUIET_MS = 400;

/** @type {any} onnxruntime-web */
let ort = null;
/** @type {Engine | null} of the CPU */
let engine = null;
/** Where its file is. */
let source = "";
/** @type {Accelerator | null} */
let accelerator = null;
/** Which processor gave the last answer. @type {"wasm" | "webgpu"} */
let answered = "wasm";
/**
 * @type {{arrays: import("./onnx_session.mjs").FeatureArray[], geometry: import("./prompt_tensors.mjs").Geometry,
 *   rules: import("./prompt_tensors.mjs").Rules} | null}
 */
let image = null;
/** @type {Encoder | null} */
let encoder = null;
/** @type {{mask: string, logits: Float32Array} | null} of the object that is being refined */
let base = null;
/** @type {Map<string, Turn>} */
const known = new Map();

/**
 * @typedef {{logits: Float32Array[], scores: number[], tidied: number, cells: [number, number][],
 *   labels: number[], boxed: boolean}} Turn best first; so many of the masks are tidy already; cells and labels of its
 *   points, and whether it has a box
 */

const handlers = {
  /** @param {{runtime: string, threads: number, webgpu: import("./webgpu.mjs").Wish}} request */
  async open({ runtime, threads, webgpu }) {
    ort = await import(`${runtime}/ort.wasm.min.mjs`);
    ort.env.wasm.numThreads = threads;
    ort.env.wasm.wasmPaths = {
      mjs: `${runtime}/ort-wasm-simd-threaded.mjs`,
      wasm: `${runtime}/ort-wasm-simd-threaded.wasm`,
    };
    ort.env.logLevel = "error";
    const changed = (/** @type {string} */ name, /** @type {string} */ reason) =>
      self.postMessage({ engine: name, reason });
    accelerator = new Accelerator({ runtime, wish: webgpu, current, quietly, changed });
    return null;
  },

  /** @param {{url: string}} request */
  async decoder({ url }) {
    const bytes = await fetched(url, "decoder");
    await accelerator?.forget();
    await engine?.release();
    engine = image = null;
    known.clear();
    engine = await Engine.open(ort, bytes, "wasm");
    source = url;
    return null;
  },

  /** @param {{arrays: import("./onnx_session.mjs").FeatureArray[], geometry: any, rules: any}} request */
  async image({ arrays, geometry, rules }) {
    known.clear();
    /** @type {Engine} */ (engine).give(arrays);
    image = { arrays, geometry, rules };
    accelerator?.give(arrays);
    await decode(FIRST); // the engine compiles its hot loops now, not under the first hover
    known.clear();
    accelerator?.consider();
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

  /**
   * @param {{prompts: import("./request_queue.mjs").PromptJSON, most: number}} request most: no more masks are wanted
   */
  async decode({ prompts, most }) {
    const began = performance.now();
    const turn = await decode(prompts);
    const scores = turn.scores.slice(0, most);
    const logits = tidyMasks(turn, scores.length);
    const side = Math.sqrt(logits[0].length);
    const all = new Float32Array(logits.length * logits[0].length);
    for (const [i, mask] of logits.entries()) all.set(mask, i * mask.length);
    const value = {
      logits: roundToHalf(all),
      count: logits.length,
      height: side,
      width: side,
      engine: answered,
      ms: performance.now() - began,
      scores: scores.map((score) => Math.min(1, Math.max(0, score))),
    };
    return { value, transfer: [all.buffer] };
  },
};

/** @param {string} url @param {string} what @returns {Promise<Uint8Array>} */
async function fetched(url, what) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the ${what} could not be fetched (${response.status})`);
  return new Uint8Array(await response.arrayBuffer());
}

/** @type {import("./request_queue.mjs").PromptJSON} */
const FIRST = { points: [[0, 0]], labels: [1], box: null };

/** What the graphics card is compared by: a click in the middle, that mask with a click more, a box. */
function current() {
  if (!engine || !image) return null;
  const { arrays, geometry, rules } = image;
  const [height, width] = geometry.size_hw;
  const task = (/** @type {object} */ prompts, guided = false) => ({
    points: feeds({ points: [], labels: [], box: null, ...prompts }, geometry, rules),
    guided,
  });
  const middle = [width / 2, height / 2];
  const tasks = [
    task({ points: [middle], labels: [1] }),
    task({ points: [middle, [1, 1]], labels: [1, 0] }, true),
    task({ box: [width / 4, height / 4, 0.75 * width, 0.75 * height] }),
  ];
  return { engine, url: source, arrays, tasks };
}

/** @param {import("./request_queue.mjs").PromptJSON} prompts @returns {Promise<Turn>} */
async function decode(prompts) {
  if (!image) throw new Error("no image");
  if (prompts.base && prompts.base.mask !== base?.mask) throw new Error("the mask to refine is not here");
  const guide = prompts.base && base ? base.logits : null;
  /** @type {Turn | null} */
  let before = null;
  for (const turn of turns(prompts)) {
    const key = JSON.stringify(turn);
    const found = known.get(key);
    before = found ?? (await run(turn, before ? tidyMasks(before, 1)[0] : guide));
    known.delete(key); // the latest goes to the end
    known.set(key, before);
    if (known.size > KEPT) known.delete(/** @type {string} */ (known.keys().next().value));
  }
  return /** @type {Turn} */ (before);
}

/**
 * @param {import("./request_queue.mjs").PromptJSON} prompts
 * @param {Float32Array | null} guide logits of the turn before
 */
async function run(prompts, guide) {
  const { geometry, rules } = /** @type {NonNullable<typeof image>} */ (image);
  const { side } = /** @type {Engine} */ (engine);
  const points = feeds(prompts, geometry, rules);
  const fast = await accelerator?.run(points, guide);
  answered = fast ? "webgpu" : "wasm";
  const { logits, scores } = fast ?? (await /** @type {Engine} */ (engine).run(points, guide));
  const rows = order(scores, wantsMany(prompts, Boolean(prompts.base)));
  const area = side * side;
  return {
    logits: rows.map((row) => logits.subarray(row * area, (row + 1) * area)),
    scores: rows.map((row) => scores[row]),
    tidied: rules.tidy ? 0 : rows.length,
    cells: pointCells(prompts, geometry, side),
    labels: prompts.labels,
    boxed: Boolean(prompts.box),
  };
}

/**
 * The first masks of a turn as people mean them. Only what is asked for is made tidy: a hover shows one of three.
 * @param {Turn} turn @param {number} count @returns {Float32Array[]}
 */
function tidyMasks(turn, count) {
  const { logits, cells, labels, boxed } = turn;
  const on = cells.filter((_, i) => labels[i] === 1);
  const off = cells.filter((_, i) => labels[i] !== 1);
  for (; turn.tidied < count; turn.tidied++) {
    const mask = logits[turn.tidied];
    const side = Math.sqrt(mask.length);
    tidy(mask, side, side, boxed ? null : on, off); // a box says by itself where the object is
    obey(mask, side, side, cells, labels);
  }
  return logits.slice(0, count);
}

/** @type {Promise<any>} one at a time, in order */
let last = Promise.resolve();
/** Requests that wait or run, and when the last came. */
let open = 0;
let asked = 0;

/** Does what would hold up an answer when none is wanted. @type {import("./webgpu.mjs").Quietly} */
async function quietly(work) {
  for (;;) {
    const left = open ? QUIET_MS : QUIET_MS - (performance.now() - asked);
    if (left <= 0) break;
    await new Promise((resolve) => setTimeout(resolve, left));
  }
  const done = last.then(work);
  last = done.catch(() => {});
  return done;
}

self.addEventListener("message", ({ data }) => {
  open++;
  last = last.then(async () => {
    try {
      const result = await /** @type {Record<string, (request: any) => Promise<any>>} */ (handlers)[data.kind](data);
      const { value, transfer } = result?.transfer ? result : { value: result, transfer: [] };
      self.postMessage({ id: data.id, value }, { transfer });
    } catch (error) {
      self.postMessage({ id: data.id, error: error instanceof Error ? error.message : String(error) });
    }
    open--;
    asked = performance.now();
  });
});
