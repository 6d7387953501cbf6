/**
 * Prompts in, low-resolution logits out. Where they are computed is the backend's affair: a worker in the page, or the
 * server's decode route.
 *
 * @typedef {{points: number[][], labels: number[], box: number[] | null, base?: {object: string, mask: string}}}
 *   PromptJSON base: the object that is refined, and the key of its mask
 * @typedef {{logits: Float32Array, count: number, height: number, width: number, scores: number[], ms: number,
 *   where: string, id?: string, inside?: {width: number, height: number}}} Answer logits is (count, height,
 *   width), rounded to half precision, > 0 is foreground, best first, and covers the model's padded square input;
 *   scores are predicted IoU; ms is what the decoder took, without the way to it; id is by which the server remembers
 *   its own answer; inside is the share of the square that the photo fills
 * @typedef {{run(prompts: PromptJSON, signal: AbortSignal, most?: number): Promise<Answer>}} Backend most: masks that
 *   are wanted, the best ones; it may give more
 * @typedef {{prompts: PromptJSON, most?: number, resolve: (answer: Answer | null) => void, reject: (error: unknown) =>
 *   void}} Waiting
 */

export class Decoder {
  /** @param {Backend} backend */
  constructor(backend) {
    this.backend = backend;
    this.busy = false;
    /** Whether what runs is a click and not a preview. */
    this.pointed = false;
    this.stop = new AbortController();
    /** @type {Waiting | null} */
    this.waiting = null;
    /** @type {Waiting | null} what the pointer is over; clicks go first */
    this.glance = null;
    /** The prompts of the last answer or failure that was handed out, as text. */
    this.last = "";
  }

  /** Whether an answer is on its way. */
  get pending() {
    return (this.busy && this.pointed) || this.waiting !== null;
  }

  /** Whether these prompts, if they have been asked, were the last to be answered. @param {PromptJSON} prompts */
  answered(prompts) {
    return !this.pending && this.last === JSON.stringify(prompts);
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

  /**
   * A preview, which waits for every click. A failure is no answer: nobody asked for it.
   * @param {PromptJSON} prompts @param {number} [most] masks that are wanted
   * @returns {Promise<Answer | null>} null: overtaken, cancelled or failed
   */
  preview(prompts, most) {
    return new Promise((resolve) => {
      this.glance?.resolve(null);
      this.glance = { prompts, most, resolve, reject: () => resolve(null) };
      this.#next();
    });
  }

  /** Drops what runs and what waits, such as for an image that is gone. */
  cancel() {
    this.waiting?.resolve(null);
    this.glance?.resolve(null);
    this.waiting = this.glance = null;
    this.last = "";
    this.stop.abort();
    this.stop = new AbortController();
  }

  async #next() {
    const next = this.waiting ?? this.glance;
    if (this.busy || !next) return;
    const { prompts, most, resolve, reject } = next;
    this.pointed = next === this.waiting;
    if (this.pointed) this.waiting = null;
    else this.glance = null;
    const pointed = this.pointed;
    this.busy = true;
    const { signal } = this.stop;
    try {
      const answer = await this.backend.run(prompts, signal, most);
      resolve(signal.aborted ? null : answer);
    } catch (error) {
      if (this.waiting || signal.aborted) resolve(null);
      else reject(error);
    } finally {
      if (pointed && !signal.aborted) this.last = JSON.stringify(prompts);
      this.busy = false;
      this.#next();
    }
  }
}
