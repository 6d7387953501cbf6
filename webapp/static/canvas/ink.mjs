/** Strokes and the brush as they look while a hand draws them. */

import { handlesOf } from "../prompts/box_grip.mjs";
import { TOUCH } from "../ui/dom.mjs";
import { NEGATIVE, POSITIVE } from "./palette.mjs";

const HANDLE = TOUCH ? 11 : 7;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./viewport.mjs").View} view
 * @param {{path: number[][], radius: number, closed: boolean, negative: boolean}} stroke image pixels; radius 0 is a
 *   thin line
 */
export function drawStroke(context, view, stroke) {
  context.save();
  context.lineJoin = context.lineCap = "round";
  context.beginPath();
  for (const [x, y] of stroke.path) {
    const at = view.toStage(x, y);
    context.lineTo(at.x, at.y);
  }
  const color = stroke.negative ? NEGATIVE : POSITIVE;
  if (stroke.radius) {
    context.globalAlpha = 0.5;
    context.strokeStyle = color;
    context.lineWidth = 2 * stroke.radius * view.scale;
    context.stroke();
  } else {
    if (stroke.closed) context.closePath();
    context.strokeStyle = "rgba(255,255,255,.9)";
    context.lineWidth = 4.5;
    context.stroke();
    context.strokeStyle = color;
    context.lineWidth = 2.25;
    if (stroke.closed) context.setLineDash([6, 4]);
    context.stroke();
  }
  context.restore();
}

/**
 * Where a box can be taken.
 * @param {CanvasRenderingContext2D} context
 * @param {import("./viewport.mjs").View} view
 * @param {import("../prompts/box_grip.mjs").Box} box
 * @param {import("../prompts/box_grip.mjs").Grip | null} held what the arrow keys move
 */
export function drawHandles(context, view, box, held) {
  const from = view.toStage(box[0], box[1]),
    to = view.toStage(box[2], box[3]);
  const placed = handlesOf([Math.round(from.x), Math.round(from.y), Math.round(to.x), Math.round(to.y)], 12 * HANDLE);
  placed.forEach(([x, y], place) => {
    // The first four are the corners, clockwise from the top left.
    const on = held !== null && place < 4 && (held.x === 2 || (held.x < 0 ? place === 0 : place === 2));
    const half = on ? HANDLE : HANDLE / 2;
    context.fillStyle = on ? POSITIVE : "#fff";
    context.strokeStyle = on ? "#fff" : POSITIVE;
    context.lineWidth = 1.5;
    context.beginPath();
    context.rect(x + 0.5 - half, y + 0.5 - half, 2 * half, 2 * half);
    context.fill();
    context.stroke();
  });
}

/** @param {CanvasRenderingContext2D} context @param {{x: number, y: number, radius: number}} brush stage pixels */
export function drawBrush(context, brush) {
  for (const [color, width] of [
    ["rgba(0,0,0,.6)", 3],
    ["#fff", 1.25],
  ]) {
    context.beginPath();
    context.arc(brush.x, brush.y, brush.radius, 0, 2 * Math.PI);
    context.strokeStyle = /** @type {string} */ (color);
    context.lineWidth = /** @type {number} */ (width);
    context.stroke();
  }
}
