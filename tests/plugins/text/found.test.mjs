import assert from "node:assert/strict";
import { before, test } from "node:test";

/** As much of a document as the list needs. */
class Node {
  constructor(tag) {
    Object.assign(this, {
      tag,
      children: [],
      attributes: {},
      dataset: {},
      style: {},
      handlers: {},
      hidden: false,
      textContent: "",
    });
    const names = new Set();
    this.classList = {
      toggle: (name, on) => (on ? names.add(name) : names.delete(name)),
      add: (name) => names.add(name),
      contains: (name) => names.has(name),
    };
  }
  setAttribute(name, value) {
    this.attributes[name] = value;
  }
  append(...children) {
    this.children.push(...children);
  }
  replaceChildren(...children) {
    this.children = children;
  }
  addEventListener(name, run) {
    this.handlers[name] = run;
  }
  contains() {
    return false;
  }
}

/** @type {typeof import("../../../plugins/text/found.mjs")} */
let module;
before(async () => {
  globalThis.document = { createElement: (tag) => new Node(tag), activeElement: null };
  module = await import("../../../plugins/text/found.mjs");
});

const found = (search, rows, off = [], names = {}) => ({
  search,
  thumb: 44,
  thumbs: "data:",
  off,
  names,
  rows: rows.map((row) => ({ row, label: `thing ${row}`, score: 0.5, color: "#E69F00", box: [row, 0, 9, 9] })),
});

function open() {
  const said = [],
    asked = [];
  const list = new module.FoundList({ changed: (value) => said.push(value), correct: (value) => asked.push(value) });
  const parts = (place) => list.list.children[place].children;
  const tick = (place, on) => {
    parts(place)[0].checked = on;
    parts(place)[0].handlers.change();
  };
  return { list, said, asked, parts, tick };
}

test("ticks and names are told, and stay with their rows when thresholds change what is listed", () => {
  const { list, said, parts, tick } = open();
  list.show(found("a", [4, 7, 9]));
  assert.equal(list.total.textContent, "3 of 3 ticked");
  tick(1, false);
  parts(0)[2].value = "  Tom ";
  parts(0)[2].handlers.change();
  assert.deepEqual(said.at(-1), { off: [7], names: { 4: "Tom" } });
  list.show(found("a", [7, 4], [7], { 4: "Tom" }));
  assert.equal(said.length, 2, "the server knew");
  assert.deepEqual([parts(0)[0].checked, parts(1)[0].checked, parts(1)[2].value], [false, true, "Tom"]);
  assert.equal(list.total.textContent, "1 of 2 ticked");
});

test("an answer that is older than the last tick does not take it back, and the server is told again", () => {
  const { list, said, parts, tick } = open();
  list.show(found("a", [0, 1]));
  tick(0, false);
  list.show(found("a", [0, 1]));
  assert.equal(parts(0)[0].checked, false);
  assert.deepEqual(said, [
    { off: [0], names: {} },
    { off: [0], names: {} },
  ]);
});

test("another search begins anew, and an empty one hides the list", () => {
  const { list, said, parts, tick } = open();
  list.show(found("a", [0, 1]));
  tick(0, false);
  list.show(found("b", [0, 1]));
  assert.equal(parts(0)[0].checked, true);
  assert.equal(said.length, 1);
  list.show(found("c", []));
  assert.ok(list.panel.hidden);
});

test("a row that goes to the stage is not added from the list as well", () => {
  const { list, asked, parts } = open();
  list.show(found("a", [3, 5]));
  parts(1)[4].handlers.click();
  assert.deepEqual(asked, [{ off: [5], names: {}, asked: 5 }]);
  assert.equal(parts(1)[0].checked, false);
  assert.equal(list.total.textContent, "1 of 2 ticked");
});

test("all at once, and an emptied name is the label again", () => {
  const { list, said, parts } = open();
  list.show(found("a", [0, 1]));
  list.all.checked = false;
  list.all.handlers.change();
  assert.deepEqual(said.at(-1).off, [0, 1]);
  list.all.checked = true;
  list.all.handlers.change();
  assert.deepEqual(said.at(-1).off, []);
  parts(0)[2].value = " ";
  parts(0)[2].handlers.change();
  assert.equal(parts(0)[2].value, "thing 0");
});
