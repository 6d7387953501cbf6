/** "Sharpen outline": objects read again at full resolution, as one step that undo takes back. */

/** @typedef {import("../server/api.mjs").ObjectInfo} ObjectInfo */
/** @typedef {import("../server/api.mjs").Picture} Picture */

/** How many times finer the view must be to be worth it; the server's own (`sam/refining.py`). */
const LEAST_GAIN = 1.25;

/** Whether the model sees this photo smaller than it is. @param {Picture | null} picture */
export function worthIt(picture) {
  return picture !== null && Math.max(picture.width, picture.height) >= LEAST_GAIN * picture.input.size;
}

/**
 * What is said at the end.
 * @param {string[]} sharper names of the objects whose outlines were read again
 * @param {number} asked how many there were
 * @param {string} note why another one was not @param {boolean} stopped @param {boolean} touch
 */
export function summary(sharper, asked, note, stopped, touch) {
  const undo = touch ? "Undo takes it back." : "Ctrl+Z takes it back.";
  const done =
    asked === 1 && sharper.length
      ? `Outline of ${sharper[0]} read again at full resolution.`
      : sharper.length
        ? `${sharper.length} of ${asked} outlines read again at full resolution.`
        : "";
  const rest = stopped ? (done ? "Stopped there." : "Stopped. Nothing was changed.") : note;
  return [done, rest, done && undo].filter(Boolean).join(" ");
}

export class Sharpening {
  /** @param {import("../session/studio.mjs").Studio} studio @param {boolean} touch */
  constructor(studio, touch) {
    this.studio = studio;
    this.touch = touch;
    /** @type {AbortController | null} of the run that is under way */
    this.control = null;
    /** @type {string[]} the objects of that run */
    this.ids = [];
  }

  /** @param {string[]} ids @returns {Promise<void>} */
  async run(ids) {
    const { studio } = this;
    if (this.control) return void this.stop();
    if (studio.opening.here && !(await studio.opening.onServer("Sharpening outlines"))) return;
    const objects = studio.session.objects.filter((object) => ids.includes(object.id));
    if (!objects.length) return studio.status.say("Select objects in the list, then sharpen their outlines.");
    const free = objects.filter((object) => !object.locked);
    if (!free.length) return studio.status.say(`${objects[0].name} is locked. Unlock it in the list first.`);
    const control = new AbortController();
    this.control = control;
    this.ids = free.map((object) => object.id);
    const { session, steps } = studio;
    const { picture } = session;
    /** @type {string[]} */
    const sharper = [];
    let note = "",
      failed = false,
      last = -1;
    for (let left = free; left.length; ) {
      if (control.signal.aborted || session.picture?.id !== picture?.id) break;
      const of = free.length > 1 ? ` (${free.length - left.length + 1} of ${free.length})` : "";
      session.setBusy(
        true,
        `Reading the outline of ${left[0].name} at full resolution${of} … ${this.touch ? "" : "Esc stops."}`,
        () => void this.stop(),
      );
      const asked = left;
      await steps.queue(async () => {
        try {
          const ids = asked.map((object) => object.id);
          const state = await studio.transport.sharpen(picture?.id ?? "", ids, control.signal);
          await studio.kept.load(state.objects);
          // All of them are one step, unless something else was done in between.
          session.apply(state, steps.moment.version !== last);
          last = steps.moment.version;
          for (const { id, name } of asked) {
            if (state.done[id]?.outcome === "sharper") sharper.push(name);
            else note ||= state.done[id]?.note ?? "";
          }
          left = asked.filter(({ id }) => !state.done[id]);
        } catch (error) {
          failed = !control.signal.aborted;
          if (failed) throw error;
        }
      });
      if (left.length === asked.length) break;
    }
    this.control = null;
    this.ids = [];
    session.setBusy(false);
    if (!failed) studio.status.say(summary(sharper, free.length, note, control.signal.aborted, this.touch));
  }

  /** What is read at the moment keeps its mask. @returns {boolean} whether there was anything to stop */
  stop() {
    this.control?.abort();
    return this.control !== null;
  }
}
