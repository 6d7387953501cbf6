/**
 * Writes webapp/static/ui/icons.mjs from the npm package lucide-static, at the version that package.json pins:
 *
 *     node webapp/make_icons.mjs FOLDER          FOLDER: that of the installed package
 *     node webapp/make_icons.mjs FOLDER --check  only says whether the file is what it would write
 */

import { readFileSync, writeFileSync } from "node:fs";

/** Our name for an icon, and Lucide's. */
const NAMES = {
  brush: "brush",
  camera: "camera",
  check: "check",
  chevron: "chevron-down",
  clear: "x",
  combine: "squares-unite",
  compare: "git-compare-arrows",
  contrast: "contrast",
  download: "download",
  eraser: "eraser",
  down: "arrow-down",
  eye: "eye",
  eyeOff: "eye-off",
  fit: "maximize",
  frame: "scan",
  hand: "hand",
  help: "circle-question-mark",
  keyboard: "keyboard",
  lasso: "lasso",
  link: "link",
  lock: "lock",
  minus: "minus",
  moon: "moon",
  more: "ellipsis",
  open: "image-up",
  outline: "vector-square",
  panel: "panel-right",
  paste: "clipboard-paste",
  pencil: "pencil",
  picture: "image",
  plus: "plus",
  pointer: "mouse-pointer-2",
  redo: "redo-2",
  save: "save",
  scribble: "line-squiggle",
  search: "search",
  sharpen: "focus",
  shield: "shield-check",
  similar: "scan-search",
  stack: "layers",
  sun: "sun",
  tag: "tag",
  target: "target",
  text: "text-cursor-input",
  trash: "trash-2",
  undo: "undo-2",
  unlock: "lock-open",
  up: "arrow-up",
};

const TARGET = new URL("./static/ui/icons.mjs", import.meta.url);
/** Characters of a path in a line. */
const WIDEST = 84;
const [folder, mode] = process.argv.slice(2);

/** @param {string} name of Lucide's */
function shapes(name) {
  const svg = readFileSync(`${folder}/icons/${name}.svg`, "utf8");
  const found = [...svg.matchAll(/<(path|circle|rect|line|ellipse|polyline|polygon)\s+([^>]*?)\/>/g)];
  if (!found.length) throw new Error(`${name} has no shapes.`);
  return found.map(([, tag, attributes]) => [
    tag,
    Object.fromEntries([...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value])),
  ]);
}

/** @param {string} value as a literal, in pieces where it is long */
function literal(value) {
  const pieces = value.length > WIDEST ? (value.match(new RegExp(`.{1,${WIDEST}}(?: |$)`, "g")) ?? [value]) : [value];
  return pieces.map((piece) => `"${piece}"`).join(" +\n      ");
}

/** @param {Record<string, string>} attributes */
function written(attributes) {
  const pairs = Object.entries(attributes).map(
    ([key, value]) => `${/^\w+$/.test(key) ? key : `"${key}"`}: ${literal(value)}`,
  );
  return `{ ${pairs.join(", ")} }`;
}

const { version } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
const rows = Object.entries(NAMES).map(([own, name]) => {
  const lines = shapes(name).map(([tag, attributes]) => `    ["${tag}", ${written(attributes)}],\n`);
  return `  ${own}: [\n${lines.join("")}  ],\n`;
});
const text = `/**
 * 24 x 24 stroke icons of Lucide ${version} (lucide.dev), written by webapp/make_icons.mjs: change the names there.
 *
 * ISC License. Copyright (c) 2026 Lucide Icons and Contributors. Permission to use, copy, modify, and/or distribute
 * this software for any purpose with or without fee is hereby granted, provided that the above copyright notice and
 * this permission notice appear in all copies. The software is provided "as is" and the author disclaims all warranties
 * with regard to this software including all implied warranties of merchantability and fitness. In no event shall the
 * author be liable for any special, direct, indirect, or consequential damages or any damages whatsoever resulting from
 * loss of use, data or profits, whether in an action of contract, negligence or other tortious action, arising out of
 * or in connection with the use or performance of this software.
 *
 * Some of them are derived from Feather, MIT License, Copyright (c) 2013-present Cole Bemis.
 *
 * @typedef {keyof typeof ICONS} IconName
 */

/* biome-ignore format: one line a shape, as they are written */
export const ICONS = {
${rows.join("")}};
`;
if (mode !== "--check") writeFileSync(TARGET, text);
else if (readFileSync(TARGET, "utf8") !== text) {
  console.error("webapp/static/ui/icons.mjs is not what webapp/make_icons.mjs writes: run it again.");
  process.exit(1);
}
