/**
 * Small helpers to build DOM nodes; no framework.
 *
 * @typedef {import("./icons.mjs").IconName} IconName
 */

import { ICONS } from "./icons.mjs";

/**
 * @param {string} tag
 * @param {Record<string, any>} [props] `on*` functions become listeners, `class` and `aria-*` become attributes
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on") && typeof value === "function") node.addEventListener(key.slice(2).toLowerCase(), value);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null && child !== undefined && child !== false) node.append(child);
  return node;
}

/** The mark of the app, drawn for it: an object within the corners of a selection. */
const LOGO = /** @type {const} */ ([
  ["path", { d: "M3 8V5a2 2 0 0 1 2-2h3" }],
  ["path", { d: "M16 3h3a2 2 0 0 1 2 2v3" }],
  ["path", { d: "M21 16v3a2 2 0 0 1-2 2h-3" }],
  ["path", { d: "M8 21H5a2 2 0 0 1-2-2v-3" }],
  ["path", { d: "M8.5 13.5c0-3.2 1.6-6 4.2-6 2.4 0 3.3 1.8 3.3 4.2 0 2.7-1.5 4.8-4 4.8-2 0-3.5-1-3.5-3z" }],
]);

/**
 * @param {IconName | "logo"} name
 * @param {number} [size] CSS pixels
 * @returns {SVGSVGElement}
 */
export function icon(name, size = 18) {
  const svg = vector("svg", {
    viewBox: "0 0 24 24",
    width: size,
    height: size,
    fill: "none",
    stroke: "currentColor",
    "stroke-width": 1.75,
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    "aria-hidden": "true",
  });
  const shapes = /** @type {readonly (readonly [string, Record<string, string>])[]} */ (
    name === "logo" ? LOGO : ICONS[name]
  );
  for (const [tag, attributes] of shapes) svg.append(vector(tag, attributes));
  return /** @type {SVGSVGElement} */ (svg);
}

/** @param {string} tag @param {Record<string, string | number>} attributes */
function vector(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  return node;
}

/**
 * A button that shows an icon and is named for screen readers and in its tooltip.
 * @param {IconName} name
 * @param {string} label
 * @param {() => void} onclick
 * @param {Record<string, any>} [props]
 */
export function iconButton(name, label, onclick, props = {}) {
  return h(
    "button",
    { type: "button", class: "ss-icon-button", "aria-label": label, title: label, onclick, ...props },
    icon(name),
  );
}

/** Whether the main pointer is a finger: texts then do not speak of keys. */
export const TOUCH = matchMedia("(pointer: coarse)").matches;

/** Whether the keyboard has a command key. */
export const MAC = /mac|iphone|ipad/i.test(globalThis.navigator?.platform ?? "");

/** 1234 -> "1.2 k", 2500000 -> "2.5 M": areas in pixels. @param {number} value */
export function short(value) {
  if (value < 1000) return String(value);
  if (value < 1e6) return `${(value / 1e3).toFixed(value < 1e4 ? 1 : 0)} k`;
  return `${(value / 1e6).toFixed(1)} M`;
}
