/**
 * What is exported, and how: the dialog's state, and what follows from it.
 *
 * @typedef {"cutout" | "mask" | "photo" | "objects" | "project"} What
 * @typedef {{what: What, kind: string, format: string, edge: number, tolerance: number, photos: boolean, all: boolean}}
 *   Choice kind: of a picture; format: of annotations; edge, tolerance: pixels; all: every visible object, although
 *   some are selected
 * @typedef {{photo: string, objects: {id: string, hidden: boolean}[], selected: string[], local: boolean}} Scene
 *   local: the photo is in this browser alone
 * @typedef {{name: string, title: string, suffix: string, outlines: boolean}} Format suffix: of its one file, "" where
 *   it has several; outlines: they can be made simpler
 */

export const WHATS = /** @type {const} */ ([
  ["cutout", "Cut-out"],
  ["mask", "Mask"],
  ["photo", "Photo"],
  ["objects", "Objects"],
  ["project", "Project"],
]);

export const KINDS = /** @type {const} */ ([
  ["png", "PNG"],
  ["webp", "WebP, lossless"],
  ["tiff", "TIFF"],
]);

/** Pixels over which the edge softens, to both sides. @type {readonly (readonly [number, string])[]} */
export const EDGES = [
  [0, "Hard"],
  [1, "Smooth"],
  [3, "Soft"],
];

/** @type {Choice} */
export const DEFAULTS = {
  what: "cutout",
  kind: "png",
  format: "coco",
  edge: 1,
  tolerance: 0,
  photos: false,
  all: false,
};

/** What was chosen last time, where it still makes sense. @param {unknown} stored @returns {Choice} */
export function remembered(stored) {
  const held = /** @type {Record<string, unknown>} */ (typeof stored === "object" && stored ? stored : {});
  const one = (/** @type {readonly (readonly [unknown, string])[]} */ rows, /** @type {keyof Choice} */ key) =>
    rows.some(([value]) => value === held[key]) ? held[key] : DEFAULTS[key];
  return /** @type {Choice} */ ({
    ...DEFAULTS,
    kind: one(KINDS, "kind"),
    edge: one(EDGES, "edge"),
    format: typeof held.format === "string" ? held.format : DEFAULTS.format,
    photos: held.photos === true,
  });
}

/** The ids that count: those that are selected, else every visible one. @param {Choice} choice @param {Scene} scene */
export function taken(choice, { objects, selected }) {
  if (selected.length && !choice.all) return selected;
  return objects.filter((object) => !object.hidden).map((object) => object.id);
}

/** Why something can't be exported now; "" where it can. @param {What} what @param {Scene} scene */
export function refusal(what, scene) {
  if (scene.local && (what === "photo" || what === "objects" || what === "project"))
    return "Private: needs the server.";
  if (what !== "photo" && what !== "project" && !scene.local && !taken({ ...DEFAULTS, what }, scene).length)
    return "No objects yet.";
  return "";
}

/** The request below the workspace that makes the file. @param {Choice} choice @param {Scene} scene */
export function request(choice, scene) {
  const query = new URLSearchParams();
  if (choice.what !== "photo") query.set("objects", taken(choice, scene).join(","));
  if (choice.what === "objects") {
    query.set("format", choice.format);
    if (choice.tolerance) query.set("tolerance", String(choice.tolerance));
    if (choice.photos) query.set("photos", "1");
    return `export/objects?${query}`;
  }
  query.set("what", choice.what);
  query.set("kind", choice.kind);
  if (choice.what !== "photo" && choice.edge) query.set("edge", String(choice.edge));
  return `export/picture?${query}`;
}

/** What a preview shows, or "" for what has none. @param {Choice} choice @param {Scene} scene @param {string} part */
export function preview(choice, scene, part) {
  if (choice.what === "objects" || (choice.what === "photo" && part === "edge")) return "";
  return `${request({ ...choice, kind: "png" }, scene).replace("picture?", "preview?")}&part=${part}`;
}

/** Where the loss of a format is said. @param {Choice} choice @param {Scene} scene */
export function lossOf(choice, scene) {
  return request({ ...choice, photos: false }, scene).replace("objects?", "loss?");
}

/** What the file is called: a picture, a format's one file, or a zip. @param {Choice} choice @param {Scene} scene
 *  @param {Format[]} formats */
export function fileName({ what, kind, format, photos }, { photo }, formats = []) {
  const stem = photo.replace(/\.[^.]+$/, "") || "photo";
  if (what === "objects") {
    const { suffix } = formats.find(({ name }) => name === format) ?? { suffix: "" };
    return suffix && !photos ? `${stem}${suffix}` : `${stem}-${format}.zip`;
  }
  return `${stem}-${what === "photo" ? "edited" : what}.${kind}`;
}

/** How many objects count, in words. @param {Choice} choice @param {Scene} scene */
export function counted(choice, scene) {
  const count = taken(choice, scene).length;
  return `${count} object${count === 1 ? "" : "s"}`;
}
