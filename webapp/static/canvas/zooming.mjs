/**
 * Looking closer: zoom to what is selected, to full size, and the photo alone for as long as a button or key is held.
 */

import { extent } from "./overlay.mjs";
import { around } from "./viewport.mjs";

/** @typedef {import("./overlay.mjs").Rect} Rect */

export class Zooming {
  /**
   * @param {import("../session/studio.mjs").Studio} studio
   * @param {import("./canvas.mjs").StageCanvas} surface
   * @param {import("../ui/status.mjs").Status} status
   */
  constructor(studio, surface, status) {
    this.studio = studio;
    this.surface = surface;
    this.status = status;
  }

  /** @param {boolean} held */
  peek(held) {
    if (this.surface.peek === held) return;
    this.surface.peek = held;
    this.surface.canvas.dataset.peek = held ? "1" : "";
    this.status.announce(held ? "The photo alone." : "Masks and clicks are shown again.");
    this.surface.redraw();
  }

  /** Around the middle of the stage. @param {number} factor */
  zoom(factor) {
    const { view } = this.surface;
    view.zoomAt(view.stage.width / 2, view.stage.height / 2, factor);
    this.surface.viewChanged();
  }

  fit() {
    this.surface.view.fit();
    this.surface.viewChanged();
  }

  /** One pixel of the photo is one of the page; a second time: the whole photo. */
  actual() {
    const { view } = this.surface;
    if (Math.abs(view.scale - 1) < 1e-6) view.fit();
    else view.zoomAt(view.stage.width / 2, view.stage.height / 2, 1 / view.scale);
    this.surface.viewChanged();
  }

  toSelection() {
    const rect = this.#selection();
    if (!rect) return this.status.say("Nothing is selected yet: click an object.");
    this.surface.view.show(rect);
    this.surface.viewChanged();
  }

  /** What is being selected now, else what is ticked in the list. @returns {Rect | null} */
  #selection() {
    const { studio, surface } = this;
    const now = surface.current && extent(surface.current);
    if (now) return now;
    const boxes = studio.session.chosen.map((object) => object.box);
    return around(boxes.map(([x0, y0, x1, y1]) => ({ x0, y0, x1, y1 })));
  }
}
