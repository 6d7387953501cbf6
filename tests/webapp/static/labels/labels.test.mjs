import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { classItems } from "../../../../webapp/static/labels/class_menu.mjs";
import { Labels, takenBy } from "../../../../webapp/static/labels/labels.mjs";
import { ActionTable } from "../../../../webapp/static/session/action_table.mjs";

let labels, studio, sent, said, kept;

const DOG = { id: "d", name: "dog", color: "#111111", key: "1" };
const CAT = { id: "c", name: "cat", color: "#222222", key: "q" };

beforeEach(() => {
  [sent, said, kept] = [[], [], new Map()];
  globalThis.localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  const session = {
    picture: { id: "p" },
    state: { classes: [DOG, CAT] },
    objects: [
      { id: "a", name: "A", class: "d" },
      { id: "b", name: "B", class: "" },
      { id: "x", name: "X", class: "d" },
    ],
    chosen: [],
    object: (id) => session.objects.find((one) => one.id === id) ?? null,
    on: { changed() {} },
    apply: (state) => (session.state = { ...session.state, ...state }),
    withWorkspace: (run) => run(),
    guard: async (run) => {
      try {
        await run();
        return true;
      } catch (error) {
        said.push(error.message);
        return false;
      }
    },
  };
  studio = {
    session,
    mask: { present: false, pending: false, refined: null },
    steps: { undo: () => sent.push("undo") },
    status: { say: (text) => said.push(text), toast: (text, { run }) => said.push([text, run]) },
    transport: {
      call: async (method, path, body) => {
        sent.push([method, path, body]);
        if (body.name === "dog") throw new Error("There is a class called dog already.");
        return { class: "new", said: "2 classes added." };
      },
    },
  };
  labels = new Labels(studio);
});

test("a key gives its class to what is selected, which the next object has, too", async () => {
  studio.session.chosen = [studio.session.objects[1]];
  assert.ok(labels.press("Q"));
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(sent, [["POST", "classes/give", { picture: "p", objects: ["b"], class: "c" }]]);
  assert.equal(labels.next, CAT);
  assert.equal(said.at(-1), "B: cat.");
  assert.ok(!labels.press("7"), "nobody's key");
});

test("with a mask in hand, or nothing selected, it is the class of the next object", async () => {
  studio.session.chosen = [studio.session.objects[1]];
  studio.mask.present = true;
  await labels.choose("d");
  studio.mask.present = false;
  studio.session.chosen = [];
  await labels.choose("c");
  assert.deepEqual([sent, labels.current], [[], "c"]);
  labels.kept();
  assert.equal(labels.current, "c", "the one after it has it as well");
});

test("an object that is refined is what is meant", async () => {
  studio.mask = { present: true, pending: false, refined: studio.session.objects[0] };
  await labels.choose("");
  assert.deepEqual(sent[0][2], { picture: "p", objects: ["a"], class: "" });
  assert.equal(said.at(-1), "A: no class.");
});

test("a class may be for one object alone, and that is remembered", async () => {
  labels.setKeeps(false);
  labels.setNext("d");
  labels.kept();
  assert.equal(labels.current, "");
  await labels.give(["a"], "d");
  assert.equal(labels.current, "");
  assert.ok(!new Labels(studio).keeps);
});

test("objects are counted by class, a class that is gone is none", () => {
  assert.deepEqual(
    [...labels.counts()],
    [
      ["d", 2],
      ["", 1],
    ],
  );
  labels.current = "gone";
  assert.equal(labels.next, null);
});

test("the list is changed on the server, and what it refuses is told", async () => {
  assert.equal(await labels.add("cup"), "new");
  assert.equal(await labels.add("dog"), "");
  assert.equal(said.at(-1), "There is a class called dog already.");
  assert.ok(await labels.change("d", { color: "#333333" }));
  await labels.remove("d");
  const [text, undo] = said.at(-1);
  assert.equal(text, "Class dog deleted.");
  undo();
  assert.equal(sent.at(-1), "undo");
  assert.deepEqual(
    sent.slice(0, 4).map(([, path, body]) => [path, body.do]),
    [
      ["classes", "add"],
      ["classes", "add"],
      ["classes", "change"],
      ["classes", "remove"],
    ],
  );
});

test("a list comes from a file", async () => {
  const file = new File(["dog\ncat"], "classes.txt");
  assert.equal(await labels.read([file]), "2 classes added.");
  const [method, path, body] = sent[0];
  assert.deepEqual([method, path], ["POST", "classes/import"]);
  assert.equal(await body.text(), '[["classes.txt",7]]\ndog\ncat');
});

test("a key that the page needs is not a class's, digits are", () => {
  const table = new ActionTable([
    { id: "choose", label: "Take the smallest mask", group: "", keys: ["1"], run() {} },
    { id: "edit", label: "Edit the mask by hand", group: "", keys: ["M"], run() {} },
  ]);
  assert.equal(takenBy("1", table), "");
  assert.equal(takenBy("m", table), "Edit the mask by hand");
  assert.equal(takenBy("q", table), "");
});

test("the menu lists the classes, none of them, and the way to the list", () => {
  const chosen = [];
  const items = classItems(
    labels,
    "c",
    (id) => chosen.push(id),
    () => chosen.push("edit"),
  );
  assert.deepEqual(
    items.map((item) => [item.label, item.key ?? "", item.checked]),
    [
      ["dog", "1", false],
      ["cat", "Q", true],
      ["No class", "", false],
      ["Edit classes", "", undefined],
    ],
  );
  for (const item of items) item.run();
  assert.deepEqual(chosen, ["d", "c", "", "edit"]);
  studio.session.state.classes = [];
  assert.deepEqual(
    classItems(
      labels,
      "",
      () => {},
      () => {},
    ).map((item) => item.label),
    ["Add classes"],
  );
});
