/** Shows the session in the parts of the page: bars, list, header, and the facts that style sheets and tests read. */

import { drawThumb, frameOf } from "../canvas/mask_thumb.mjs";
import { fieldOfAnswer } from "../canvas/overlay.mjs";
import { worthIt } from "../objects/sharpening.mjs";

/**
 * @typedef {{
 *   element: HTMLElement, frame: HTMLElement,
 *   studio: import("../session/studio.mjs").Studio,
 *   surface: import("../canvas/canvas.mjs").StageCanvas,
 *   tools: import("../prompts/tools.mjs").Tools,
 *   outlines: import("../outlines/editor.mjs").OutlineEditor,
 *   outlineBar: import("../outlines/outline_bar.mjs").OutlineBar,
 *   sharpening: import("../objects/sharpening.mjs").Sharpening,
 *   results: import("../results/results.mjs").Results,
 *   resultBar: import("../results/result_bar.mjs").ResultBar,
 *   toolbar: import("./toolbar.mjs").Toolbar,
 *   editBar: import("../objects/edit_bar.mjs").EditBar,
 *   list: import("../objects/objects.mjs").ObjectList,
 *   header: import("./header.mjs").Header,
 *   model: string,
 * }} View model: the name of the one that is chosen at first
 */

/** @param {View} view */
export function show(view) {
  const {
    frame,
    studio,
    tools,
    outlines,
    outlineBar,
    sharpening,
    results,
    resultBar,
    toolbar,
    editBar,
    header,
    model,
  } = view;
  const { session, mask } = studio;
  if (!mask.prompts.state.box) tools.adjusting.letGo();
  if (tools.editing && !tools.target) tools.editing = null; // it was deleted, or another photo was opened
  const editing = tools.target;
  outlines.check();
  if (outlines.edited && (!mask.prompts.empty || mask.refined || editing || results.open)) outlines.discard();
  results.follow(session.picture?.id ?? "");
  if (results.open && (!mask.prompts.empty || mask.refined || editing)) results.discard(); // a hand does something else
  Object.assign(view.element.dataset, facts(studio, tools), {
    result: results.open?.kind ?? "",
    outline: outlines.edited?.id ?? "",
  });
  frame.classList.toggle("ss-has-picture", session.picture !== null);
  frame.classList.toggle("ss-busy", session.busy);
  frame.setAttribute("aria-busy", String(session.busy));
  frame.classList.toggle("ss-editing", editing !== null);
  frame.classList.toggle("ss-outlining", outlines.edited !== null);
  frame.classList.toggle("ss-hand", tools.pans);
  frame.classList.toggle("ss-result", results.open !== null);
  frame.classList.toggle("ss-wiping", results.wipe !== null);
  resultBar.update();
  outlineBar.update();
  editBar.update(editing, tools.radius, sharpening.control !== null);
  toolbar.update(mask.choices, (pictures) => drawChoices(view, pictures));
  showList(view);
  header.setModel(session.state.model || model, session.busy);
  header.setExport(session.picture !== null);
  header.setPrivate(studio.opening.private);
  document.body.classList.toggle("ss-open", session.picture !== null);
  document.body.classList.toggle("ss-stage-first", results.open !== null || mask.present);
}

/** @param {import("../session/studio.mjs").Studio} studio @param {import("../prompts/tools.mjs").Tools} tools */
function facts({ session, mask, backend }, tools) {
  return {
    ...backend.facts,
    picture: session.picture?.id ?? "",
    points: mask.prompts.state.points.length,
    box: mask.prompts.state.box ? 1 : 0,
    mask: mask.present ? mask.choice + 1 : 0,
    tool: tools.tool,
    editing: tools.target?.id ?? "",
    objects: session.objects.length,
    pending: mask.pending ? 1 : 0,
    refined: mask.refined?.id ?? "",
  };
}

/** @type {WeakMap<HTMLCanvasElement, object>} the answer that each picture shows */
const drawn = new WeakMap();

/** What there is to choose from, as small pictures. @param {View} view @param {HTMLCanvasElement[]} pictures */
function drawChoices({ studio, surface }, pictures) {
  const { mask, session } = studio;
  const { answer } = mask;
  const { picture } = session;
  if (!answer || !picture || !surface.bitmap || drawn.get(pictures[0]) === answer) return;
  const photo = { bitmap: surface.bitmap, width: picture.width, height: picture.height };
  const fields = mask.choices.masks.map((index) => fieldOfAnswer(answer, index, picture));
  const frame = frameOf(fields, photo, pictures[0].width / pictures[0].height);
  for (const [place, canvas] of pictures.entries()) {
    drawThumb(canvas, fields[place], photo, frame);
    drawn.set(canvas, answer);
  }
}

/** @param {View} view */
function showList({ studio, surface, tools, sharpening, list }) {
  const { session, mask, kept } = studio;
  const { picture, objects } = session;
  list.update(objects, session.selected, {
    current: session.object(session.current)?.id ?? null,
    editing: tools.editing,
    refined: mask.refined?.id ?? null,
    sharpening: { useful: worthIt(picture), ids: sharpening.ids },
  });
  const { bitmap } = surface;
  if (!bitmap || !picture) return;
  for (const object of objects) {
    const thumb = kept.thumbs.get(object.mask);
    if (thumb) list.setThumb(object.id, bitmap, thumb, object.box, bitmap.width / picture.width);
  }
}
