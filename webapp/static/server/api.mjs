/**
 * The way to the server: every request of the page goes through here, and every failure comes back as a sentence.
 *
 * @typedef {{id: string, name: string, width: number, height: number, model: string, encode_ms: number, cached:
 *   boolean, version: number, revised: boolean, awaits?: string, input: {width: number, height: number, size: number},
 *   reading?: Reading | null}} Picture `awaits`: the model that is to read it, while another one has
 * @typedef {{notes: string[], brightness: {low: number, high: number, lowest: number, highest: number} | null,
 *   choice: string, pages: [number, number][], page: number}} Reading how its file was read; `pages`: width and height
 * @typedef {{id: string, name: string, color: string, hidden: boolean, score: number, area: number,
 *   box: [number, number, number, number], source: string, mask: string, locked: boolean, class: string}} ObjectInfo
 *   `mask` is another when the mask is
 * @typedef {{id: string, name: string, color: string, key: string}} ObjectClass key: one character, or ""
 * @typedef {{picture: Picture | null, objects: ObjectInfo[], model: string, revision: number,
 *   classes?: ObjectClass[], class_list?: number,
 *   previous: {id: string, name: string, objects: number} | null}} State
 */

import { widen } from "../inference/half_floats.mjs";
import { unpack, unpackArrays } from "./frame.mjs";
import { maskBody } from "./mask_body.mjs";
import { Revival } from "./revival.mjs";
import { visitorHeaders } from "./visitor.mjs";

/** A failure whose message may be shown as it is. */
export class StudioError extends Error {
  /** @param {string} message @param {number} [status] */
  constructor(message, status = 0) {
    super(message);
    this.name = "StudioError";
    this.status = status;
  }
}

const OFFLINE = "The server does not answer. Check that it is running, then try again.";

export class Transport {
  /** @param {string} base URL of the routes, without a slash at the end */
  constructor(base) {
    this.base = base;
    this.token = "";
    /** Told the seconds for which a request had a GPU. @type {(seconds: number) => void} */
    this.usedGpu = () => {};
    this.revival = new Revival();
  }

  /** Opens a workspace: the token in its URLs is the only key to it. @returns {Promise<State>} */
  async open() {
    const { token, state } = await this.#json("POST", `${this.base}/workspaces`);
    this.token = token;
    return state;
  }

  /**
   * What is under way for this visitor.
   * @returns {Promise<import("../session/work.mjs").Look>}
   */
  work() {
    // While the workspace itself is being opened, nothing of it is known.
    return this.token ? this.#json("GET", `${this.#here}/work`) : Promise.resolve({ ahead: null, running: null });
  }

  /** What a tab does is to end. */
  async stopWork() {
    await this.#send("POST", `${this.#here}/stop`);
  }

  /** The workspace of the page before this one. @param {string} token @returns {Promise<State>} */
  resume(token) {
    this.token = token;
    return this.state();
  }

  /** Sent when the page goes away. @param {boolean} back whether it may be loaded again: nothing is freed at once */
  close(back = false) {
    if (this.token) navigator.sendBeacon(`${this.#here}/${back ? "leave" : "close"}`);
  }

