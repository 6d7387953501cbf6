/** Items of the menu that chooses a class. */

/**
 * @param {import("./labels.mjs").Labels} labels
 * @param {string} now id of the class that is set
 * @param {(id: string) => void} choose "": none
 * @param {() => void} edit opens the list of classes
 * @returns {import("../objects/object_menu.mjs").Item[]}
 */
export function classItems(labels, now, choose, edit) {
  const items = labels.all.map(({ id, name, color, key }) => ({
    label: name,
    color,
    key: key.toUpperCase(),
    checked: id === now,
    run: () => choose(id),
  }));
  const none = items.length ? [{ label: "No class", color: "", checked: !now, run: () => choose("") }] : [];
  return [...items, ...none, { label: items.length ? "Edit classes" : "Add classes", icon: "tag", run: edit }];
}
