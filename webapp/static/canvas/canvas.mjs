/** The drawing surface: image, objects, current mask and prompts, redrawn only when something changed. */

import { h } from "../ui/dom.mjs";
import { drawPhoto } from "./checkerboard.mjs";
import { drawBrush, drawHandles, drawStroke } from "./ink.mjs";
import { drawRaster, LayerStack } from "./layers.mjs";
import { USUAL } from "./looks.mjs";
import { extent, intersect, rasterise } from "./overlay.mjs";
import { CURRENT, NEGATIVE, POSITIVE, rgb } from "./palette.mjs";
import { View } from "./viewport.mjs";

/** Largest raster of one mask, in pixels: above it the raster is drawn enlarged. */
const MAX_RASTER = 1.6e6;
/** Of a preview, which must be painted within a frame. */
const MAX_PREVIEW_RASTER = 1.5e5;
/** After this long without zoom or pan, masks are sampled anew for the view. */
const SETTLE_MS = 90;
/** Of one frame for sampling masks anew after a move; the rest follows in the next ones. */
const SAMPLING_MS = 8;

/**
 * @typedef {{id: string, field: import("./overlay.mjs").Field, color: string, selected: boolean}} Layer
 * @typedef {{draw(context: CanvasRenderingContext2D, view: View, bitmap: CanvasImageSource, peek: boolean): void}}
 *   Overlay
 */

/** @type {WeakMap<object, import("./overlay.mjs").Rect | null>} of fields, which never change */
const extents = new WeakMap();

/** @param {import("./overlay.mjs").Field} field */
function extentOf(field) {
  const known = extents.get(field);
  if (known !== undefined) return known;
  const found = extent(field);
  extents.set(field, found);
  return found;
}

