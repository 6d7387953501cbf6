/** Looking closer, and at less. */

/** @typedef {import("../action_table.mjs").Action} Action */
/** @typedef {import("../actions.mjs").Parts} Parts */

const ZOOM = 1.25;

/** @param {Parts} parts @returns {Action[]} */
export function looking({ studio, surface, zooming, status, gestures }) {
  const group = "View";
  const enabled = () => studio.session.picture !== null;
  const masks = () => {
    surface.hideMasks = !surface.hideMasks;
    status.say(surface.hideMasks ? "Masks hidden. H shows them." : "Masks shown.");
    surface.redraw();
  };
  const peek = (/** @type {boolean} */ held) => zooming.peek(held && enabled());
  /** @type {Omit<Action, "group">[]} */
  const all = [
    { id: "zoom-in", label: "Zoom in", keys: ["+", "="], icon: "plus", run: () => zooming.zoom(ZOOM) },
    { id: "zoom-out", label: "Zoom out", keys: ["-"], icon: "minus", run: () => zooming.zoom(1 / ZOOM) },
    { id: "fit", label: "Fit the image", keys: ["F", "0"], icon: "fit", run: () => zooming.fit() },
    {
      id: "actual-size",
      label: "Full size",
      keys: ["Shift+0"],
      words: "100 % actual pixels",
      run: () => zooming.actual(),
    },
    {
      id: "zoom-selection",
      label: "Zoom to the selection",
      keys: ["Z"],
      icon: "frame",
      run: () => zooming.toSelection(),
    },
    { id: "masks", label: "Hide or show all masks", keys: ["H"], icon: "eyeOff", run: masks },
    { id: "peek", label: "Hold to see the photo alone", keys: ["O"], icon: "eye", listed: false, hold: peek },
    {
      id: "pan",
      label: "Hold, then drag: move the photo",
      keys: ["Space"],
      scope: "page",
      listed: false,
      hold: (held) => gestures.holdSpace(held),
    },
  ];
  return all.map((action) => ({ group, enabled, ...action }));
}
