/** The masks of kept objects in the page: fetched once each, drawn as layers, and as pictures in the list. */

import { fieldOfMask } from "../canvas/overlay.mjs";
import { readMask } from "../server/mask_png.mjs";

/** @typedef {import("../server/api.mjs").ObjectInfo} ObjectInfo */

export class KeptMasks {
  /** @param {import("../server/api.mjs").Transport} transport */
  constructor(transport) {
    this.transport = transport;
    /** @type {Map<string, import("../canvas/overlay.mjs").Field>} by key of the mask */
    this.fields = new Map();
    /** @type {Map<string, HTMLCanvasElement>} masks as alpha, for the list */
    this.thumbs = new Map();
    /** @type {{id: string, field: import("../canvas/overlay.mjs").Field} | null} an object's mask as it is edited */
    this.live = null;
  }

  clear() {
    this.fields.clear();
    this.thumbs.clear();
  }

  /** Fetches what is missing. @param {ObjectInfo[]} objects @returns {Promise<boolean>} whether anything was */
  async load(objects) {
    const missing = objects.filter((object) => !this.fields.has(object.mask) && object.area > 0);
    await Promise.all(
      missing.map(async (object) => {
        const file = await this.transport.blob(this.transport.maskUrl(object)).catch((error) => {
          if (error.status === 400) return null; // changed again on the way: the newer state brings its own
          throw error;
        });
        if (!file) return;
        const { data, canvas } = await readMask(file);
        this.fields.set(object.mask, fieldOfMask(data, canvas.width, canvas.height, object.box));
        this.thumbs.set(object.mask, canvas);
      }),
    );
    this.#forget(objects);
    return missing.length > 0;
  }

  /** What undo may ask for again is fetched again: masks of many steps are not kept. @param {ObjectInfo[]} objects */
  #forget(objects) {
    if (this.fields.size < 3 * objects.length + 50) return;
    const now = new Set(objects.map((object) => object.mask));
    for (const key of this.fields.keys()) {
      if (now.has(key)) continue;
      this.fields.delete(key);
      this.thumbs.delete(key);
    }
  }

  /** @param {ObjectInfo[]} objects @param {Set<string>} selected @returns {import("../canvas/canvas.mjs").Layer[]} */
  layers(objects, selected) {
    return objects.flatMap((object) => {
      const field = this.live?.id === object.id ? this.live.field : this.fields.get(object.mask);
      return field && !object.hidden
        ? [{ id: object.id, field, color: object.color, selected: selected.has(object.id) }]
        : [];
    });
  }
}