export class StageCanvas {
  /** @param {HTMLElement} host fills it and follows its size */
  constructor(host) {
    this.host = host;
    this.view = new View();
    this.canvas = /** @type {HTMLCanvasElement} */ (h("canvas", { class: "ss-canvas", tabindex: "0" }));
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    /** @type {ImageBitmap | HTMLImageElement | null} */
    this.bitmap = null;
    /** @type {Layer[]} */
    this.layers = [];
    /** @type {import("./overlay.mjs").Field | null} */
    this.current = null;
    /** @type {import("./overlay.mjs").Field | null} what a click under the pointer would give */
    this.preview = null;
    /** @type {number | undefined} when the pointer moved that the preview answers */
    this.moved = undefined;
    /** @type {import("../prompts/prompts.mjs").PromptState} */
    this.prompts = { points: [], box: null };
    /** @type {number[] | null} box being dragged, image pixels */
    this.rubber = null;
    /**
     * @type {{path: number[][], radius: number, closed: boolean, negative: boolean} | null} being drawn, image pixels
     */
    this.stroke = null;
    /** @type {{x: number, y: number, radius: number} | null} where the brush would paint, stage pixels */
    this.brush = null;
    /** @type {{x: number, y: number} | null} keyboard cursor, image pixels */
    this.cursor = null;
    /** @type {import("../prompts/box_grip.mjs").Grip | null} what the arrow keys move of the box */
    this.grip = null;
    this.hideMasks = false;
    this.looks = USUAL;
    /** the photo alone, for a moment */
    this.peek = false;
    /** @type {{draw(context: CanvasRenderingContext2D, view: View): void} | null} being edited, over the prompts */
    this.outline = null;
    /** @type {Overlay | null} what a tool has made, in the place of masks and prompts */
    this.result = null;
    /**
     * @type {Map<string, {key: string, look: string, field: object, raster: import("./overlay.mjs").Raster | null}>}
     */
    this.rasters = new Map();
    this.stack = new LayerStack((layer) =>
      this.#raster(layer.id, layer.field, {
        color: rgb(layer.color),
        fill: layer.selected ? 0.5 : 0.34,
        line: layer.selected ? 2.4 : 1.4,
        halo: layer.selected,
      }),
    );
    /** until when masks are sampled in this frame, and whether some are left for the next one */
    this.deadline = Infinity;
    this.late = false;
    this.frame = 0;
    /** @type {number} a timer */
    this.settle = 0;
    /** pixels of the canvas to one of the page */
    this.ratio = 1;
    this.onViewChange = () => {};
    host.append(this.canvas);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(host);
    this.resize();
  }

  destroy() {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.settle);
  }

  resize() {
    const { clientWidth, clientHeight } = this.host;
    if (!clientWidth || !clientHeight) return; // hidden for now: keep the view
    this.ratio = Math.min(3, window.devicePixelRatio || 1);
    this.canvas.width = Math.round(clientWidth * this.ratio);
    this.canvas.height = Math.round(clientHeight * this.ratio);
    this.view.resize(clientWidth, clientHeight);
    this.viewChanged();
    this.draw(); // at once, since a resized canvas is blank
  }

  /** @param {ImageBitmap | HTMLImageElement | null} bitmap @param {number} width @param {number} height */
  setImage(bitmap, width, height) {
    this.bitmap = bitmap;
    this.rasters.clear();
    this.view.setImage(width, height);
    this.viewChanged();
  }

  /** @param {import("./overlay.mjs").Field | null} field @param {number} [moved] when the pointer did */
  showPreview(field, moved) {
    if (!field && !this.preview) return;
    this.preview = field;
    this.moved = moved;
    if (moved === undefined) this.redraw();
    else this.draw(); // decoded between two frames: drawn at once it is in the next one, and takes none of its time
  }

  /** @param {{x: number, y: number, radius: number} | null} brush */
  showBrush(brush) {
    if (!brush && !this.brush) return;
    this.brush = brush;
    if (brush) this.showPreview(null);
    this.redraw();
  }

  viewChanged() {
    clearTimeout(this.settle);
    this.settle = setTimeout(() => {
      this.settle = 0;
      this.redraw();
    }, SETTLE_MS);
    this.onViewChange();
    this.redraw();
  }

  redraw() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const { context, view, ratio } = this;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, view.stage.width, view.stage.height);
    if (!this.bitmap) return;
    if (this.result) return this.result.draw(context, view, this.bitmap, this.peek);
    const { width, height } = view.image;
    context.imageSmoothingEnabled = view.scale * ratio < 3; // show pixels as pixels when far in
    context.imageSmoothingQuality = "high";
    drawPhoto(context, this.bitmap, view.x, view.y, width * view.scale, height * view.scale);
    context.imageSmoothingEnabled = true;
    if (!this.hideMasks && !this.peek) {
      if (this.preview)
        this.#mask(
          "preview",
          this.preview,
          { color: rgb(CURRENT), fill: this.current ? 0.12 : 0.3, line: 1.6, halo: true },
          MAX_PREVIEW_RASTER,
        );
      const { fill, line } = this.looks;
      this.deadline = performance.now() + SAMPLING_MS;
      this.late = false;
      this.stack.draw(context, view, { ratio, look: `${fill} ${line}`, moving: this.settle !== 0 }, this.layers);
      this.deadline = Infinity;
      if (this.late) {
        this.stack.forget();
        this.redraw();
      }
      if (this.current) this.#mask("current", this.current, { color: rgb(CURRENT), fill: 0.42, line: 2, halo: true });
    }
    if (this.rasters.size > this.layers.length + 2) {
      const alive = new Set([...this.layers.map((layer) => layer.id), "current", "preview"]);
      for (const id of this.rasters.keys()) if (!alive.has(id)) this.rasters.delete(id);
    }
    if (!this.peek) this.#prompts();
    this.canvas.dataset.preview = this.preview ? "1" : "";
    if (this.moved === undefined) return;
    this.canvas.dataset.hoverMs = (performance.now() - this.moved).toFixed(1);
    this.moved = undefined;
  }

  /**
   * @param {string} id @param {import("./overlay.mjs").Field} field @param {import("./overlay.mjs").Style} style
   * @param {number} [most] pixels of its raster
   */
  #mask(id, field, style, most) {
    const { view, context } = this;
    context.save();
    context.beginPath();
    context.rect(view.x, view.y, view.image.width * view.scale, view.image.height * view.scale);
    context.clip();
    drawRaster(context, view, this.#raster(id, field, style, most));
    context.restore();
  }

  /**
   * @param {string} id @param {import("./overlay.mjs").Field} field @param {import("./overlay.mjs").Style} style
   * @param {number} [most] pixels of its raster
   */
  #raster(id, field, style, most = MAX_RASTER) {
    const { view, looks } = this;
    const drawn = { ...style, fill: Math.min(1, style.fill * looks.fill), line: style.line * looks.line };
    const start = view.toImage(0, 0),
      end = view.toImage(view.stage.width, view.stage.height);
    const seen = {
      x0: Math.max(0, start.x),
      y0: Math.max(0, start.y),
      x1: Math.min(view.image.width, end.x),
      y1: Math.min(view.image.height, end.y),
    };
    const full = view.scale * this.ratio;
    // The same wherever the view is moved to, so that masks that were seen in full need no other raster.
    const area =
      Math.min(view.image.width, view.stage.width / view.scale) *
      Math.min(view.image.height, view.stage.height / view.scale);
    const density = Math.min(full, Math.sqrt(most / Math.max(1, area)));
    const look = JSON.stringify(drawn);
    const rect = intersect(extentOf(field), seen);
    const key = rect ? `${density.toFixed(4)} ${rect.x0} ${rect.y0} ${rect.x1} ${rect.y1}` : "";
    let entry = this.rasters.get(id);
    const known = entry?.field === field && entry.look === look;
    const moved = entry?.key !== key && !this.settle;
    // While the view moves the old raster is drawn where it belongs; a new mask or style is sampled at once.
    if (entry && known && moved && performance.now() > this.deadline) this.late = true;
    else if (!entry || !known || moved) {
      const line = drawn.line * (density / full) * this.ratio;
      entry = { key, look, field, raster: rasterise(field, seen, density, { ...drawn, line }, extentOf(field)) };
      this.rasters.set(id, entry);
    }
    return entry.raster;
  }

  #prompts() {
    const { prompts } = this;
    if (prompts.box) this.#box(prompts.box, false);
    if (prompts.box) drawHandles(this.context, this.view, prompts.box, this.grip);
    if (this.rubber) this.#box(this.rubber, true);
    for (const point of prompts.points) this.#point(point);
    this.outline?.draw(this.context, this.view);
    if (this.stroke) drawStroke(this.context, this.view, this.stroke);
    if (this.brush && !this.stroke) drawBrush(this.context, this.brush);
    if (this.cursor) this.#cursor(this.cursor);
  }

  /** @param {number[]} box @param {boolean} dragging */
  #box(box, dragging) {
    const { context, view } = this;
    const from = view.toStage(box[0], box[1]),
      to = view.toStage(box[2], box[3]);
    const rect = /** @type {const} */ ([
      Math.round(from.x) + 0.5,
      Math.round(from.y) + 0.5,
      Math.round(to.x - from.x),
      Math.round(to.y - from.y),
    ]);
    context.lineJoin = "round";
    context.setLineDash([]);
    context.strokeStyle = "rgba(255,255,255,.9)";
    context.lineWidth = 3.5;
    context.strokeRect(...rect);
    context.strokeStyle = POSITIVE;
    context.lineWidth = 1.75;
    if (dragging) context.setLineDash([6, 4]);
    context.strokeRect(...rect);
    context.setLineDash([]);
  }

  /**
   * Plus and minus, not colour alone, tell the two kinds apart.
   * @param {import("../prompts/prompts.mjs").Point} point
   */
  #point(point) {
    const { context, view } = this;
    const { x, y } = view.toStage(point.x, point.y);
    context.beginPath();
    context.arc(x, y, 8, 0, 2 * Math.PI);
    context.fillStyle = point.label ? POSITIVE : NEGATIVE;
    context.shadowColor = "rgba(0,0,0,.35)";
    context.shadowBlur = 4;
    context.fill();
    context.shadowBlur = 0;
    context.lineWidth = 2;
    context.strokeStyle = "#fff";
    context.stroke();
    context.beginPath();
    context.moveTo(x - 3.5, y);
    context.lineTo(x + 3.5, y);
    if (point.label) {
      context.moveTo(x, y - 3.5);
      context.lineTo(x, y + 3.5);
    }
    context.stroke();
  }

  /** @param {{x: number, y: number}} cursor */
  #cursor(cursor) {
    const { context, view } = this;
    const { x, y } = view.toStage(cursor.x, cursor.y);
    for (const [color, width] of [
      ["rgba(0,0,0,.65)", 3.5],
      ["#fff", 1.5],
    ]) {
      context.strokeStyle = /** @type {string} */ (color);
      context.lineWidth = /** @type {number} */ (width);
      context.beginPath();
      for (const [dx, dy] of [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ]) {
        context.moveTo(x + dx * 4, y + dy * 4);
        context.lineTo(x + dx * 13, y + dy * 13);
      }
      context.stroke();
    }
  }
}
