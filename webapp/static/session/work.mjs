/**
 * What is under way for this visitor, in the page or on the server: how far it is, how much is ahead of it in the
 * queue, and Stop. It is shown from half a second on.
 *
 * @typedef {{ahead: number | null, running: {fraction: number | null, message: string} | null}} Look ahead: pieces of
 *   work before this visitor's next, null: none waits; running: what a tab does
 * @typedef {{text: string, fraction: number | null, stop: (() => void) | null}} Shown fraction: 0 to 1, null: unknown
 */

const SHOWN_MS = 500;
const AGAIN_MS = 400;
/** After something was pressed in a tab, whose work may take a while to begin. */
const LOOKS_MS = [450, 600, 1200];

export class Work {
  /**
   * @param {() => Promise<Look>} look asks the server
   * @param {(shown: Shown | null) => void} show
   * @param {() => void} stop ends what a tab does
   */
  constructor(look, show, stop) {
    this.look = look;
    this.show = show;
    this.stop = stop;
    /** @type {{text: string, stop: (() => void) | null} | null} what the page itself has begun */
    this.own = null;
    /** Raised whenever what was asked before counts for nothing any more. */
    this.turn = 0;
  }

  /** The page begins something. @param {string} text @param {(() => void) | null} [stop] */
  begin(text, stop = null) {
    this.own = { text, stop };
    this.#follow(++this.turn, [SHOWN_MS]);
  }

  end() {
    this.own = null;
    this.turn++;
    this.show(null);
  }

  /** Something was pressed in a tab, which may have begun something. */
  watch() {
    if (!this.own) this.#follow(++this.turn, LOOKS_MS);
  }

  /** @param {number} turn @param {number[]} waits milliseconds before each look at which there may be nothing yet */
  async #follow(turn, waits) {
    const left = [...waits];
    for (let seen = false; ; ) {
      const pause = seen ? AGAIN_MS : (left.shift() ?? (this.own ? AGAIN_MS : null));
      if (pause === null) return;
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (turn !== this.turn) return;
      const found = await this.look().catch(() => null); // the work itself says what is wrong
      if (turn !== this.turn) return;
      const shown = this.own ? ownShown(this.own, found) : tabShown(found, this.stop);
      if (shown) this.show(shown);
      else if (seen) return this.show(null);
      seen ||= shown !== null;
    }
  }
}

/** @param {{text: string, stop: (() => void) | null}} own @param {Look | null} found @returns {Shown} */
function ownShown({ text, stop }, found) {
  const ahead = found?.ahead;
  return { text: ahead ? `${text.replace(/\s*…$/, "")}: ${queued(ahead)}` : text, fraction: null, stop };
}

/** @param {Look | null} found @param {() => void} stop @returns {Shown | null} null: nothing is under way */
function tabShown(found, stop) {
  if (found?.running) return { text: found.running.message || "Working …", fraction: found.running.fraction, stop };
  return found?.ahead ? { text: queued(found.ahead), fraction: null, stop } : null;
}

/** @param {number} ahead */
function queued(ahead) {
  return `${ahead} ahead in the queue …`;
}
