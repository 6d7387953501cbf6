/** Small pictures of masks on their photo: what is inside in colour, what is around it pale. */

import { extent, rasterise } from "./overlay.mjs";
import { CURRENT, rgb } from "./palette.mjs";

/**
 * @typedef {import("./overlay.mjs").Field} Field
 * @typedef {import("./overlay.mjs").Rect} Rect
 * @typedef {{bitmap: ImageBitmap | HTMLImageElement, width: number, height: number}} Photo its size in image pixels
 */

/** Of the masks' larger side, around them. */
const MARGIN = 0.12;
const PALE = 0.22;

/**
 * The part of a photo in which all the masks are, in the shape of the thumbnails.
 * @param {Field[]} fields @param {Photo} photo @param {number} aspect width to height
 * @returns {Rect}
 */
export function frameOf(fields, photo, aspect) {
  const rects = fields.flatMap((field) => extent(field) ?? []);
  const x0 = Math.max(0, Math.min(photo.width, ...rects.map((rect) => rect.x0))),
    y0 = Math.max(0, Math.min(photo.height, ...rects.map((rect) => rect.y0))),
    x1 = Math.min(photo.width, Math.max(0, ...rects.map((rect) => rect.x1))),
    y1 = Math.min(photo.height, Math.max(0, ...rects.map((rect) => rect.y1)));
  if (!rects.length) return { x0: 0, y0: 0, x1: photo.width, y1: photo.height };
  const margin = MARGIN * Math.max(x1 - x0, y1 - y0);
  const height = Math.max(y1 - y0 + 2 * margin, (x1 - x0 + 2 * margin) / aspect);
  const [left, top] = [(x0 + x1 - height * aspect) / 2, (y0 + y1 - height) / 2];
  return { x0: left, y0: top, x1: left + height * aspect, y1: top + height };
}

/**
 * @param {HTMLCanvasElement} canvas that is drawn on
 * @param {Field} field
 * @param {Photo} photo
 * @param {Rect} frame
 */
export function drawThumb(canvas, field, photo, frame) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const density = canvas.width / (frame.x1 - frame.x0);
  const photoOn = (/** @type {CanvasRenderingContext2D} */ target) =>
    target.drawImage(
      photo.bitmap,
      -frame.x0 * density,
      -frame.y0 * density,
      photo.width * density,
      photo.height * density,
    );
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.globalAlpha = PALE;
  photoOn(context);
  context.globalAlpha = 1;
  const seen = {
    x0: Math.max(0, frame.x0),
    y0: Math.max(0, frame.y0),
    x1: Math.min(photo.width, frame.x1),
    y1: Math.min(photo.height, frame.y1),
  };
  const filled = rasterise(field, seen, density, { color: [0, 0, 0], fill: 1, line: 0 });
  if (!filled) return;
  const place = /** @type {const} */ ([
    (filled.rect.x0 - frame.x0) * density,
    (filled.rect.y0 - frame.y0) * density,
    (filled.rect.x1 - filled.rect.x0) * density,
    (filled.rect.y1 - filled.rect.y0) * density,
  ]);
  const cut = document.createElement("canvas");
  cut.width = canvas.width;
  cut.height = canvas.height;
  const inside = /** @type {CanvasRenderingContext2D} */ (cut.getContext("2d"));
  inside.drawImage(filled.canvas, ...place);
  inside.globalCompositeOperation = "source-in";
  photoOn(inside);
  context.drawImage(cut, 0, 0);
  const outline = rasterise(field, seen, density, { color: rgb(CURRENT), fill: 0, line: 2.5 });
  if (outline) context.drawImage(outline.canvas, ...place);
}
