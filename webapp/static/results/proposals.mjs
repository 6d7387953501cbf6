/** Masks that a tool proposes, as outlines on the photo: the pointer lights one, a click takes it. */

import { drawPhoto } from "../canvas/checkerboard.mjs";

/**
 * @typedef {import("../canvas/viewport.mjs").View} View
 * @typedef {{row: number, name: string, color: string, score: number, area: number, box: number[],
 *   rings: number[][]}} Proposal color: "" for one of its own */

/** Steps of the golden ratio keep neighbours in the list apart, however many there are. */
const GOLDEN = 0.618034;

export class Proposals {
  /** @param {Proposal[]} all @param {(path: Path2D, x: number, y: number) => boolean} inside */
  constructor(all, inside) {
    this.inside = inside;
    // Small ones on top, so that each can be reached.
    this.all = [...all].sort((a, b) => b.area - a.area).map((one) => ({ ...one, path: pathOf(one.rings) }));
    /** @type {Set<number>} rows */
    this.marked = new Set();
    /** @type {number | null} row under the pointer */
    this.lit = null;
  }

  /** The smallest one at a place. @param {number} x @param {number} y image pixels */
  at(x, y) {
    for (let place = this.all.length - 1; place >= 0; place--) {
      const { box, path } = this.all[place];
      if (x < box[0] || y < box[1] || x > box[2] || y > box[3]) continue;
      if (this.inside(path, x, y)) return this.all[place];
    }
    return null;
  }

  /** @param {number[]} rows are objects by now */
  taken(rows) {
    const gone = new Set(rows);
    this.all = this.all.filter((one) => !gone.has(one.row));
    for (const row of rows) this.marked.delete(row);
    if (this.lit !== null && gone.has(this.lit)) this.lit = null;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {View} view
   * @param {CanvasImageSource} bitmap
   * @param {boolean} peek
   */
  draw(context, view, bitmap, peek) {
    const { scale, x, y, image } = view;
    context.imageSmoothingQuality = "high";
    drawPhoto(context, bitmap, x, y, image.width * scale, image.height * scale);
    if (peek) return;
    context.save();
    context.beginPath();
    context.rect(x, y, image.width * scale, image.height * scale);
    context.clip();
    context.translate(x, y);
    context.scale(scale, scale);
    context.lineJoin = "round";
    for (const [place, one] of this.all.entries()) {
      const color = one.color || `hsl(${Math.round(360 * ((place * GOLDEN) % 1))} 90% 55%)`;
      const marked = this.marked.has(one.row);
      const lit = one.row === this.lit;
      if (marked || lit) {
        context.globalAlpha = lit ? 0.45 : 0.35;
        context.fillStyle = color;
        context.fill(one.path, "evenodd");
        context.globalAlpha = 1;
      }
      context.strokeStyle = marked || lit ? "#fff" : "rgba(0,0,0,.55)";
      context.lineWidth = (marked || lit ? 5 : 3) / scale;
      context.stroke(one.path);
      context.strokeStyle = color;
      context.lineWidth = (marked || lit ? 2.6 : 1.5) / scale;
      context.stroke(one.path);
    }
    context.restore();
    const lit = this.all.find((one) => one.row === this.lit);
    if (lit?.name) drawName(context, view, lit);
  }
}

/** What it is called, at its upper left corner. @param {CanvasRenderingContext2D} context @param {View} view */
function drawName(context, view, /** @type {Proposal} */ { name, box }) {
  const corner = view.toStage(box[0], box[1]);
  context.font = "600 13px system-ui, sans-serif";
  const width = context.measureText(name).width + 16;
  const left = Math.max(4, Math.min(corner.x, view.stage.width - width - 4));
  const top = Math.max(4, corner.y - 30);
  context.fillStyle = "rgba(17,17,17,.86)";
  context.beginPath();
  context.roundRect(left, top, width, 24, 6);
  context.fill();
  context.fillStyle = "#fff";
  context.textBaseline = "middle";
  context.fillText(name, left + 8, top + 12.5);
}

/** @param {number[][]} rings x, y, x, y ... */
function pathOf(rings) {
  const path = new Path2D();
  for (const ring of rings) {
    path.moveTo(ring[0], ring[1]);
    for (let i = 2; i < ring.length; i += 2) path.lineTo(ring[i], ring[i + 1]);
    path.closePath();
  }
  return path;
}
