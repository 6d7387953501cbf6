/**
 * Prompts in, low-resolution logits out. Where they are computed is the backend's affair: today the server's decode
 * route; a worker in the page offers the same `run`.
 *
 * @typedef {{points: number[][], labels: number[], box: number[] | null}} PromptJSON
 * @typedef {{logits: Float32Array, count: number, height: number, width: number, scores: number[], ms: number,
 *   where: string}} Answer logits is (count, height, width), > 0 is foreground, best first, and covers the model's
 *   padded square input; scores are predicted IoU; ms is what the decoder took, without the way to it
 * @typedef {{run(prompts: PromptJSON, signal: AbortSignal): Promise<Answer>}} Backend
 */

export class Decoder {
  /** @param {Backend} backend */
  constructor(backend) {
    this.backend = backend;
    this.busy = false;
    this.stop = new AbortController();
    /** @type {{prompts: PromptJSON, resolve: (answer: Answer | null) => void, reject: (error: unknown) => void} | null} */
    this.waiting = null;
  }

  /** Whether an answer is on its way. */
  get pending() {
    return this.busy || this.waiting !== null;
  }

  /**
   * Never more than one in flight; of those that wait only the newest is run. An answer that newer prompts have
   * overtaken is still handed out, so that a fast hand sees the mask follow.
   * @param {PromptJSON} prompts
   * @returns {Promise<Answer | null>} null: overtaken by a newer call, or cancelled
   */
  decode(prompts) {
    return new Promise((resolve, reject) => {
      this.waiting?.resolve(null);
      this.waiting = { prompts, resolve, reject };
      this.#next();
    });
  }

  /** Drops what runs and what waits, such as for an image that is gone. */
  cancel() {
    this.waiting?.resolve(null);
    this.waiting = null;
    this.stop.abort();
    this.stop = new AbortController();
  }

  async #next() {
    if (this.busy || !this.waiting) return;
    const { prompts, resolve, reject } = this.waiting;
    this.waiting = null;
    this.busy = true;
    const { signal } = this.stop;
    try {
      const answer = await this.backend.run(prompts, signal);
      resolve(signal.aborted ? null : answer);
    } catch (error) {
      if (this.waiting || signal.aborted) resolve(null);
      else reject(error);
    } finally {
      this.busy = false;
      this.#next();
    }
  }
}
