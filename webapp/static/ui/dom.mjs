/** Small helpers to build DOM nodes; no framework. */

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

/** 24 x 24 stroke icons, drawn for this page. */
const PATHS = {
  logo: "M3 8V5a2 2 0 0 1 2-2h3 M16 3h3a2 2 0 0 1 2 2v3 M21 16v3a2 2 0 0 1-2 2h-3 M8 21H5a2 2 0 0 1-2-2v-3 M8.5 13.5c0-3.2 1.6-6 4.2-6 2.4 0 3.3 1.8 3.3 4.2 0 2.7-1.5 4.8-4 4.8-2 0-3.5-1-3.5-3z",
  open: "M4 16v2a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-2 M12 15V4 M7.5 8.5 12 4l4.5 4.5",
  undo: "M9 14 4 9l5-5 M4 9h10a6 6 0 0 1 0 12h-3",
  redo: "m15 14 5-5-5-5 M20 9H10a6 6 0 0 0 0 12h3",
  clear: "M6 6l12 12 M18 6 6 18",
  fit: "M4 9V6a2 2 0 0 1 2-2h3 M15 4h3a2 2 0 0 1 2 2v3 M20 15v3a2 2 0 0 1-2 2h-3 M9 20H6a2 2 0 0 1-2-2v-3",
  plus: "M12 5v14 M5 12h14",
  minus: "M5 12h14",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z M12 9.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z",
  eyeOff:
    "M4 4l16 16 M9.9 5.8A9 9 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-2.9 3.6 M6.3 7.5A15 15 0 0 0 2.5 12S6 18.5 12 18.5a9 9 0 0 0 4.1-1",
  download: "M12 4v11 M7.5 10.5 12 15l4.5-4.5 M4 19h16",
  trash:
    "M4 7h16 M9 7V5a1 1 0 0 1 1-1h4a1 1 0 0 1 1 1v2 M6.5 7l.8 12a1 1 0 0 0 1 1h7.4a1 1 0 0 0 1-1l.8-12 M10 11v5 M14 11v5",
  check: "M5 12.5 10 17 19 7.5",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8z M12 2.5v2 M12 19.5v2 M2.5 12h2 M19.5 12h2 M5.3 5.3l1.4 1.4 M17.3 17.3l1.4 1.4 M5.3 18.7l1.4-1.4 M17.3 6.7l1.4-1.4",
  moon: "M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5z",
  keyboard:
    "M4 6.5h16a1.5 1.5 0 0 1 1.5 1.5v8a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 16V8A1.5 1.5 0 0 1 4 6.5z M6.5 10h.01 M10 10h.01 M14 10h.01 M17.5 10h.01 M8 14h8",
  picture:
    "M5 4h14a1.5 1.5 0 0 1 1.5 1.5v13A1.5 1.5 0 0 1 19 20H5a1.5 1.5 0 0 1-1.5-1.5v-13A1.5 1.5 0 0 1 5 4z M4 17l4.5-5 3.5 3.5 3-3 5 5 M15.5 8.5h.01",
  brush: "M14.5 4.5 20 10l-8.5 8.5c-1.5 1.5-5 2-7.5 1 1.5-1 1-3 2-4.5z M12 7l5.5 5.5",
  eraser:
    "M9 20h11 M5.5 13.5 13 6a2 2 0 0 1 2.8 0l3.2 3.2a2 2 0 0 1 0 2.8L11 20H8l-2.5-2.5a2.8 2.8 0 0 1 0-4z M9.5 9.5l5.5 5.5",
  pointer: "M6 4l13 6.5-5.5 2-2 5.5z",
  scribble: "M4 16c3-9 5-11 6.5-9.5S7 14 8.5 15.5 14 7 16 8.5s-3.5 7.5-1.5 8.5 4-2 5.5-4",
  lasso: "M12 5c4.5 0 8 2.2 8 5s-3.5 5-8 5-8-2.2-8-5 3.5-5 8-5z M7.5 14c-1.5 1-1.5 3 0 3.5s3 1.500 2 3",
  pencil: "M4 20l1-4.500L15.500 5a2 2 0 0 1 2.800 0l.7.7a2 2 0 0 1 0 2.800L8.500 19z M13.500 7l3.500 3.500",
  camera:
    "M4 8h3l1.5-2.5h7L17 8h3a1.5 1.5 0 0 1 1.5 1.5v8A1.5 1.5 0 0 1 20 19H4a1.5 1.5 0 0 1-1.5-1.5v-8A1.5 1.5 0 0 1 4 8z M12 9.8a3.4 3.4 0 1 1 0 6.8 3.4 3.4 0 0 1 0-6.8z",
  paste:
    "M9 4.500h6v3H9z M9 6H6.500A1.5 1.5 0 0 0 5 7.500v11A1.5 1.5 0 0 0 6.5 20h11a1.5 1.5 0 0 0 1.5-1.500v-11A1.5 1.5 0 0 0 17.5 6H15",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.700l-1 1 M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.700l1-1",
  frame:
    "M4 8V5.500A1.5 1.5 0 0 1 5.5 4H8 M16 4h2.500A1.5 1.5 0 0 1 20 5.500V8 M20 16v2.500a1.5 1.5 0 0 1-1.5 1.500H16 M8 20H5.500A1.5 1.5 0 0 1 4 18.500V16 M9 9h6v6H9z",
  chevron: "m7 10 5 5 5-5",
  shield: "M12 3.500 19 6v5.500c0 4.500-3 7.500-7 9-4-1.500-7-4.500-7-9V6z M9 12l2.200 2.200L15.200 10",
  lock: "M7 11h10a1.500 1.500 0 0 1 1.500 1.500v6A1.500 1.500 0 0 1 17 20H7a1.500 1.500 0 0 1-1.500-1.500v-6A1.500 1.500 0 0 1 7 11z M8.500 11V8a3.500 3.500 0 0 1 7 0v3",
  unlock:
    "M7 11h10a1.500 1.500 0 0 1 1.500 1.500v6A1.500 1.500 0 0 1 17 20H7a1.500 1.500 0 0 1-1.500-1.500v-6A1.500 1.500 0 0 1 7 11z M8.500 11V8a3.500 3.500 0 0 1 6.500-1.800",
  target:
    "M12 5a7 7 0 1 1 0 14 7 7 0 0 1 0-14z M12 9.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5z M12 2v3 M12 19v3 M2 12h3 M19 12h3",
  stack: "M12 4l8 4-8 4-8-4z M4 12l8 4 8-4 M4 16l8 4 8-4",
  contrast: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16z M12 4v16 M12 8h6.500 M12 12h8 M12 16h6.500",
  sharpen: "M10.500 3.500a7 7 0 1 1 0 14 7 7 0 0 1 0-14z M15.600 15.600 20.500 20.500 M7.500 13l3-5.500 3 5.500z",
  help: "M12 3.500a8.500 8.500 0 1 1 0 17 8.500 8.500 0 0 1 0-17z M9.500 9.500a2.500 2.500 0 1 1 3.700 2.200c-.8.4-1.200.9-1.200 1.800 M12 16.500h.01",
};

/**
 * @param {keyof typeof PATHS} name
 * @param {number} [size] CSS pixels
 * @returns {SVGSVGElement}
 */
export function icon(name, size = 18) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const attributes = {
    viewBox: "0 0 24 24",
    width: size,
    height: size,
    fill: "none",
    stroke: "currentColor",
    "stroke-width": 1.75,
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    "aria-hidden": "true",
  };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, String(value));
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/**
 * A button that shows an icon and is named for screen readers and in its tooltip.
 * @param {keyof typeof PATHS} name
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

/** 1234 -> "1.2 k", 2500000 -> "2.5 M": areas in pixels. @param {number} value */
export function short(value) {
  if (value < 1000) return String(value);
  if (value < 1e6) return `${(value / 1e3).toFixed(value < 1e4 ? 1 : 0)} k`;
  return `${(value / 1e6).toFixed(1)} M`;
}
