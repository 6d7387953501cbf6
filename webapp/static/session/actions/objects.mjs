/** What can be done with the objects in the list. */

import { worthIt } from "../../objects/sharpening.mjs";

/** @typedef {import("../action_table.mjs").Action} Action */
/** @typedef {import("../actions.mjs").Parts} Parts */

const FINER = 1 / 1.2;

/** @param {Parts} parts @returns {Action[]} */
export function onObjects({ studio, tools, outlines, sharpening, status, exporting, rename, list, copy }) {
  const { session, mask, objects } = studio;
  const group = "Objects";
  const one = () => (session.chosen.length === 1 ? session.chosen[0].id : null);
  const some = () => session.chosen.length > 0;
  return [
    {
      id: "refine",
      label: "Refine the object by clicks",
      group,
      keys: ["R"],
      icon: "target",
      enabled: () => mask.refined !== null || one() !== null,
      run: () => {
        const id = one();
        if (mask.refined) refine(studio, tools, null);
        else if (id) refine(studio, tools, id);
        else status.say("Select one object in the list, or double-click it in the photo, to refine it by clicks.");
      },
    },
    {
      id: "sharpen",
      label: "Sharpen outlines",
      hint: "sharpen outlines: look at the selected objects alone, at full resolution",
      group,
      keys: ["D"],
      icon: "sharpen",
      enabled: () => (some() || tools.target !== null) && worthIt(session.picture),
      run: () => sharpenSelected(studio, tools, sharpening),
    },
    {
      id: "rename",
      label: "Rename the object",
      group,
      keys: ["F2"],
      icon: "text",
      words: "name class label",
      enabled: () => one() !== null,
      run: () => {
        const id = one();
        if (id) rename(id);
        else status.say("Select one object in the list to rename it.");
      },
    },
    {
      id: "select-all",
      label: "Select all objects",
      group,
      keys: ["Ctrl+A"],
      words: "everything",
      enabled: () => session.objects.length > 0,
      run: () => session.selectOnly(list.listed, list.listed[0]),
    },
    { id: "next-object", label: "Select the next object", ...step(studio, outlines, status, 1, "Tab") },
    {
      id: "previous-object",
      label: "Select the previous object",
      ...step(studio, outlines, status, -1, "Shift+Tab"),
    },
    ...["unite", "subtract", "intersect"].map((how) => ({
      id: how,
      label: `${how[0].toUpperCase()}${how.slice(1)} the selected objects`,
      group,
      icon: /** @type {const} */ ("combine"),
      words: "combine merge",
      enabled: () => session.chosen.length > 1,
      run: () => void objects.combine(/** @type {"unite" | "subtract" | "intersect"} */ (how)),
    })),
    {
      id: "delete",
      label: "Delete the selected objects",
      group,
      keys: ["Delete", "Backspace"],
      icon: "trash",
      words: "remove",
      enabled: some,
      run: () => void (outlines.remove() || objects.remove(session.chosen.map((object) => object.id))),
    },
    {
      id: "copy",
      label: "Copy the cut-out",
      group,
      keys: ["Ctrl+C"],
      icon: "paste",
      words: "clipboard png transparent",
      enabled: () => some() || mask.present,
      run: () => {
        if (String(globalThis.getSelection?.() ?? "")) return false; // text that is marked is meant
        void copy();
      },
    },
    {
      id: "save-cutout",
      label: "Save cut-out",
      group,
      icon: "download",
      words: "export png transparent",
      enabled: () => session.objects.length > 0 || mask.present,
      run: () => void exporting.quick("cutout"),
    },
  ];
}

/**
 * @param {import("../studio.mjs").Studio} studio
 * @param {import("../../outlines/editor.mjs").OutlineEditor} outlines whose points Tab walks along while one is edited
 * @param {import("../../ui/status.mjs").Status} status
 * @param {1 | -1} step
 * @param {string} key
 */
function step({ session }, outlines, status, step, key) {
  return {
    group: "Objects",
    keys: [key],
    scope: /** @type {const} */ ("stage"),
    enabled: () => session.objects.length > 0,
    run: () => {
      if (outlines.next(step)) return;
      const object = session.selectNext(step);
      if (!object) return false; // past the last one, focus moves on
      const place = session.objects.indexOf(object) + 1;
      status.announce(`${object.name} selected, ${place} of ${session.objects.length}`);
    },
  };
}

