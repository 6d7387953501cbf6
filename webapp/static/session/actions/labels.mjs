/** Classes of objects. */

/** @typedef {import("../action_table.mjs").Action} Action */
/** @typedef {import("../actions.mjs").Parts} Parts */

/** @param {Parts} parts @returns {Action[]} */
export function ofClasses({ studio, classes, list, similar }) {
  const group = "Objects";
  const { session } = studio;
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
      id: "find-similar",
      label: "Find similar objects",
      group,
      keys: ["I"],
      icon: "similar",
      words: "exemplar alike same like this count",
      enabled: () => session.chosen.length > 0,
      run: () => void similar(session.chosen.map((object) => object.id)),
    },
    {
      id: "select-class",
      label: "Select all of the same class",
      group,
      words: "label category",
      enabled: () => session.chosen.length > 0,
      run: () => selectAlike(session),
    },
  ];
}

/** Every object of the classes of those that are chosen. @param {import("../session.mjs").Session} session */
function selectAlike(session) {
  const kinds = new Set(session.chosen.map((object) => object.class));
  const ids = session.objects.filter((object) => kinds.has(object.class)).map((object) => object.id);
  if (ids.length) session.selectOnly(ids, ids[0]);
}
