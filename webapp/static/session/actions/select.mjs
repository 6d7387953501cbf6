/** Saying what is meant: tools, the choice among masks, keeping, undo. */

/** @typedef {import("../action_table.mjs").Action} Action */
/** @typedef {import("../actions.mjs").Parts} Parts */

/** Pixels of the photo that Shift and an arrow key move a point of an outline. */
const FAR = 10;

/** @param {Parts} parts @returns {Action[]} */
export function selecting({ studio, tools, outlines, sharpening, gestures, results }) {
  const { mask, steps, objects } = studio;
  const group = "Select";
  const tool = (/** @type {import("../../prompts/tools.mjs").PromptTool} */ name) => ({
    group,
    checked: () => tools.tool === name && tools.target === null,
    run: () => tools.choose(name),
  });
  const clear = () => mask.prompts.clear();
  const edited = () => outlines.edited !== null;
  const stop = () => (tools.target ? tools.edit(null) : clear());
  return [
    { id: "tool-box", label: "Points and boxes", keys: ["V"], icon: "pointer", ...tool("box") },
    { id: "tool-scribble", label: "Scribble over it", keys: ["S"], icon: "scribble", ...tool("scribble") },
    { id: "tool-lasso", label: "Draw around it", keys: ["L"], icon: "lasso", ...tool("lasso") },
    { id: "tool-hand", label: "Move the photo", keys: ["P"], icon: "hand", words: "pan hand", ...tool("hand") },
    {
      id: "keep",
      label: "Keep this mask as an object",
      group,
      keys: ["Enter"],
      scope: "page",
      icon: "check",
      enabled: () => edited() || results.open !== null || mask.present || mask.pending,
      run: () => void (edited() ? outlines.apply() : results.open ? results.accept() : objects.keep()),
    },
    {
      id: "clear",
      label: "Clear clicks",
      group,
      says: "Esc",
      icon: "clear",
      enabled: () => !mask.prompts.empty || mask.refined !== null,
      run: clear,
    },
    {
      id: "escape",
      label: "Stop",
      hint: "clear the clicks; stop what is under way",
      group,
      keys: ["Escape"],
      listed: false,
      run: () =>
        void (
          sharpening.stop() ||
          gestures.escape() ||
          outlines.discard() ||
          results.discard() ||
          tools.adjusting.letGo() ||
          stop()
        ),
    },
    {
      id: "undo",
      label: "Undo",
      group,
      keys: ["Ctrl+Z"],
      icon: "undo",
      enabled: () => (edited() ? outlines.past.length > 0 : steps.history.canUndo),
      run: () => void (outlines.undo() || steps.undo()),
    },
    {
      id: "redo",
      label: "Redo",
      group,
      keys: ["Ctrl+Shift+Z", "Ctrl+Y"],
      icon: "redo",
      enabled: () => (edited() ? outlines.future.length > 0 : steps.history.canRedo),
      run: () => void (outlines.redo() || steps.redo()),
    },
  ];
}

/** @param {Parts} parts @returns {Action[]} */
export function choosing({ studio }) {
  const { mask, labels } = studio;
  return ["smallest", "middle", "largest"].map((size, place) => ({
    id: `choose-${size}`,
    label: `Take the ${size} mask`,
    group: "Select",
    keys: [String(place + 1)],
    words: "part whole larger size",
    checked: () => mask.choices.place === place,
    enabled: () => mask.choices.names.length > place,
    // Without a choice the digit is a class's.
    run: (/** @type {KeyboardEvent | undefined} */ event) => {
      const choice = mask.choices.names.length > place;
      if ((choice && !event?.shiftKey) || !labels.press(String(place + 1))) mask.choose(place);
    },
  }));
}

/** @param {Parts} parts @returns {Action[]} */
export function pointing({ tools, cross, outlines, results }) {
  const quiet = { group: "Select", listed: false };
  /** @type {[string, number, number][]} */
  const arrows = [
    ["Left", -1, 0],
    ["Right", 1, 0],
    ["Up", 0, -1],
    ["Down", 0, 1],
  ];
  return [
    {
      id: "grip",
      label: "Take hold of the box",
      hint: "take hold of the box on the photo, which arrow keys then move",
      keys: ["G"],
      run: () => tools.adjusting.next(),
      ...quiet,
    },
    ...arrows.map(([name, x, y]) => ({
      id: `cross-${name.toLowerCase()}`,
      label: `move a cross over the photo, ${name.toLowerCase()}`,
      keys: [`Arrow${name}`],
      scope: /** @type {const} */ ("stage"),
      run: (/** @type {KeyboardEvent | undefined} */ event) => {
        const far = event?.shiftKey ? FAR : 1;
        if (!outlines.nudge(x * far, y * far) && !results.nudge(x * far, y * far))
          cross.move(x, y, event?.shiftKey ?? false);
      },
      ...quiet,
    })),
    { id: "cross-add", label: "Add the place under the cross", keys: ["A"], run: () => cross.point(1), ...quiet },
    { id: "cross-exclude", label: "Exclude the place under it", keys: ["X"], run: () => cross.point(0), ...quiet },
  ];
}
