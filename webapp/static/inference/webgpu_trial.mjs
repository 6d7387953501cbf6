/**
 * Moves decoding to the graphics card where that pays, in the background and never before the page can answer without
 * it. Whatever goes wrong there, the CPU answers the same request, and all that come after it.
 *
 * @typedef {import("./onnx_session.mjs").FeatureArray} FeatureArray
 * @typedef {import("./onnx_session.mjs").Found} Found
 * @typedef {{engine: Engine, url: string, arrays: FeatureArray[], tasks: import("./webgpu.mjs").Task[]}} Current what
 *   decodes now, where its file is, the image's features, and what to compare by
 * @typedef {{runtime: string, wish: import("./webgpu.mjs").Wish, current: () => Current | null,
 *   quietly: import("./webgpu.mjs").Quietly, changed: (engine: "wasm" | "webgpu", reason: string) => void}}
 * Surroundings
 */

import { Engine } from "./onnx_session.mjs";
import { compare, filesFor, whyNot, within } from "./webgpu.mjs";

/** To compile everything and answer for the first time. */
const FIRST_MS = 120_000;
/** A card that was faster than the CPU and takes this long has something else to do, or hangs. */
const LATER_MS = 3000;

export class Accelerator {
  /** @param {Surroundings} surroundings */
  constructor(surroundings) {
    this.surroundings = surroundings;
    /** @type {Engine | null} in use */
    this.engine = null;
    /** @type {Engine | null} of the CPU that was compared with: once is enough */
    this.compared = null;
    /** Why there will be none as long as this page is open. */
    this.refused = "";
    this.busy = false;
    /** @type {any} onnxruntime-web for WebGPU */
    this.ort = null;
    /** @type {any} */
    this.device = null;
    /** @type {Promise<never>} */
    this.lost = new Promise(() => {});
  }

  /** The image has changed. @param {FeatureArray[]} arrays */
  give(arrays) {
    try {
      this.engine?.give(arrays);
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** The decoder will change: what is on the graphics card is the old one. */
  async forget() {
    const { engine } = this;
    if (!engine) return;
    this.engine = null;
    this.surroundings.changed("wasm", "");
    await engine.release().catch(() => {});
  }

  /**
   * @param {import("./prompt_tensors.mjs").Points} points @param {Float32Array | null} guide
   * @returns {Promise<Found | null>} null: ask the CPU
   */
  async run(points, guide) {
    if (!this.engine) return null;
    try {
      const found = await within(this.engine.run(points, guide), LATER_MS, this.lost);
      if (!found.scores.every(Number.isFinite)) throw new Error("the graphics card has answered nonsense");
      return found;
    } catch (error) {
      this.#refuse(error);
      return null;
    }
  }

  /** Tries the graphics card with what decodes now, unless that was done. Takes its time; waits for nobody. */
  async consider() {
    const now = this.surroundings.current();
    if (this.busy || this.refused || !now || now.engine === this.compared) return;
    this.busy = true;
    try {
      await this.#try(now);
    } catch (error) {
      if (!(error instanceof Moved)) this.#refuse(error);
    }
    this.busy = false;
    // Another image or decoder came meanwhile.
    if (this.compared !== now.engine) this.consider();
  }

  /** @param {Current} now */
  async #try(now) {
    const { quietly, current, wish, changed } = this.surroundings;
    if (!this.ort) {
      const { gpu, connection } = /** @type {any} TypeScript's list has neither */ (navigator);
      // A visitor who saves data is not sent megabytes for milliseconds.
      this.refused = connection?.saveData && wish !== "any" ? "saving data" : await whyNot(gpu, wish);
      if (this.refused) return changed("wasm", this.refused);
      await quietly(() => this.#load());
    }
    const response = await fetch(now.url);
    if (!response.ok) throw new Error(`the decoder could not be fetched (${response.status})`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    /** @type {typeof quietly} */
    const still = (work) =>
      quietly(() => {
        const { engine, arrays } = current() ?? {};
        if (engine !== now.engine || arrays !== now.arrays) throw new Moved();
        return work();
      });
    const candidate = await still(() => Engine.open(this.ort, bytes, "webgpu"));
    try {
      this.#watch(candidate.device);
      candidate.give(now.arrays);
      // Each answer has its time, the whole has not: it waits for as long as somebody is at work here.
      const run = (/** @type {any} */ points, /** @type {any} */ guide) =>
        within(candidate.run(points, guide), FIRST_MS, this.lost);
      const reason = await compare({ run }, now.engine, now.tasks, wish, still);
      await still(async () => {
        if (this.refused) return; // lost meanwhile
        this.compared = now.engine;
        if (!reason) this.engine = candidate;
        changed(reason ? "wasm" : "webgpu", reason);
      });
    } finally {
      if (this.engine !== candidate) await candidate.release().catch(() => {});
    }
  }

  async #load() {
    const { runtime } = this.surroundings;
    const files = filesFor();
    const ort = await import(`${runtime}/${files.module}`);
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = { mjs: `${runtime}/${files.mjs}`, wasm: `${runtime}/${files.wasm}` };
    ort.env.logLevel = "error";
    this.ort = ort;
  }

  /** @param {any} device */
  #watch(device) {
    if (device === this.device) return;
    this.device = device;
    this.lost = device.lost.then((/** @type {{message: string}} */ { message }) => {
      throw new Error(`the graphics card was lost ${message}`);
    });
    this.lost.catch((error) => this.#refuse(error));
  }

  /** For good: a card that has failed once may do so again, and each time somebody waits. @param {unknown} error */
  #refuse(error) {
    if (this.refused) return;
    this.refused = error instanceof Error ? error.message : String(error);
    this.engine = null; // not released: nothing that is asked of a card in this state is sure to come back
    this.surroundings.changed("wasm", this.refused);
  }
}

/** The image or the decoder is another one now. */
class Moved extends Error {}
