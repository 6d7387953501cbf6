/**
 * The masks of all kept objects as one picture: drawn anew when one of them has changed or the view rests elsewhere, so
 * that a frame costs the same with five hundred objects as with one.
 *
 * @typedef {import("./canvas.mjs").Layer} Layer
 * @typedef {import("./overlay.mjs").Raster} Raster
 * @typedef {import("./viewport.mjs").View} View
 */

export class LayerStack {
  /** @param {(layer: Layer) => Raster | null} rasterOf null: nothing of it is seen */
  constructor(rasterOf) {
    this.rasterOf = rasterOf;
    /** @type {HTMLCanvasElement | null} */
    this.canvas = null;
    /** @type {Layer[]} */
    this.layers = [];
    this.look = "";
    /** Where the stage was when it was drawn. */
    this.seen = { x0: 0, y0: 0, x1: 0, y1: 0, ratio: 0 };
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {View} view
   * @param {{ratio: number, look: string, moving: boolean}} how pixels of the canvas to one of the page; what else the
   *   masks are drawn by; whether the view is on its way: what is there is then drawn where it belongs
   * @param {Layer[]} layers
   */
  draw(context, view, { ratio, look, moving }, layers) {
    if (!layers.length) {
      this.layers = layers;
      return;
    }
    const { width, height } = view.stage;
    const { x: x0, y: y0 } = view.toImage(0, 0);
    const { x: x1, y: y1 } = view.toImage(width, height);
    const { seen } = this;
    const there = seen.x0 === x0 && seen.y0 === y0 && seen.x1 === x1 && seen.y1 === y1 && seen.ratio === ratio;
    if (!this.#holds(layers, look) || (!there && !moving)) {
      this.seen = { x0, y0, x1, y1, ratio };
      this.#build(view, ratio, layers);
      this.look = look;
    } else if (!there) {
      const from = view.toStage(seen.x0, seen.y0),
        to = view.toStage(seen.x1, seen.y1);
      return context.drawImage(this.#picture, from.x, from.y, to.x - from.x, to.y - from.y);
    }
    context.drawImage(this.#picture, 0, 0, width, height);
  }

  /** Where it was drawn counts for nothing: some of it is to be drawn better. */
  forget() {
    this.seen.ratio = 0;
  }

  get #picture() {
    this.canvas ??= document.createElement("canvas");
    return this.canvas;
  }

  /** Whether these are what is drawn. @param {Layer[]} layers @param {string} look */
  #holds(layers, look) {
    if (look !== this.look || layers.length !== this.layers.length) return false;
    if (layers === this.layers) return true;
    const same = layers.every((one, place) => {
      const { id, field, color, selected } = this.layers[place];
      return one.id === id && one.field === field && one.color === color && one.selected === selected;
    });
    if (same) this.layers = layers;
    return same;
  }

  /** @param {View} view @param {number} ratio @param {Layer[]} layers */
  #build(view, ratio, layers) {
    this.layers = layers;
    const canvas = this.#picture;
    canvas.width = Math.round(view.stage.width * ratio);
    canvas.height = Math.round(view.stage.height * ratio);
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.beginPath();
    context.rect(view.x, view.y, view.image.width * view.scale, view.image.height * view.scale);
    context.clip();
    for (const layer of layers) drawRaster(context, view, this.rasterOf(layer));
  }
}

/** @param {CanvasRenderingContext2D} context @param {View} view @param {Raster | null} raster */
export function drawRaster(context, view, raster) {
  if (!raster) return;
  const { rect, canvas } = raster;
  const from = view.toStage(rect.x0, rect.y0),
    to = view.toStage(rect.x1, rect.y1);
  context.drawImage(canvas, from.x, from.y, to.x - from.x, to.y - from.y);
}
