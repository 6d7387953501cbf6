import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { ObjectActions } from "../../../../webapp/static/objects/object_actions.mjs";

let studio, objects, log, said;

beforeEach(() => {
  [log, said] = [[], []];
  const note =
    (name) =>
    async (...given) => {
      log.push([name, ...given]);
      return { added: ["new"], objects: studio.session.objects, mask: "key", points: [[1, 2]] };
    };
  const session = {
    picture: { id: "p" },
    objects: [
      { id: "a", name: "A", locked: false },
      { id: "b", name: "B", locked: true },
      { id: "new", name: "New", locked: false },
    ],
    selected: new Set(),
    get chosen() {
      return session.objects.filter((one) => session.selected.has(one.id));
    },
    on: { changed() {} },
    object: (id) => session.objects.find((one) => one.id === id) ?? null,
    apply: () => log.push(["apply"]),
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
  const prompts = {
    state: { points: [], box: null, name: "Cup" },
    toJSON: () => "prompts",
    show: () => log.push(["show"]),
    refine: (base) => log.push(["refine", base]),
  };
  studio = {
    session,
    mask: { pending: false, present: true, decided: Promise.resolve(), epoch: 0, answer: "answer", choice: 1, prompts },
    labels: { current: "k", kept: () => log.push(["class kept"]) },
    opening: { here: null, onServer: async () => false },
    kept: { load: async () => log.push(["load"]) },
    steps: { queue: (run) => run() },
    status: { say: (text) => said.push(text), toast: (text, { run }) => said.push([text, run]) },
    transport: Object.fromEntries(
      ["keep", "state", "change", "remove", "putBack", "edit", "combine", "guide"].map((name) => [name, note(name)]),
    ),
  };
  objects = new ObjectActions(studio, false);
});

const NONE = { points: [], labels: [], box: null };
const names = () => log.map(([name]) => name);

test("a mask is kept, and joins a selection but does not begin one", async () => {
  assert.ok(await objects.keep());
  const sent = { name: "Cup", refines: undefined, prompts: NONE, label: "Cup" };
  assert.deepEqual(log[0], ["keep", { id: "p" }, "answer", 1, sent]);
  assert.deepEqual(names().slice(1), ["load", "class kept", "apply", "show"]);
  assert.deepEqual([...studio.session.selected], []);
  assert.equal(studio.session.current, "new", "what keys act on");
  assert.match(said.at(-1), /^New kept\./);
  studio.session.selected.add("a");
  await objects.keep();
  assert.deepEqual([...studio.session.selected], ["a", "new"]);
});

test("an object without a name of its own gets the class that is set, and refining changes none", async () => {
  studio.mask.prompts.state = { points: [], box: null };
  assert.ok(await objects.keep());
  assert.deepEqual(log[0][4], { name: undefined, refines: undefined, prompts: NONE, class: "k" });
  log.length = 0;
  studio.mask.prompts.state = { points: [], box: null, base: { object: "a" } };
  assert.ok(await objects.keep());
  assert.ok(!names().includes("class kept"));
});

test("a hand that is faster than the decoder means the mask of its last click", async () => {
  studio.mask.pending = true;
  studio.mask.decided = Promise.resolve().then(() => Object.assign(studio.mask, { pending: false }));
  assert.ok(await objects.keep());
  studio.mask.pending = true;
  studio.mask.decided = Promise.resolve().then(() => Object.assign(studio.mask.prompts, { state: {} }));
  log.length = 0;
  assert.ok(!(await objects.keep()), "something else was clicked meanwhile");
  assert.deepEqual(log, []);
});

test("nothing is kept twice, and nothing where there is nothing", async () => {
  const [first, second] = [objects.keep(), objects.keep()];
  assert.deepEqual(await Promise.all([first, second]), [true, false]);
  studio.mask.present = false;
  assert.ok(!(await objects.keep()));
});

test("a photo that is cleared while its mask is kept shows what the server has", async () => {
  const { state } = studio.transport;
  studio.kept.load = async () => assert.fail("not any more");
  const done = objects.keep();
  studio.mask.epoch = 1;
  assert.ok(await done);
  assert.ok(names().includes("state"));
  studio.transport.state = state;
});

test("a private photo asks before anything is kept", async () => {
  studio.opening = { here: {}, onServer: async (what) => said.push(what) < 0 };
  assert.ok(!(await objects.keep()));
  assert.deepEqual([said, log], [["Keeping objects"], []]);
});

test("a failure leaves the way open for another try", async () => {
  const { apply } = studio.session;
  studio.session.apply = () => {
    throw new Error("No.");
  };
  assert.deepEqual([await objects.keep(), said], [false, ["No."]]);
  studio.session.apply = apply;
  assert.ok(await objects.keep());
});

test("refining gives the clicks that stand for the object; a locked one says so", async () => {
  await objects.refine("b");
  assert.deepEqual([said, log], [["B is locked. Unlock it in the list first."], []]);
  await objects.refine("a");
  assert.deepEqual(log.at(-1), ["refine", { object: "a", mask: "key", points: [[1, 2]] }]);
  await objects.refine("gone");
  assert.match(said.at(-1), /^Refining A: click what is missing/);
});

test("edits and combinations are of the photo that is open, in the order of the list", async () => {
  await objects.edit("a", { kind: "fill" });
  studio.session.selected = new Set(["new", "a"]);
  await objects.combine("unite");
  const sent = log.filter(([name]) => ["edit", "combine"].includes(name));
  assert.deepEqual(sent, [
    ["edit", "p", "a", { kind: "fill" }],
    ["combine", "p", ["a", "new"], "unite"],
  ]);
});

test("what is deleted can be put back", async () => {
  await objects.remove(["a", "gone"]);
  const [[text, undo]] = said;
  assert.equal(text, "A deleted.");
  await undo();
  assert.deepEqual(names(), ["remove", "apply", "putBack", "apply"]);
});
