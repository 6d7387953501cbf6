/**
 * Where prompts are answered: in the page where it can, on the server where it cannot. Whoever asks need not know
 * which.
 *
 * @typedef {import("./request_queue.mjs").PromptJSON} PromptJSON
 * @typedef {import("./request_queue.mjs").Answer} Answer
 * @typedef {import("../server/api.mjs").Picture} Picture
 * @typedef {Pick<import("./worker_client.mjs").PageDecoder, "ready" | "phase" | "engine" | "reason" | "where" | "run" |
 *   "prepare" | "prepareHere">} Page
 * @typedef {{decode(picture: string, prompts: PromptJSON, signal: AbortSignal): Promise<Answer>}} Server
 */

import { StudioError } from "../server/api.mjs";

export class Backend {
  /**
   * @param {Page} page
   * @param {Server} server
   * @param {() => {id: string, here: boolean, inside?: {width: number, height: number}}} photo the picture on the
   *   stage, whether only the page has it, and the part of a model's square that it fills
   */
  constructor(page, server, photo) {
    this.page = page;
    this.server = server;
    this.photo = photo;
  }

  /** Whether the page answers: only then does a preview cost nobody anything. */
  get inPage() {
    return this.page.ready;
  }

  /** For the status line: where prompts are answered, and why not in the page; null while that is not settled. */
  get says() {
    const { ready, reason, where } = this.page;
    if (ready) return `decoding ${where}`;
    return reason ? `decoding on the server: ${reason}` : null;
  }

  /** What the page shows of it, for style sheets and tests. */
  get facts() {
    return { decoder: this.page.phase, engine: this.page.engine };
  }

  /**
   * @param {PromptJSON} prompts
   * @param {AbortSignal} signal
   * @param {number} [most] masks that are wanted; there may be more
   * @returns {Promise<Answer>}
   */
  async run(prompts, signal, most) {
    const { inside } = this.photo();
    const answer = await (this.page.ready
      ? this.page.run(prompts, most).catch(() => this.#onServer(prompts, signal))
      : this.#onServer(prompts, signal));
    return inside ? { ...answer, inside } : answer;
  }

  /** Begins to fetch what the page needs for this picture. @param {Picture | null} picture */
  prepare(picture) {
    return this.page.prepare(picture);
  }

  /** Encodes a photo in the page, so that nothing of it goes to the server. @param {Blob} file */
  prepareHere(file) {
    return this.page.prepareHere(file);
  }

  /** @param {PromptJSON} prompts @param {AbortSignal} signal */
  async #onServer(prompts, signal) {
    const { id, here } = this.photo();
    if (here)
      throw new StudioError(
        "The page's decoder has stopped, and the server does not have this photo. Turn Private off to continue there.",
      );
    return this.server.decode(id, prompts, signal);
  }
}
