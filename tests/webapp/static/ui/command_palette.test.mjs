import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { install } from "../fake_dom.mjs";

install();
const { CommandPalette } = await import("../../../../webapp/static/ui/command_palette.mjs");

let ran, palette, can;

const action = (id, label, group, more = {}) => ({ id, label, group, run: () => ran.push(id), ...more });

beforeEach(() => {
  [ran, can] = [[], false];
  const table = [
    action("fit", "Fit the image", "View", { keys: ["F"] }),
    action("keep", "Keep this mask", "Select", { enabled: () => can }),
    action("open", "Open a photo", "Photo", { keys: ["Ctrl+O"], words: "file" }),
    action("secret", "Not for the palette", "App", { listed: false }),
    { id: "held", label: "Only held", group: "View", hold() {} },
  ];
  const tab = action("tab-0", "Go to Erase", "Tabs", { checked: () => true });
  palette = new CommandPalette(() => table, [() => [tab]]);
});

const listed = () => palette.list.children.map((node) => node.dataset.action);
const marked = () => palette.list.children.findIndex((node) => node.getAttribute("aria-selected") === "true");
const type = (text) => {
  palette.input.value = text;
  palette.input.fire("input");
};

test("it lists what can be done, what cannot be done now last, and nothing that has no run or is not listed", () => {
  palette.show();
  assert.ok(palette.dialog.open);
  assert.equal(document.activeElement, palette.input);
  assert.deepEqual(listed(), ["fit", "open", "tab-0", "keep"]);
  const keep = palette.list.children[3];
  assert.equal(keep.getAttribute("aria-disabled"), "true");
  assert.equal(keep.dataset.group, "Not available now");
  assert.equal(palette.list.children[0].dataset.group, "View");
  assert.match(palette.list.children[2].textContent, /Go to Eraseon$/);
  assert.match(palette.list.children[1].textContent, /Ctrl\+O$/);
});

test("typing narrows the list, marks the first, and says when there is nothing", () => {
  palette.show();
  type("file");
  assert.deepEqual(listed(), ["open"]);
  assert.equal(palette.input.getAttribute("aria-activedescendant"), palette.list.children[0].id);
  type("zeppelin");
  assert.deepEqual(listed(), []);
  assert.equal(palette.empty.textContent, "Nothing is called “zeppelin”.");
  assert.equal(palette.input.getAttribute("aria-activedescendant"), null);
  palette.dialog.fire("keydown", { key: "Enter" });
  assert.deepEqual(ran, []);
});

test("arrow keys go round, letters stay in the field, and Enter runs what is marked", () => {
  palette.show();
  for (const [key, place] of [
    ["ArrowDown", 1],
    ["ArrowUp", 0],
    ["ArrowUp", 3],
    ["ArrowDown", 0],
    ["PageDown", 3],
    ["PageUp", 0],
  ]) {
    const event = palette.input.fire("keydown", { key });
    assert.equal(marked(), place, key);
    assert.ok(event.stopped, "letters are shortcuts on the stage");
  }
  assert.equal(palette.dialog.fire("keydown", { key: "x" }).prevented, false);
  palette.dialog.fire("keydown", { key: "ArrowDown" });
  palette.dialog.fire("keydown", { key: "Enter" });
  assert.deepEqual(ran, ["open"]);
  assert.equal(palette.dialog.open, false);
});

test("what cannot be done stays where it is; it can be chosen as soon as it can", () => {
  palette.show();
  type("keep");
  palette.list.children[0].fire("click");
  assert.deepEqual([ran, palette.dialog.open], [[], true]);
  can = true;
  palette.list.children[0].fire("click");
  assert.deepEqual([ran, palette.dialog.open], [["keep"], false]);
});

test("the pointer marks what it moves to, not what scrolls under it", () => {
  palette.show();
  palette.list.children[2].fire("pointermove", { movementX: 0, movementY: 0 });
  assert.equal(marked(), 0);
  palette.list.children[2].fire("pointermove", { movementX: 1, movementY: 0 });
  assert.equal(marked(), 2);
});

test("Ctrl+K again, and a click beside it, close it; it begins anew", () => {
  palette.show();
  type("fit");
  palette.dialog.fire("keydown", { key: "k", ctrlKey: true });
  assert.equal(palette.dialog.open, false);
  palette.show();
  assert.equal(palette.input.value, "");
  palette.dialog.fire("click");
  assert.equal(palette.dialog.open, false);
});
