import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";

import { ActionTable } from "../../../../webapp/static/session/action_table.mjs";
import { makeActions } from "../../../../webapp/static/session/actions.mjs";
import { ICONS } from "../../../../webapp/static/ui/icons.mjs";

let rows, parts, table, said, did;

before(async () => {
  globalThis.matchMedia = () => ({ matches: false }); // dom.mjs asks when it is loaded
  ({ rows } = await import("../../../../webapp/static/ui/shortcuts.mjs"));
});

/** Notes what is called. */
const noting = (name, more = {}) =>
  new Proxy(more, {
    get: (known, key) =>
      key in known ? known[key] : (...given) => void did.push([`${name}.${String(key)}`, ...given]),
  });

beforeEach(() => {
  [said, did] = [[], []];
  const session = noting("session", {
    picture: { id: "p", width: 2000, height: 1000, input: { size: 512 }, revised: false },
    objects: [],
    selected: new Set(),
    get chosen() {
      return session.objects.filter((one) => session.selected.has(one.id));
    },
    on: { changed() {} },
  });
  const mask = noting("mask", {
    present: false,
    pending: false,
    refined: null,
    choices: { names: [], masks: [], place: -1 },
    prompts: noting("prompts", { empty: true }),
  });
  const history = { canUndo: false, canRedo: false };
  const objects = noting("objects");
  const opening = noting("opening", { private: false, here: null });
  const status = { say: (text) => said.push(text), announce: (text) => said.push(text) };
  parts = {
    studio: { session, mask, steps: noting("steps", { history }), objects, opening, labels: noting("labels") },
    list: noting("list", { listed: ["a", "b"] }),
    classes: noting("classes"),
    copy: async () => did.push(["copy"]),
    similar: async (ids) => did.push(["similar", ids]),
    surface: { hideMasks: false, redraw() {} },
    tools: noting("tools", { tool: "box", hand: "brush", target: null, editing: null, adjusting: noting("adjusting") }),
    outlines: noting("outlines", {
      edited: null,
      past: [],
      future: [],
      ...Object.fromEntries(["discard", "undo", "redo", "nudge", "next", "remove"].map((name) => [name, () => false])),
    }),
    zooming: noting("zooming"),
    cross: noting("cross"),
    sharpening: noting("sharpening", { run: async (ids) => did.push(["sharpen", ids]), stop: () => false }),
    saving: noting("saving"),
    intake: noting("intake"),
    sources: noting("sources"),
    gestures: noting("gestures"),
    results: noting("results", { open: null, discard: () => false }),
    header: noting("header"),
    manager: null,
    sheet: noting("sheet"),
    palette: noting("palette"),
    status,
  };
  table = new ActionTable(makeActions(parts));
});

const select = (...ids) => {
  parts.studio.session.objects = ["a", "b"].map((id) => ({ id, name: id.toUpperCase() }));
  parts.studio.session.selected = new Set(ids);
};

test("every action has a name, a group, something to do and an icon that there is", () => {
  for (const { id, label, group, run, hold, icon } of table.all) {
    assert.ok(label && group && (run || hold), id);
    assert.ok(icon === undefined || icon in ICONS, `${id} has the icon ${icon}`);
  }
});

test("the keys that people have learnt", () => {
  const keys = {
    "tool-box": "V",
    "tool-scribble": "S",
    "tool-lasso": "L",
    keep: "Enter",
    escape: "Escape",
    undo: "Ctrl+Z",
    redo: "Ctrl+Shift+Z Ctrl+Y",
    "choose-smallest": "1",
    "choose-middle": "2",
    "choose-largest": "3",
    grip: "G",
    "cross-add": "A",
    "cross-exclude": "X",
    "set-class": "C",
    "find-similar": "I",
    copy: "Ctrl+C",
    refine: "R",
    sharpen: "D",
    edit: "M",
    "hand-brush": "B",
    "hand-erase": "E",
    "hand-smaller": "[",
    "hand-larger": "]",
    delete: "Delete Backspace",
    "next-object": "Tab",
    "previous-object": "Shift+Tab",
    "zoom-in": "+ =",
    "zoom-out": "-",
    fit: "F 0",
    "actual-size": "Shift+0",
    "zoom-selection": "Z",
    masks: "H",
    peek: "O",
    pan: "Space",
    open: "Ctrl+O",
    commands: "Ctrl+K",
    shortcuts: "?",
  };
  for (const [id, expected] of Object.entries(keys)) assert.equal(table.get(id).keys.join(" "), expected, id);
});

test("without a photo there is little to do", () => {
  parts.studio.session.picture = null;
  const usable = table.all.filter(({ id, listed }) => listed !== false && table.enabled(id)).map(({ id }) => id);
  assert.deepEqual(usable, [
    "tool-box",
    "tool-scribble",
    "tool-lasso",
    "tool-hand",
    "classes",
    "open",
    "open-other",
    "private",
    "shortcuts",
    "theme",
  ]);
});

