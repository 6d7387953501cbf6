/** Puts what is open and what is being made onto the drawing surface. */

import { covers, fieldOfAnswer } from "./overlay.mjs";

/**
 * @typedef {{setImage(bitmap: ImageBitmap, width: number, height: number): void, showPreview(field: null): void,
 *   redraw(): void, prompts: import("../prompts/prompts.mjs").PromptState, layers: import("./canvas.mjs").Layer[],
 *   current: import("./overlay.mjs").Field | null, cursor: {x: number, y: number} | null}} Surface
 */

export class Scene {
  /**
   * @param {Surface} surface
   * @param {import("../session/session.mjs").Session} session
   * @param {import("../session/active_mask.mjs").ActiveMask} mask
   * @param {import("../objects/kept_masks.mjs").KeptMasks} kept
   */
  constructor(surface, session, mask, kept) {
    this.surface = surface;
    this.session = session;
    this.mask = mask;
    this.kept = kept;
  }

  /** Another photo. @param {ImageBitmap} bitmap @param {import("../server/api.mjs").Picture} picture */
  begin(bitmap, picture) {
    this.kept.clear();
    this.surface.cursor = null;
    this.surface.setImage(bitmap, picture.width, picture.height);
  }

  showPrompts() {
    this.surface.prompts = this.mask.prompts.state;
    this.surface.showPreview(null);
    this.surface.redraw();
  }

  showMask() {
    const { answer, choice } = this.mask;
    const { picture } = this.session;
    this.surface.current = answer && picture ? fieldOfAnswer(answer, choice, picture) : null;
    this.showObjects();
  }

  showObjects() {
    const { session, mask } = this;
    // The new mask of an object stands in for its old one.
    const replaced = mask.present ? mask.refined : null;
    const shown = session.objects.filter((object) => object !== replaced);
    this.surface.layers = this.kept.layers(shown, new Set(session.chosen.map((object) => object.id)));
    this.surface.redraw();
  }

  /** Fetches the masks that are not here yet. @returns {Promise<boolean>} whether there were any */
  async loadObjects() {
    const fresh = await this.kept.load(this.session.objects);
    if (fresh) this.showObjects();
    return fresh;
  }

  /** The topmost visible object at a place. @param {number} x @param {number} y image pixels */
  objectAt(x, y) {
    const found = [...this.session.objects].reverse().find((object) => {
      const field = this.kept.fields.get(object.mask);
      return field && !object.hidden && covers(field, x, y);
    });
    return found ?? null;
  }
}
