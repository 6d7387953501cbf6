/**
 * What a drag on the stage does: a box, a scribble or an outline as prompts, or brush and eraser on an object's mask.
 *
 * @typedef {"box" | "scribble" | "lasso" | "hand"} PromptTool
 * @typedef {"brush" | "erase"} EditTool
 */

import { Adjusting } from "./adjusting.mjs";
import { alongStroke, bounds, deepest, thinned } from "./strokes.mjs";

/** @typedef {import("./strokes.mjs").XY} XY */

const MOST_POINTS = 800;
const SMALLEST = 2;
const LARGEST = 400;

export class Tools {
  /**
   * @param {import("../session/studio.mjs").Studio} studio
   * @param {import("../canvas/canvas.mjs").StageCanvas} surface
   * @param {() => void} changed
   */
  constructor(studio, surface, changed) {
    this.studio = studio;
    this.surface = surface;
    this.changed = changed;
    /** @type {PromptTool} */
    this.tool = "box";
    /** @type {string | null} the object whose mask is being edited */
    this.editing = null;
    /** @type {EditTool} */
    this.hand = "brush";
    /** Of the brush, in pixels of the screen: zooming in makes it finer. */
    this.radius = 14;
    /** @type {XY[]} of the drag that is going on */
    this.path = [];
    this.adjusting = new Adjusting(studio, surface);
    /** @type {boolean | null} whether the drag that is going on has taken a box; null before it */
    this.taken = null;
  }

  /** @param {PromptTool} tool */
  choose(tool) {
    this.tool = tool;
    if (this.target) this.edit(null);
    this.studio.status.announce(
      { box: "Points and boxes", scribble: "Scribble", lasso: "Outline", hand: "Move the photo" }[tool],
    );
    this.changed();
  }

  /** @param {EditTool} hand */
  take(hand) {
    this.hand = hand;
    this.changed();
  }

  /** @param {number} factor */
  resize(factor) {
    this.radius = Math.round(Math.min(LARGEST, Math.max(SMALLEST, this.radius * factor + (factor > 1 ? 0.5 : -0.5))));
    this.changed();
  }

  /** @param {string | null} id */
  edit(id) {
    const ended = this.target;
    this.editing = id;
    const object = this.studio.session.object(id);
    if (!object && ended) this.studio.status.say(`Done editing ${ended.name}.`);
    if (object) this.studio.status.say(`Editing ${object.name}: draw on the photo. Esc or Done ends it.`);
    this.changed();
  }

  /** Whether a drag moves the photo. */
  get pans() {
    return this.tool === "hand" && !this.target;
  }

  /** The object being edited, unless it has gone. */
  get target() {
    return this.studio.session.object(this.editing);
  }

  /** @param {number} x @param {number} y image pixels @param {0 | 1} label */
  point(x, y, label) {
    if (!this.target) return this.studio.mask.addPoint(x, y, label);
    this.#draw([[x, y]], label);
  }

  /**
   * @param {XY} from
   * @param {XY} to image pixels
   * @param {boolean} done
   * @param {0 | 1} label
   * @param {string} kind of the pointer
   */
  drag(from, to, done, label, kind) {
    const { surface, adjusting } = this;
    if (!this.target && this.tool === "box") {
      const start = surface.view.toStage(from[0], from[1]);
      this.taken ??= label === 1 && adjusting.begin(start.x, start.y, kind);
      const { taken } = this;
      if (done) this.taken = null;
      return taken ? adjusting.move(to[0] - from[0], to[1] - from[1], done) : this.#box(from, to, done);
    }
    if (!this.path.length) this.path.push(from);
    this.path.push(to);
    const radius = this.target ? this.radius / surface.view.scale : 0;
    surface.stroke = done
      ? null
      : {
          path: this.path,
          radius,
          closed: !this.target && this.tool === "lasso",
          negative: label === 0 || (this.target !== null && this.hand === "erase"),
        };
    surface.redraw();
    if (!done) return;
    const { path } = this;
    this.path = [];
    if (this.target) this.#draw(path, label);
    else if (this.tool === "scribble") this.#scribble(path, label);
    else this.#lasso(path, label);
  }

  cancel() {
    this.path = [];
    this.taken = null;
    this.adjusting.cancel();
    this.surface.rubber = this.surface.stroke = null;
    this.surface.redraw();
  }

  /** @param {XY} from @param {XY} to @param {boolean} done */
  #box(from, to, done) {
    const box = bounds([from, to]);
    this.surface.rubber = done ? null : box;
    if (done && box[2] - box[0] >= 1 && box[3] - box[1] >= 1) this.studio.mask.setBox(box);
    this.surface.redraw();
  }

  /** @param {XY[]} path @param {0 | 1} label a drag with Alt or the right button does the other thing */
  #draw(path, label) {
    const kind = label === 0 ? (this.hand === "brush" ? "erase" : "brush") : this.hand;
    const radius = Math.max(0.25, this.radius / this.surface.view.scale);
    if (this.editing) this.studio.objects.edit(this.editing, { kind, points: thinned(path, MOST_POINTS), radius });
  }

  /** @param {XY[]} path @param {0 | 1} label */
  #scribble(path, label) {
    const points = alongStroke(path, this.surface.view.scale).map(([x, y]) => ({ x, y, label }));
    this.studio.mask.add({ points, box: null });
  }

  /** @param {XY[]} path @param {0 | 1} label */
  #lasso(path, label) {
    const outline = thinned(path, MOST_POINTS);
    const inside = deepest(outline);
    if (!inside) return this.studio.status.say("Draw around what you want, and end near where you began.");
    const points = [{ x: inside[0], y: inside[1], label }];
    this.studio.mask.add({ points, box: label === 1 ? bounds(outline) : null });
  }
}
