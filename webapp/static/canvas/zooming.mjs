/**
 * Looking closer: zoom to what is selected, to full size, and the photo alone for as long as a button or key is held.
 */

import { h, iconButton } from "../ui/dom.mjs";
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
    const eye = iconButton("eye", "Hold to see the photo alone (O)", () => {});
    eye.addEventListener("pointerdown", (event) => {
      eye.setPointerCapture(event.pointerId);
      this.peek(true);
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture", "blur"])
      eye.addEventListener(end, () => this.peek(false));
    eye.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press on a phone
    eye.addEventListener("keydown", (event) => ["Enter", " "].includes(event.key) && this.peek(true));
    eye.addEventListener("keyup", () => this.peek(false));
    /** For the bar with the zoom. */
    this.buttons = h(
      "span",
      { class: "ss-group" },
      iconButton("frame", "Zoom to the selection (Z)", () => this.toSelection()),
      eye,
    );
  }

  /** @param {boolean} held */
  peek(held) {
    if (this.surface.peek === held) return;
    this.surface.peek = held;
    this.surface.canvas.dataset.peek = held ? "1" : "";
    this.status.announce(held ? "The photo alone." : "Masks and clicks are shown again.");
    this.surface.redraw();
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
