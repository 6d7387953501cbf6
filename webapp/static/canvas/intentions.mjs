/** What the pointer means on the stage: clicks, drags, zoom and pan, as the tool in hand takes them. */

/**
 * @param {{
 *   results: import("../results/results.mjs").Results,
 *   studio: import("../session/studio.mjs").Studio,
 *   surface: import("./canvas.mjs").StageCanvas,
 *   tools: import("../prompts/tools.mjs").Tools,
 *   outlines: import("../outlines/editor.mjs").OutlineEditor,
 *   hover: import("./hover.mjs").Hover,
 *   status: import("../ui/status.mjs").Status,
 * }} parts
 * @returns {import("./pointer.mjs").Intentions}
 */
export function intentions({ results, studio, surface, tools, outlines, hover, status }) {
  const { session, mask, scene, objects } = studio;
  const { view } = surface;
  /** @param {{x: number, y: number}} at @returns {import("../outlines/geometry.mjs").XY} */
  const pair = ({ x, y }) => [x, y];
  return {
    active: () => session.picture !== null,
    pans: () => tools.pans,
    point: (x, y, label, kind) => {
      surface.cursor = null;
      const at = view.toImage(x, y);
      if (outlines.edited) return outlines.click(pair(at), label, kind);
      if (results.open) return results.click(at.x, at.y, label === 0);
      if (view.contains(at)) tools.point(at.x, at.y, label);
    },
    pick: (x, y) => {
      const at = view.toImage(x, y);
      if (outlines.edited) return outlines.click(pair(at), 1);
      if (results.open) return results.click(at.x, at.y, true);
      const object = scene.objectAt(at.x, at.y);
      if (object) session.select(object.id, !session.selected.has(object.id));
      else status.say("There is no kept object here.");
    },
    double: (x, y) => {
      const at = view.toImage(x, y);
      if (results.open || outlines.edited) return false;
      const object = tools.target ? null : scene.objectAt(at.x, at.y);
      if (object) objects.refine(object.id);
      return object !== null;
    },
    drag: (x0, y0, x1, y1, done, label, kind) => {
      if (results.open) return results.drag(x1, { from: view.toImage(x0, y0), to: view.toImage(x1, y1), done });
      const from = view.clip(view.toImage(x0, y0));
      const to = view.clip(view.toImage(x1, y1));
      if (outlines.edited) return outlines.drag(pair(view.toImage(x0, y0)), pair(view.toImage(x1, y1)), done, kind);
      tools.drag([from.x, from.y], [to.x, to.y], done, label, kind);
    },
    dragCancelled: () => void (outlines.cancel() || tools.cancel()),
    zoom: (x, y, factor) => {
      view.zoomAt(x, y, factor);
      surface.viewChanged();
    },
    pan: (dx, dy) => {
      view.pan(dx, dy);
      surface.viewChanged();
    },
    hover: (x, y, label) => {
      if (outlines.edited) return outlines.hover(pair(view.toImage(x, y)));
      if (results.open) {
        const at = view.toImage(x, y);
        return results.hover(at.x, at.y);
      }
      if (tools.target) surface.showBrush({ x, y, radius: tools.radius });
      else if (tools.tool === "box" && tools.adjusting.hover(x, y))
        hover.leave(); // a click's mask would hide the edge
      else hover.move(x, y, label);
    },
    press: () => hover.hide(),
    leave: () => {
      if (results.open) results.hover(-1, -1);
      surface.showBrush(null);
      hover.leave();
    },
    dial: (step) => {
      if (tools.target) tools.resize(step > 0 ? 1.2 : 1 / 1.2);
      else mask.choose(mask.choices.place + step);
    },
  };
}
