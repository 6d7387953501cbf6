/** The cross that arrow keys move over the photo, for clicks from the keyboard. */

/** Pixels of the screen. */
const STEP = 8;
const STEP_FAST = 48;

export class Cross {
  /**
   * @param {import("./canvas.mjs").StageCanvas} surface
   * @param {import("../session/studio.mjs").Studio} studio
   * @param {import("../prompts/adjusting.mjs").Adjusting} adjusting takes the keys while it holds a box
   */
  constructor(surface, studio, adjusting) {
    this.surface = surface;
    this.studio = studio;
    this.adjusting = adjusting;
  }

  /** @param {number} x @param {number} y -1, 0 or 1 @param {boolean} fast */
  move(x, y, fast) {
    const { surface, studio } = this;
    const step = (fast ? STEP_FAST : STEP) / surface.view.scale;
    if (!studio.session.picture || this.adjusting.nudge(x * step, y * step)) return;
    const { width, height } = surface.view.image;
    const from = surface.cursor ?? { x: width / 2, y: height / 2 };
    surface.cursor = surface.view.clip({ x: from.x + x * step, y: from.y + y * step });
    studio.status.announce(`${Math.round(surface.cursor.x)}, ${Math.round(surface.cursor.y)}`);
    surface.redraw();
  }

  /** A click where it is. @param {0 | 1} label */
  point(label) {
    const { cursor } = this.surface;
    if (cursor) this.studio.mask.addPoint(cursor.x, cursor.y, label);
  }
}
