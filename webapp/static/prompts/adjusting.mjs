/** The box in hand, taken by an edge or a corner: its mask follows the pointer or the arrow keys. */

import { cursorOf, gripAt, moved, STOPS } from "./box_grip.mjs";

/** @typedef {import("./box_grip.mjs").Box} Box */
/** @typedef {import("./box_grip.mjs").Grip} Grip */

/** Pixels of the screen within which an edge is taken. */
const REACH = 6;
const REACH_TOUCH = 18;

export class Adjusting {
  /**
   * @param {import("../session/studio.mjs").Studio} studio
   * @param {import("../canvas/canvas.mjs").StageCanvas} surface
   */
  constructor(studio, surface) {
    this.studio = studio;
    this.surface = surface;
    /** @type {{grip: Grip, box: Box, before: import("./prompts.mjs").PromptState} | null} the drag that is going on */
    this.drag = null;
    /** What the arrow keys move, as a place in STOPS; -1: the cross. */
    this.stop = -1;
    /** Whether the keys have moved it since they took hold: all of that is one step to undo. */
    this.nudged = false;
  }

  /** @returns {Box | null} */
  get #box() {
    return this.studio.mask.prompts.state.box;
  }

  /**
   * What would be taken at a place.
   * @param {number} x @param {number} y stage pixels @param {string} [kind] of the pointer
   * @returns {Grip | null}
   */
  at(x, y, kind = "mouse") {
    const box = this.#box;
    if (!box) return null;
    const { view } = this.surface;
    const from = view.toStage(box[0], box[1]),
      to = view.toStage(box[2], box[3]);
    return gripAt([from.x, from.y, to.x, to.y], x, y, kind === "touch" ? REACH_TOUCH : REACH);
  }

  /** The pointer rests here. @param {number} x @param {number} y @returns {boolean} whether it would take something */
  hover(x, y) {
    const grip = this.at(x, y);
    this.surface.canvas.style.cursor = cursorOf(grip);
    return grip !== null;
  }

  /**
   * @param {number} x
   * @param {number} y stage pixels, where the drag began
   * @param {string} kind
   * @returns {boolean} whether it took something
   */
  begin(x, y, kind) {
    const grip = this.at(x, y, kind);
    if (!grip) return false;
    this.drag = { grip, box: /** @type {Box} */ (this.#box), before: this.studio.mask.prompts.state };
    this.letGo();
    return true;
  }

  /** @param {number} dx @param {number} dy image pixels from where it began @param {boolean} done */
  move(dx, dy, done) {
    const { drag, studio } = this;
    if (!drag) return;
    const { prompts } = studio.mask;
    const box = moved(drag.box, drag.grip, dx, dy, this.surface.view.image);
    prompts.show({ ...prompts.state, box });
    if (!done) return;
    this.drag = null;
    prompts.began(drag.before);
  }

  /** It was no drag, or Esc: as it was before. */
  cancel() {
    if (!this.drag) return;
    const { before } = this.drag;
    this.drag = null;
    this.studio.mask.prompts.show(before);
  }

  /** What the arrow keys move: one corner, the other, the box, the cross again. */
  next() {
    const { status } = this.studio;
    if (!this.#box)
      return status.say("There is no box on the photo to move. Drag one, or press Correct in a list of finds.");
    this.stop = this.stop + 1 < STOPS.length ? this.stop + 1 : -1;
    this.nudged = false;
    this.surface.grip = STOPS[this.stop]?.[0] ?? null;
    this.surface.redraw();
    status.say(
      this.stop < 0 ? "Arrow keys move the cross." : `Arrow keys move ${STOPS[this.stop][1]}. G: the next, Esc: done.`,
    );
  }

  /** @param {number} dx @param {number} dy image pixels @returns {boolean} whether there is something to move */
  nudge(dx, dy) {
    const { prompts } = this.studio.mask;
    if (this.stop < 0 || !prompts.state.box) return false;
    const before = prompts.state;
    prompts.show({
      ...before,
      box: moved(prompts.state.box, STOPS[this.stop][0], dx, dy, this.surface.view.image, false),
    });
    if (!this.nudged) prompts.began(before);
    this.nudged = true;
    return true;
  }

  /** @returns {boolean} whether the arrow keys had hold of something */
  letGo() {
    const held = this.stop >= 0;
    this.stop = -1;
    this.surface.grip = null;
    if (held) this.surface.redraw();
    return held;
  }
}
