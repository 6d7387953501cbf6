/** A workspace that the server has closed, or lost as it was started anew: what is asked of it waits for a new one. */

export class Revival {
  constructor() {
    /** Brings the work into a new workspace; answers whether it did. @type {() => Promise<boolean>} */
    this.restore = async () => false;
    /** @type {{lost: string, over: boolean, done: Promise<boolean>} | null} the last time */
    this.last = null;
  }

  /**
   * @param {string} asked token that the server does not know @param {string} now token that the page goes by
   * @returns {Promise<boolean>} whether the same can be asked again of the workspace that has taken its place
   */
  async after(asked, now) {
    // What restoring itself asks for goes to the new one: if that is gone as well, it has failed.
    if (asked === now && (this.last?.over ?? true)) {
      const attempt = { lost: asked, over: false, done: Promise.resolve(false) };
      this.last = attempt;
      attempt.done = this.restore()
        .catch(() => false)
        .finally(() => Object.assign(attempt, { over: true }));
    }
    return this.last?.lost === asked && this.last.done;
  }
}
