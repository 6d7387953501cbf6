/** Boxes that a tab shows over the photo, such as what it has found, each with its label. */

import { rgb } from "./palette.mjs";

/**
 * @typedef {{box: [number, number, number, number], label: string, color: string}} Mark half-open xyxy, image pixels
 */

const FONT = "600 12px system-ui, sans-serif";
const CHIP = 18;
const MOST_LETTERS = 28;
/** Of one kind: more would hide the photo, and their colour says the same. */
const MOST_LABELS = 6;
/** A box narrower than this on the screen has no room for a label. */
const LEAST_WIDTH = 22;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./viewport.mjs").View} view
 * @param {Mark[]} marks best first
 */
export function drawMarks(context, view, marks) {
  if (!marks.length) return;
  context.save();
  context.lineJoin = "round";
  context.font = FONT;
  context.textBaseline = "middle";
  const placed = marks.map((mark) => {
    const from = view.toStage(mark.box[0], mark.box[1]),
      to = view.toStage(mark.box[2], mark.box[3]);
    return {
      mark,
      x: Math.round(from.x) + 0.5,
      y: Math.round(from.y) + 0.5,
      width: Math.round(to.x - from.x),
      height: Math.round(to.y - from.y),
    };
  });
  for (const { mark, x, y, width, height } of [...placed].reverse()) {
    for (const [color, line] of [
      ["rgba(255,255,255,.85)", 3.5],
      [mark.color, 2],
    ]) {
      context.strokeStyle = /** @type {string} */ (color);
      context.lineWidth = /** @type {number} */ (line);
      context.strokeRect(x, y, width, height);
    }
  }
  /** @type {Map<string, number>} */
  const counts = new Map();
  /** @type {number[][]} left, top and right of the labels that are there */
  const taken = [];
  for (const { mark, x, y, width } of placed) {
    const count = counts.get(mark.label) ?? 0;
    if (!mark.label || width < LEAST_WIDTH || count >= MOST_LABELS) continue;
    const text = shorten(mark.label);
    const left = x - 1,
      top = y - CHIP >= Math.max(0, view.y) ? y - CHIP : y;
    const right = left + context.measureText(text).width + 10;
    if (taken.some(([l, t, r]) => left < r && l < right && Math.abs(top - t) < CHIP)) continue;
    taken.push([left, top, right]);
    counts.set(mark.label, count + 1);
    context.fillStyle = mark.color;
    context.fillRect(left, top, right - left, CHIP);
    context.fillStyle = inkOn(mark.color);
    context.fillText(text, x + 4, top + CHIP / 2 + 0.5);
  }
  context.restore();
}

/** @param {string} label */
export function shorten(label) {
  const letters = [...label];
  return letters.length > MOST_LETTERS ? `${letters.slice(0, MOST_LETTERS - 1).join("")}…` : label;
}

/** Black or white, whichever is easier to read on it (WCAG's relative luminance). @param {string} color "#rrggbb" */
export function inkOn(color) {
  const [r, g, b] = rgb(color).map((part) =>
    part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000" : "#fff";
}