test("a mask that is still being decoded can be kept already", () => {
  assert.ok(!table.enabled("keep"));
  parts.studio.mask.pending = true;
  assert.ok(table.enabled("keep"));
});

for (const [id, ids, expected] of [
  ["refine", [], false],
  ["refine", ["a"], true],
  ["refine", ["a", "b"], false],
  ["edit", [], false],
  ["edit", ["b"], true],
  ["unite", ["a"], false],
  ["unite", ["a", "b"], true],
  ["delete", [], false],
  ["delete", ["a"], true],
])
  test(`${id} with ${ids.length} objects selected`, () => {
    select(...ids);
    assert.equal(table.enabled(id), expected);
  });

test("what needs one object says so", () => {
  for (const id of ["refine", "edit"]) {
    table.run(id);
    assert.match(said.at(-1), /^Select one object in the list/);
  }
  select("a");
  table.run("edit");
  table.run("refine");
  assert.deepEqual(did, [
    ["tools.edit", "a"],
    ["objects.refine", "a"],
  ]);
});

test("while an outline is edited its keys go there", () => {
  const keys = ["keep", "escape", "undo", "redo", "cross-left", "next-object", "delete"];
  const names = ["apply", "discard", "undo", "redo", "nudge", "next", "remove"];
  for (const name of names) parts.outlines[name] = () => did.push([name]);
  parts.outlines.edited = { id: "a" };
  parts.gestures.escape = () => false;
  select("a");
  for (const key of keys) table.run(key);
  assert.deepEqual(did.flat(), names);
  did.length = 0;
  table.run("outline");
  parts.outlines.edited = null;
  parts.outlines.begin = (id) => did.push(["begin", id]);
  table.run("outline");
  assert.deepEqual(did, [["discard"], ["prompts.clear"], ["begin", "a"]]);
});

test("Esc ends one thing at a time, from what is under way to the clicks", () => {
  table.run("escape");
  assert.deepEqual(did.map(([name]) => name).slice(-1), ["prompts.clear"]);
  parts.tools.target = { id: "a" };
  parts.gestures.escape = () => true;
  did.length = 0;
  table.run("escape");
  assert.deepEqual(did, []);
  parts.gestures.escape = () => false;
  table.run("escape");
  assert.deepEqual(did.at(-1), ["tools.edit", null]);
});

test("sharpening takes the object that is edited, else the selected ones", () => {
  select("a", "b");
  table.run("sharpen");
  parts.tools.target = { id: "b" };
  table.run("sharpen");
  assert.deepEqual(
    did.filter(([name]) => name === "sharpen"),
    [
      ["sharpen", ["a", "b"]],
      ["sharpen", ["b"]],
    ],
  );
});

test("hiding masks says how they come back", () => {
  table.run("masks");
  assert.deepEqual([parts.surface.hideMasks, said], [true, ["Masks hidden. H shows them."]]);
});

test("the shortcuts sheet shows every key of the table once", () => {
  const shown = rows(table.all).flatMap(([, lines]) => lines.map(([keys]) => keys));
  const text = ` ${shown.join(", ").replaceAll(", ", " ")} `;
  for (const key of ["V", "Ctrl+Z", "Esc", "Tab", "Shift+0", "Ctrl+K", "?", "←", "Space"])
    assert.equal(text.split(` ${key} `).length, 2, key);
  assert.deepEqual(
    rows(table.all).map(([title]) => title),
    ["Select", "Objects", "View", "Photo", "App"],
  );
});

test("1, 2 and 3 choose among masks where there is a choice, and set a class where there is none", () => {
  table.run("choose-middle");
  assert.deepEqual(did[0], ["labels.press", "2"]);
  parts.studio.mask.choices.names = ["part", "whole", "more"];
  table.run("choose-middle");
  assert.deepEqual(did.at(-1), ["mask.choose", 1]);
  parts.studio.labels.press = (key) => did.push(["class", key]) > 0;
  table.get("choose-middle").run({ shiftKey: true });
  assert.deepEqual(did.at(-1), ["class", "2"]);
});

test("all of the classes of what is chosen are selected, and all that the list shows", () => {
  select("a");
  parts.studio.session.objects = [
    { id: "a", class: "k" },
    { id: "b", class: "" },
    { id: "c", class: "k" },
  ];
  table.run("select-class");
  assert.deepEqual(did.at(-1), ["session.selectOnly", ["a", "c"], "a"]);
  table.run("find-similar");
  assert.deepEqual(did.at(-1), ["similar", ["a"]]);
  table.run("select-all");
  assert.deepEqual(did.at(-1), ["session.selectOnly", ["a", "b"], "a"]);
});
