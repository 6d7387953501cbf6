/**
 * Decoding in the page: it fetches the decoder and the image's embedding, hands them to the worker, and says when it
 * can answer. Until then, and where it cannot, the server decodes.
 *
 * @typedef {import("./request_queue.mjs").PromptJSON} PromptJSON
 * @typedef {import("./request_queue.mjs").Answer} Answer
 * @typedef {"off" | "loading" | "ready"} Phase
 */

import { turns } from "./prompt_tensors.mjs";

/** How long after "being installed" the page asks again. */
const AGAIN_MS = 3000;
/** A worker that takes longer to decode one turn is dead, or starved of memory. */
const PATIENCE_MS = 5000;
/** The same with files to fetch, which may be megabytes on a slow line. */
const PATIENCE_FETCH_MS = 180_000;
/** A worker that has died is replaced this often before the page leaves it to the server. */
const LIVES = 2;
const MOST_THREADS = 4;

export class PageDecoder {
  /**
   * @param {import("../server/api.mjs").Transport} transport
   * @param {() => void} changed `phase` or `reason` is another
   */
  constructor(transport, changed) {
    this.transport = transport;
    this.changed = changed;
    /** @type {Phase} */
    this.phase = "off";
    /** Why the page does not decode, as the end of a sentence. */
    this.reason = "";
    /** What decodes in the page. @type {"" | "wasm" | "webgpu"} */
    this.engine = "";
    this.deaths = 0;
    /** @type {string | null} weights of the decoder in the worker */
    this.weights = null;
    /** @type {string | null} weights of the encoder in the worker */
    this.encoder = null;
    /** @type {string | null} key of the mask to refine that is in the worker */
    this.guide = null;
    /** @type {{id: string, model: string} | null} what is to be decoded */
    this.wanted = null;
    /** @type {Worker | null} */
    this.worker = null;
    /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void, timer: number}>} */
    this.asked = new Map();
    this.count = 0;
  }

  get ready() {
    return this.phase === "ready";
  }

  /** Where it decodes, as the end of a sentence. */
  get where() {
    return whereOf(this.engine);
  }

  /** Begins to fetch what this picture needs. @param {import("../server/api.mjs").Picture | null} picture */
  async prepare(picture) {
    this.wanted = picture && { id: picture.id, model: picture.model };
    if (!picture) return this.#set("off", "");
    const { wanted } = this;
    this.guide = null; // another model has another grid
    this.#set("loading", "");
    try {
      await this.#load(wanted);
      if (wanted === this.wanted) this.#set("ready", "");
    } catch (error) {
      if (wanted !== this.wanted) return;
      this.#set("off", error instanceof Error ? error.message : String(error));
      if (error instanceof Later) setTimeout(() => wanted === this.wanted && this.prepare(picture), AGAIN_MS);
      else if (error instanceof Died && this.deaths < LIVES) this.prepare(picture);
    }
  }

  /**
   * Encodes a photo in the page: nothing of it goes to the server, and the server need not have it.
   * @param {Blob} file
   * @returns {Promise<{geometry: import("./prompt_tensors.mjs").Geometry, ms: number}>} when it can be clicked on
   */
  async prepareHere(file) {
    const wanted = { id: "", model: "" };
    this.wanted = wanted;
    this.#set("loading", "");
    try {
      await this.#start();
      const { model, weights, encoder, decoder, rules } = await this.transport.local();
      const still = () => {
        if (wanted !== this.wanted) throw new Error("another photo was opened meanwhile");
      };
      if (!encoder || !decoder) throw new Error(`${model} is too large to encode photos in the page`);
      if (this.weights !== weights) await this.#decoder(decoder, weights);
      if (this.encoder !== weights) {
        await this.#ask("encoder", { url: this.transport.address(encoder) });
        this.encoder = weights;
      }
      still(); // what is encoded now would take the place of what was asked for since
      const found = await this.#ask("encode", { file, rules });
      if (wanted === this.wanted) this.#set("ready", "");
      return found;
    } catch (error) {
      if (wanted === this.wanted) this.#set("off", error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  /**
   * @param {PromptJSON} prompts
   * @param {number} [most] masks that are wanted
   * @returns {Promise<Answer>}
   */
  async run(prompts, most) {
    if (prompts.base && prompts.base.mask !== this.guide) await this.#guide(prompts.base);
    try {
      const { engine, ...answer } = await this.#ask(
        "decode",
        { prompts, most },
        [],
        PATIENCE_MS * turns(prompts).length,
      );
      return { ...answer, where: whereOf(engine) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (this.worker) this.#drop(new Died(reason));
      this.#set("off", reason);
      throw error;
    }
  }

  /** @param {{object: string, mask: string}} base */
  async #guide({ object, mask }) {
    const { mask: key, logits } = await this.transport.guide(object);
    if (key !== mask) throw new Error("the object was changed meanwhile");
    await this.#ask("guide", { mask, logits });
    this.guide = mask;
  }

  /** @param {{id: string, model: string} | null} wanted @param {boolean} [again] @returns {Promise<void>} */
  async #load(wanted, again = true) {
    await this.#start();
    const grant = await this.transport.grant();
    if (!grant.decoder) throw new Error(`${wanted?.model} has no decoder for the page`);
    if (this.weights !== grant.weights) await this.#decoder(grant.decoder, grant.weights);
    const { weights, arrays, geometry } = await this.transport.embedding(grant.embedding);
    if (wanted !== this.wanted) return;
    if (weights !== this.weights || grant.picture !== wanted?.id) {
      // The model was changed between the two: what does not belong together must never draw a mask.
      if (again) return this.#load(wanted, false);
      throw new Error("the decoder and the embedding do not belong together");
    }
    await this.#ask(
      "image",
      { arrays, geometry, rules: grant.rules },
      arrays.map((array) => array.data.buffer),
    );
  }

  /** @param {string} address @param {string} weights */
  async #decoder(address, weights) {
    this.weights = null;
    await this.#ask("decoder", { url: this.transport.address(address) });
    this.weights = weights;
  }

  async #start() {
    if (this.worker) return;
    if (typeof WebAssembly !== "object") throw new Error("this browser has no WebAssembly");
    const status = await this.transport.runtime();
    if (!status.ready) throw new (status.waiting ? Later : Error)(status.reason);
    const worker = new Worker(new URL("./worker.mjs", import.meta.url), { type: "module", name: "decoder" });
    this.worker = worker;
    this.weights = this.encoder = this.guide = null;
    worker.addEventListener("message", ({ data }) => this.#answered(data));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#drop(new Died("the page's decoder stopped"));
    });
    const threads = globalThis.crossOriginIsolated ? Math.min(MOST_THREADS, navigator.hardwareConcurrency || 1) : 1;
    try {
      await this.#ask("open", {
        runtime: this.transport.address(`runtime/${status.version}`),
        threads,
        webgpu: status.webgpu,
      });
      this.engine = "wasm";
    } catch (error) {
      if (this.worker) this.#drop(new Died("the page's decoder could not be loaded"));
      console.info("The page's decoder could not be loaded.", error);
      throw new Error("the page's decoder could not be loaded");
    }
  }

  /**
   * @param {string} kind
   * @param {object} [request]
   * @param {Transferable[]} [transfer]
   * @param {number} [patience] in milliseconds
   * @returns {Promise<any>}
   */
  #ask(kind, request = {}, transfer = [], patience = PATIENCE_FETCH_MS) {
    const { worker } = this;
    if (!worker) return Promise.reject(new Died("the page's decoder stopped"));
    const id = ++this.count;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#drop(new Died("the page's decoder does not answer")), patience);
      this.asked.set(id, { resolve, reject, timer });
      worker.postMessage({ id, kind, ...request }, transfer);
    });
  }

  /** @param {{id: number, value?: any, error?: string, engine?: "wasm" | "webgpu", reason?: string}} answer */
  #answered({ id, value, error, engine, reason }) {
    if (engine) return this.#engine(engine, reason);
    const waiting = this.asked.get(id);
    if (!waiting) return;
    this.asked.delete(id);
    clearTimeout(waiting.timer);
    if (error === undefined) waiting.resolve(value);
    else waiting.reject(new Error(sentence(error)));
  }

  /** @param {"wasm" | "webgpu"} engine @param {string} [reason] */
  #engine(engine, reason) {
    if (reason) console.info("Decoding stays on the CPU:", reason);
    if (engine === this.engine) return;
    this.engine = engine;
    this.changed();
  }

  /** @param {Error} error */
  #drop(error) {
    this.deaths++;
    this.worker?.terminate();
    this.worker = null;
    this.engine = "";
    this.weights = this.encoder = this.guide = null;
    for (const { reject, timer } of this.asked.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.asked.clear();
  }

  /** @param {Phase} phase @param {string} reason */
  #set(phase, reason) {
    if (phase === this.phase && reason === this.reason) return;
    this.phase = phase;
    this.reason = reason;
    this.changed();
  }
}

/** @param {string} engine */
const whereOf = (engine) => (engine === "webgpu" ? "in this page (graphics card)" : "in this page");

/** What went wrong in the worker, for people; the rest is for the console. @param {string} error */
function sentence(error) {
  console.info("The page's decoder:", error);
  if (/memory|allocat/i.test(error)) return "this browser has no memory left for it";
  return /backend|wasm/i.test(error) ? "this browser does not run WebAssembly" : "the page's decoder failed";
}

/** Not now, but soon. */
class Later extends Error {}
/** The worker is gone; a new one may do better. */
class Died extends Error {}