  get #here() {
    return `${this.base}/workspaces/${this.token}`;
  }

  /** @returns {Promise<State>} */
  state() {
    return this.#json("GET", `${this.#here}/state`);
  }

  /** @param {Blob} file @param {string} name @param {AbortSignal} [signal] @returns {Promise<State>} */
  upload(file, name, signal) {
    const headers = { "Content-Type": "application/octet-stream" };
    return this.#json("POST", `${this.#here}/image?name=${encodeURIComponent(name)}`, file, headers, signal);
  }

  /** @param {string} name @param {AbortSignal} [signal] @returns {Promise<State>} */
  example(name, signal) {
    return this.#json("POST", `${this.#here}/example`, { name }, {}, signal);
  }

  /** The server fetches it. @param {string} url @param {AbortSignal} [signal] @returns {Promise<State>} */
  fetchAddress(url, signal) {
    return this.#json("POST", `${this.#here}/address`, { url }, {}, signal);
  }

  /** @param {string} model @param {AbortSignal} [signal] @returns {Promise<State>} */
  setModel(model, signal) {
    return this.#json("POST", `${this.#here}/model`, { model }, {}, signal);
  }

  /** The photo or model that is on its way is not wanted any more. @returns {Promise<State>} what there is */
  stopOpening() {
    return this.#json("POST", `${this.#here}/stop/opening`);
  }

  /**
   * A picture that nano reads for now is read by the model that was chosen.
   * @param {string} picture @returns {Promise<State>}
   */
  encode(picture) {
    return this.#json("POST", `${this.#here}/encode`, { picture });
  }

  /** @returns {Promise<import("../models/model_text.mjs").Panel>} */
  models() {
    return this.#json("GET", `${this.#here}/models`);
  }

  /**
   * @param {string} action of the model manager
   * @param {string} name
   * @returns {Promise<import("../models/model_text.mjs").Panel>}
   */
  manage(action, name) {
    return this.#json("POST", `${this.#here}/models`, { do: action, name });
  }

  /**
   * The photo's file in another way.
   * @param {string} id
   * @param {{page?: number, brightness?: string | [number, number]}} choice
   * @returns {Promise<State>}
   */
  readAgain(id, choice) {
    return this.#json("POST", `${this.#here}/reading`, { picture: id, ...choice });
  }

  /** Back to the image before, with its objects. @param {string} id @returns {Promise<State>} */
  restoreImage(id) {
    return this.#json("POST", `${this.#here}/restore`, { picture: id });
  }

  /**
   * Keeps a mask as it is shown: by the id of the server's answer, or as its logits where the page has decoded it, or
   * where the server does not remember.
   * @param {Picture} picture
   * @param {import("../inference/request_queue.mjs").Answer} answer
   * @param {number} choice which of its masks
   * @param {{name?: string, refines?: string, class?: string, label?: string, prompts?: object}} object label: by name
   * @returns {Promise<State & {added: string[]}>}
   */
  async keep(picture, answer, choice, object) {
    const url = `${this.#here}/objects`,
      body = { picture: picture.id, ...object };
    if (answer.id) {
      try {
        return await this.#json("POST", url, { ...body, answer: answer.id, choice });
      } catch (error) {
        if (!(error instanceof StudioError) || error.status !== 404) throw error;
      }
    }
    return this.#json("POST", url, { ...body, ...(await maskBody(answer, choice, picture.input)) });
  }

  /**
   * @param {string} id
   * @param {{name?: string, color?: string, hidden?: boolean, locked?: boolean, place?: number}} change
   * @returns {Promise<State>}
   */
  change(id, change) {
    return this.#json("PATCH", `${this.#here}/objects/${id}`, change);
  }

  /** @param {string} id @returns {Promise<State>} */
  remove(id) {
    return this.#json("DELETE", `${this.#here}/objects/${id}`);
  }

  /**
   * Changes an object's mask by hand.
   * @param {string} picture
   * @param {string} id
   * @param {{kind: string, points?: number[][], radius?: number, pixels?: number}} change
   * @returns {Promise<State>}
   */
  edit(picture, id, change) {
    return this.#json("POST", `${this.#here}/objects/${id}/edit`, { picture, change });
  }

  /** @param {string} picture @param {string[]} ids the first one stays @param {"unite" | "subtract" | "intersect"} how
   *  @returns {Promise<State>} */
  combine(picture, ids, how) {
    return this.#json("POST", `${this.#here}/combine`, { picture, ids, how });
  }

  /**
   * Reads outlines again at full resolution: of as many of these objects as the server does in one go.
   * @param {string} picture @param {string[]} objects @param {AbortSignal} signal
   * @returns {Promise<State & {done: Record<string, {outcome: string, note: string}>}>} by id; note: why it kept its
   *   mask, where it did
   */
  sharpen(picture, objects, signal) {
    return this.#json("POST", `${this.#here}/sharpen`, { picture, objects }, {}, signal);
  }

  /** Undo and redo of both lists. @param {number} version @param {number} [classes] @returns {Promise<State>} */
  goTo(version, classes) {
    return this.#json("POST", `${this.#here}/version`, { version, classes });
  }

  /** @param {string} id of a removed object @returns {Promise<State>} */
  putBack(id) {
    return this.#json("POST", `${this.#here}/objects/${id}/restore`);
  }

  /**
   * @param {string} picture
   * @param {import("../inference/request_queue.mjs").PromptJSON} prompts
   * @param {AbortSignal} signal
   * @returns {Promise<import("../inference/request_queue.mjs").Answer>}
   */
  async decode(picture, prompts, signal) {
    const response = await this.#send("POST", `${this.#here}/decode`, { picture, prompts }, {}, signal);
    const { header, at, buffer } = unpack(await response.arrayBuffer());
    const [count, height, width] = header.shape;
    return {
      count,
      height,
      width,
      scores: header.scores,
      ms: header.ms,
      where: "on the server",
      id: header.answer,
      logits: widen(new Uint16Array(buffer.slice(at))),
    };
  }

  /**
   * An object's mask as a decoder takes it.
   * @param {string} id @returns {Promise<{mask: string, points: number[][], logits: Float32Array}>}
   */
  async guide(id) {
    const response = await this.#send("GET", `${this.#here}/objects/${id}/guide`);
    const { header, at, buffer } = unpack(await response.arrayBuffer());
    return { mask: header.mask, points: header.points, logits: widen(new Uint16Array(buffer.slice(at))) };
  }

  /**
   * Where a decoder in the page gets the embedding of the picture on the stage, and its own file.
   * @returns {Promise<{embedding: string, decoder: string | null, weights: string, picture: string,
   *   rules: import("../inference/prompt_tensors.mjs").Rules}>}
   */
  grant() {
    return this.#json("POST", `${this.#here}/embedding`);
  }

  /**
   * What a page needs to encode by itself, before any photo is here.
   * @returns {Promise<{model: string, weights: string, encoder: string | null, decoder: string | null,
   *   rules: import("../inference/prompt_tensors.mjs").Rules}>} no encoder: this model is too large for a page
   */
  local() {
    return this.#json("GET", `${this.#here}/encoder`);
  }

  /**
   * @param {string} address from `grant`
   * @returns {Promise<{weights: string, arrays: {name: string, shape: number[], data: Uint16Array<ArrayBuffer>}[],
   *   geometry: import("../inference/prompt_tensors.mjs").Geometry}>}
   */
  async embedding(address) {
    const response = await this.#send("GET", this.address(address));
    const { header, arrays } = unpackArrays(await response.arrayBuffer());
    const { weights, size_hw, input_hw, input_size } = header;
    return { weights, arrays, geometry: { size_hw, input_hw, input_size } };
  }

  /**
   * @returns {Promise<{ready: boolean, waiting: boolean, reason: string, version: string, webgpu:
   *   import("../inference/webgpu.mjs").Wish}>} of what the page decodes with
   */
  runtime() {
    return this.#json("GET", this.address("runtime"));
  }

  /** @param {string} path below the routes @returns {string} */
  address(path) {
    return `${this.base}/${path}`;
  }

  /** @param {string} id @returns {string} the picture as the server read it */
  pictureUrl(id) {
    return `${this.#here}/pictures/${id}`;
  }

  /** @param {ObjectInfo} object @returns {string} its mask cut to its box, sized for the view */
  maskUrl(object) {
    return `${this.#here}/objects/${object.id}/view.png?mask=${object.mask}`;
  }

  /** Where something that a tool has made is. @param {string} id @param {string} path below it @returns {string} */
  resultUrl(id, path) {
    return `${this.#here}/results/${id}/${path}`;
  }

  /** One picture takes the photo's place. @param {string} id @param {number} choice @returns {Promise<State>} */
  applyResult(id, choice) {
    return this.#json("POST", this.resultUrl(id, "apply"), { choice });
  }

  /** Nobody wants it. @param {string} id */
  discardResult(id) {
    return this.#send("DELETE", `${this.#here}/results/${id}`);
  }

  /** @param {string} id @returns {Promise<{proposals: import("../results/proposals.mjs").Proposal[]}>} */
  outlines(id) {
    return this.#json("GET", this.resultUrl(id, "outlines"));
  }

  /**
   * Proposals become objects.
   * @param {string} id
   * @param {number[]} rows
   * @param {string} [kind] class of those without one
   * @returns {Promise<State & {added: string[]}>}
   */
  takeProposals(id, rows, kind = "") {
    return this.#json("POST", this.resultUrl(id, "take"), { rows, class: kind });
  }

  /** @param {string} path below the workspace @param {Blob} [body] that it is made of @returns {Promise<Blob>} */
  async file(path, body) {
    return (await this.#send(body ? "POST" : "GET", `${this.#here}/${path}`, body)).blob();
  }

  /** @param {string} method @param {string} path below the workspace @param {unknown} [body] @returns {Promise<any>} */
  call(method, path, body) {
    return this.#json(method, `${this.#here}/${path}`, body);
  }

  /** @param {string} url @returns {Promise<Blob>} */
  async blob(url) {
    return (await this.#send("GET", url)).blob();
  }

  /**
   * @param {string} method
   * @param {string} url
   * @param {unknown} [body]
   * @param {Record<string, string>} [headers]
   * @param {AbortSignal} [signal]
   * @returns {Promise<any>}
   */
  async #json(method, url, body, headers, signal) {
    return (await this.#send(method, url, body, headers, signal)).json();
  }

  /**
   * @param {string} method
   * @param {string} url
   * @param {unknown} [body] a Blob as it is, anything else as JSON
   * @param {Record<string, string>} [headers]
   * @param {AbortSignal} [signal]
   * @returns {Promise<Response>}
   */
  async #send(method, url, body, headers = {}, signal) {
    const plain = body !== undefined && !(body instanceof Blob);
    const visitor = await visitorHeaders();
    let response;
    try {
      response = await fetch(url, {
        method,
        signal,
        body: plain ? JSON.stringify(body) : body,
        headers: { ...(plain && { "Content-Type": "application/json" }), ...headers, ...visitor },
      });
    } catch {
      throw new StudioError(OFFLINE);
    }
    const seconds = Number(response.headers.get("X-GPU-Seconds"));
    if (seconds) this.usedGpu(seconds);
    if (response.ok) return response;
    const asked = response.status === 410 && url.slice(this.base.length).match(/^\/workspaces\/([^/]+)/)?.[1];
    if (asked && (await this.revival.after(asked, this.token)))
      return this.#send(method, url.replace(asked, this.token), body, headers, signal);
    const answer = await response.json().catch(() => null);
    throw new StudioError(
      answer?.error ?? `The server answered with an error (${response.status}). Try again.`,
      response.status,
    );
  }
}