/** @param {Parts} parts @returns {Action[]} */
export function byHand({ studio, tools, outlines, status }) {
  const group = "Objects";
  const editing = () => tools.target !== null;
  /** Of the object that is edited, or of the one that is selected, which is edited from now on. */
  const hand = (/** @type {import("../../prompts/tools.mjs").EditTool} */ name) => ({
    group,
    enabled: () => editing() || studio.session.chosen.length === 1,
    checked: () => editing() && tools.hand === name,
    run: () => {
      if (!editing() && !begin()) return;
      tools.take(name);
    },
  });
  const begin = () => {
    const [one, ...more] = studio.session.chosen;
    if (!one || more.length) status.say("Select one object in the list to edit its mask.");
    else tools.edit(one.id);
    return editing();
  };
  const size = (/** @type {number} */ factor) => ({
    group,
    listed: false,
    enabled: editing,
    run: () => tools.target && tools.resize(factor),
  });
  return [
    {
      id: "edit",
      label: "Edit the mask by hand",
      group,
      keys: ["M"],
      icon: "pencil",
      enabled: () => editing() || studio.session.chosen.length === 1,
      run: () => void (tools.target ? tools.edit(null) : begin()),
    },
    {
      id: "outline",
      label: "Edit the outline",
      hint: "edit the outline: drag its points, click a line to add one, Delete or Alt-click takes one away",
      group,
      keys: ["N"],
      icon: "outline",
      words: "polygon vertices nodes points",
      enabled: () => outlines.edited !== null || studio.session.chosen.length === 1,
      run: () => {
        const [one, ...more] = studio.session.chosen;
        if (outlines.edited) outlines.discard();
        else if (one && !more.length) editOutline(tools, outlines, studio, one.id);
        else status.say("Select one object in the list to edit its outline.");
      },
    },
    { id: "hand-brush", label: "Brush", keys: ["B"], icon: "brush", ...hand("brush") },
    { id: "hand-erase", label: "Eraser", keys: ["E"], icon: "eraser", ...hand("erase") },
    { id: "hand-smaller", label: "Make the brush smaller", keys: ["["], ...size(FINER) },
    { id: "hand-larger", label: "Make the brush larger", keys: ["]"], ...size(1 / FINER) },
  ];
}

/**
 * @param {import("../../prompts/tools.mjs").Tools} tools
 * @param {import("../../outlines/editor.mjs").OutlineEditor} outlines
 * @param {import("../studio.mjs").Studio} studio
 * @param {string} id
 */
export function editOutline(tools, outlines, studio, id) {
  if (tools.target) tools.edit(null);
  studio.mask.prompts.clear();
  void outlines.begin(id);
}

/** @param {Parts} parts @returns {Action[]} */
export function cleaning({ studio, tools }) {
  /** @type {[string, string][]} */
  const ways = [
    ["fill", "Fill holes"],
    ["drop", "Drop islands"],
    ["smooth", "Smooth"],
    ["grow", "Grow"],
    ["shrink", "Shrink"],
  ];
  return ways.map(([kind, label]) => ({
    id: `clean-${kind}`,
    label,
    group: "Objects",
    words: "mask clean edit",
    enabled: () => tools.target !== null,
    run: () => tools.editing && studio.objects.edit(tools.editing, { kind }),
  }));
}

/**
 * Clicks go to an object's mask, or to a new one again.
 * @param {import("../studio.mjs").Studio} studio
 * @param {import("../../prompts/tools.mjs").Tools} tools
 * @param {string | null} id
 */
export function refine(studio, tools, id) {
  if (tools.target) tools.edit(null);
  if (id) studio.objects.refine(id);
  else studio.mask.prompts.clear();
}

/**
 * Of the object that is edited, else of those that are selected; a second time: stop.
 * @param {import("../studio.mjs").Studio} studio
 * @param {import("../../prompts/tools.mjs").Tools} tools
 * @param {import("../../objects/sharpening.mjs").Sharpening} sharpening
 * @param {string[]} [ids]
 */
export function sharpenSelected({ session }, tools, sharpening, ids) {
  const chosen = ids ?? (tools.target ? [tools.target.id] : session.chosen.map((object) => object.id));
  sharpening.run(chosen).finally(() => session.on.changed()); // what the button says depends on whether it is under way
  session.on.changed();
}
