/**
 * Whether the graphics card (WebGPU) decodes instead of the CPU (WebAssembly). It has to show that it gives
 * the same masks and gives them sooner, on this machine, with this decoder and this image, while nobody waits for an
 * answer.
 *
 * @typedef {import("./onnx_session.mjs").Engine} Engine
 * @typedef {import("./onnx_session.mjs").Found} Found
 * @typedef {import("./prompt_tensors.mjs").Points} Points
 * @typedef {"auto" | "off" | "any"} Wish of whoever runs the server (SAM_STUDIO_WEBGPU); any: a software adapter and a
 *   slower one will do, too
 * @typedef {{points: Points, guided: boolean}} Task guided: with the best mask of the task before
 * @typedef {<T>(work: () => Promise<T>) => Promise<T>} Quietly does work that nothing else must disturb
 */

/** As the page's mask and the server's. */
const LEAST_OVERLAP = 0.99;
const LEAST_SCORE_GAP = 0.02;
const ROUNDS = 5;
/** It must win clearly: a card that is also drawing the page is not as steady as this measurement. */
const LEAST_GAIN = 0.8;

/**
 * The graphics card, or why there is none to use.
 * @param {any} gpu navigator.gpu @param {Wish} wish @returns {Promise<string>} empty: it can be tried
 */
export async function whyNot(gpu, wish) {
  if (wish === "off") return "turned off by SAM_STUDIO_WEBGPU";
  if (!gpu || !("Float16Array" in globalThis)) return "this browser has no WebGPU";
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (!adapter) return "no graphics card";
  const software = adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter ?? false;
  return software && wish !== "any" ? "no graphics card, only one in software" : "";
}

/**
 * The files of onnxruntime-web for WebGPU: smaller and quicker to start where the browser can suspend WebAssembly
 * itself.
 */
export function filesFor(/** @type {any} */ wasm = WebAssembly) {
  const kind = "Suspending" in wasm ? "jspi" : "asyncify";
  const module = kind === "jspi" ? "ort.jspi.min.mjs" : "ort.webgpu.min.mjs";
  return { module, mjs: `ort-wasm-simd-threaded.${kind}.mjs`, wasm: `ort-wasm-simd-threaded.${kind}.wasm` };
}

/** Whether both found the same masks. @param {Found} ours @param {Found} theirs */
export function agree(ours, theirs) {
  const { scores } = ours;
  if (scores.length !== theirs.scores.length || ours.logits.length !== theirs.logits.length) return false;
  if (!scores.every((score, i) => Math.abs(score - theirs.scores[i]) <= LEAST_SCORE_GAP)) return false; // NaN neither
  const area = ours.logits.length / scores.length;
  for (let mask = 0; mask < scores.length; mask++)
    if (!(overlap(ours.logits, theirs.logits, mask * area, (mask + 1) * area) >= LEAST_OVERLAP)) return false;
  return true;
}

/**
 * IoU of what is above 0; NaN where a logit is.
 * @param {Float32Array} a
 * @param {Float32Array} b
 * @param {number} from
 * @param {number} to
 */
function overlap(a, b, from, to) {
  let both = 0;
  let either = 0;
  for (let i = from; i < to; i++) {
    if (Number.isNaN(a[i]) || Number.isNaN(b[i])) return NaN;
    const one = a[i] > 0;
    const other = b[i] > 0;
    both += Number(one && other);
    either += Number(one || other);
  }
  return either ? both / either : 1;
}

/** @param {number[]} ours @param {number[]} theirs milliseconds */
export function isFaster(ours, theirs) {
  return median(ours) < LEAST_GAIN * median(theirs);
}

/** @param {number[]} numbers */
function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/**
 * Lets both answer the same prompts. The first answer of a graphics card takes long, since it compiles all it will run;
 * so it is asked alone first, while the other goes on answering.
 * @param {Pick<Engine, "run">} candidate
 * @param {Engine} engine that answers now
 * @param {Task[]} tasks
 * @param {Wish} wish
 * @param {Quietly} quietly
 * @returns {Promise<string>} why the candidate is not to be used; empty: it is
 */
export async function compare(candidate, engine, tasks, wish, quietly) {
  /** @type {Float32Array | null} */
  let guide = null;
  for (const { points, guided } of tasks) {
    /** @type {Float32Array | null} */
    const given = guided ? guide : null;
    const ours = await candidate.run(points, given);
    /** @type {Found} */
    const theirs = await quietly(() => engine.run(points, given));
    if (!agree(ours, theirs)) return "the graphics card finds other masks";
    guide = theirs.logits.slice(0, engine.side * engine.side);
  }
  if (wish === "any") return "";
  const { points } = tasks[0];
  /** @type {number[][]} */
  const times = [[], []];
  for (let round = 0; round < ROUNDS; round++)
    for (const [place, one] of [candidate, engine].entries())
      times[place].push(await quietly(() => clocked(() => one.run(points, null))));
  return isFaster(times[0], times[1]) ? "" : "the graphics card is not faster here";
}

/** @param {() => Promise<unknown>} work @returns {Promise<number>} milliseconds */
async function clocked(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Fails where the work takes longer than this, or the graphics card is gone. @template T
 * @param {Promise<T>} work @param {number} ms @param {Promise<never>} lost @returns {Promise<T>} */
export async function within(work, ms, lost) {
  let timer = 0;
  const late = new Promise((_, reject) => {
    timer = Number(setTimeout(() => reject(new Error("the graphics card does not answer")), ms));
  });
  try {
    return await Promise.race([work, lost, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(timer);
  }
}
