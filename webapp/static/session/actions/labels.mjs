/** Classes of objects. */

/** @typedef {import("../action_table.mjs").Action} Action */
/** @typedef {import("../actions.mjs").Parts} Parts */

/** @param {Parts} parts @returns {Action[]} */
export function ofClasses({ studio, classes, list }) {
  const group = "Objects";
  const { labels, session } = studio;
  /** With a mask in hand 1, 2 and 3 choose among its sizes: Shift and a digit always mean a class. */
  const digits = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
  const rows = digits.map((digit) => ({
    id: `class-${digit}`,
    label: `Set class ${digit}`,
    group,
    keys: digit > "3" ? [digit, `Shift+${digit}`] : [`Shift+${digit}`],
    listed: false,
    run: () => labels.press(digit),
  }));
  return [
    {
      id: "classes",
      label: "Edit classes",
      group,
      icon: "tag",
      words: "labels categories coco yolo list colours keys",
      run: () => classes.show(),
    },
    {
      id: "set-class",
      label: "Set the class",
      group,
      keys: ["C"],
      icon: "tag",
      words: "label category kind",
      enabled: () => session.picture !== null,
      run: () => list.chooseClass(),
    },
    {
      id: "select-class",
      label: "Select all of the same class",
      group,
      words: "label category",
      enabled: () => session.chosen.length > 0,
      run: () => selectAlike(session),
    },
    ...rows,
  ];
}

/** Every object of the classes of those that are chosen. @param {import("../session.mjs").Session} session */
function selectAlike(session) {
  const kinds = new Set(session.chosen.map((object) => object.class));
  const ids = session.objects.filter((object) => kinds.has(object.class)).map((object) => object.id);
  if (ids.length) session.selectOnly(ids, ids[0]);
}
