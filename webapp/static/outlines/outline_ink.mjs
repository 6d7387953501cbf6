/** An outline with its vertices as handles, as it looks on the stage. */

import { CURRENT } from "../canvas/palette.mjs";
import { TOUCH } from "../ui/dom.mjs";

const HANDLE = TOUCH ? 6.5 : 4;
const CHOSEN = 1.5;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("../canvas/viewport.mjs").View} view
 * @param {import("./geometry.mjs").Rings} rings
 * @param {import("./geometry.mjs").Place | null} chosen
 */
export function drawOutline(context, view, rings, chosen) {
  const placed = rings.map((ring) => ring.map(([x, y]) => view.toStage(x, y)));
  context.save();
  context.lineJoin = "round";
  context.beginPath();
  for (const ring of placed) {
    for (const [i, { x, y }] of ring.entries()) i ? context.lineTo(x, y) : context.moveTo(x, y);
    context.closePath();
  }
  for (const [color, width] of /** @type {[string, number][]} */ ([
    ["rgba(0,0,0,.55)", 3.5],
    ["#fff", 1.5],
  ])) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.stroke();
  }
  context.lineWidth = 1.5;
  for (const [ring, vertices] of placed.entries())
    for (const [index, { x, y }] of vertices.entries()) {
      const on = chosen?.ring === ring && chosen.index === index;
      context.beginPath();
      context.arc(x, y, HANDLE * (on ? CHOSEN : 1), 0, 2 * Math.PI);
      context.fillStyle = on ? CURRENT : "#fff";
      context.strokeStyle = on ? "#fff" : "rgba(0,0,0,.75)";
      context.fill();
      context.stroke();
    }
  context.restore();
}
