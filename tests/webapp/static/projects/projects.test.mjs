import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { install } from "../fake_dom.mjs";

install();
globalThis.createImageBitmap = async () => ({ width: 8, height: 6, close() {} });
const { isProject, Projects, told } = await import("../../../../webapp/static/projects/projects.mjs");

let projects, studio, said, sent, shown, state;

beforeEach(() => {
  said = [];
  sent = [];
  shown = [];
  state = {
    picture: { id: "p2", name: "a.png", width: 8, height: 6, reading: null },
    objects: [{ id: "o1" }],
    project: { photo: "photo-1", count: 1, prompts: {}, selected: ["o1", "gone"], notes: [] },
  };
  const session = {
    picture: { id: "p1", name: "a.png" },
    selected: new Set(),
    objects: [],
    object: (id) => (id === "o1" ? { id } : null),
    setBusy() {},
    withWorkspace: (run) => run(),
    on: { selection() {}, changed() {} },
  };
  studio = {
    session,
    transport: {
      call: async (...request) => {
        sent.push(request);
        if (state instanceof Error) throw state;
        return state;
      },
      file: async (path, body) => {
        sent.push([path, body]);
        return new Blob(["saved"]);
      },
      pictureUrl: (id) => id,
      blob: async () => new Blob(),
    },
    opening: {
      private: false,
      turn: 0,
      here: null,
      origins: new Map(),
      show: (now) => shown.push(now.picture.id),
      onServer: async () => true,
    },
    steps: { history: { has: () => false } },
    mask: { refined: null, prompts: { empty: true, state: { points: [], box: null }, show: (now) => said.push(now) } },
    status: { say: (text) => said.push(text), toast: (text) => said.push(text), fail: (error) => said.push(error) },
  };
  projects = new Projects(studio);
});

const header = async (blob) => {
  const bytes = await blob.arrayBuffer();
  const length = new DataView(bytes).getUint32(0, true);
  return JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
};
const file = Object.assign(new Blob(["zip"]), { name: "a.samstudio" });

test("a project is known by its name", () => {
  assert.ok(isProject({ name: "A.SamStudio" }));
  assert.ok(!isProject({ name: "samstudio.zip" }));
});

test("its photo, selection and clicks come back, and notes are told", async () => {
  state.project.prompts = { points: [{ x: 1, y: 2, label: 1 }], box: null };
  state.project.notes = ["One is missing."];
  await projects.open(file);
  assert.deepEqual(sent[0], ["POST", "project/open", file]);
  assert.deepEqual(shown, ["p2"]);
  assert.deepEqual([...studio.session.selected], ["o1"]);
  assert.deepEqual(said[0].points, [{ x: 1, y: 2, label: 1 }]);
  assert.equal(said.at(-1), "One is missing.");
  assert.equal(projects.opened, null);
});

test("what is refused is told, and the stage stays", async () => {
  state = new Error("no");
  await projects.open(file);
  assert.deepEqual(shown, []);
  assert.equal(said[0].message, "no");
  studio.opening.private = true;
  await projects.open(file);
  assert.match(said.at(-1), /Private/);
  assert.equal(sent.length, 1);
});

test("saving sends the photo's own file, the clicks, and the project it came from", async () => {
  studio.opening.origins.set("p1", { file: new Blob(["photo"]), example: "" });
  studio.mask.prompts = { empty: false, state: { points: [{ x: 1, y: 1, label: 1 }], box: null, name: "x" } };
  assert.ok(await projects.save());
  const [path, body] = sent[0];
  assert.equal(path, "project/save");
  const fields = await header(body);
  assert.deepEqual(fields.sizes, [5, 0, 0]);
  assert.deepEqual(fields.prompts, { points: [{ x: 1, y: 1, label: 1 }], box: null });
  state.project.count = 3;
  await projects.open(file);
  assert.equal(projects.opened.photo, "photo-1");
  studio.session.picture = { id: "p2", name: "a.png" };
  await projects.save();
  const again = await header(sent.at(-1)[1]);
  assert.deepEqual([again.photo, again.sizes[1]], ["photo-1", 3]);
  studio.session.picture = { id: "other", name: "b.png" };
  await projects.save();
  assert.equal((await header(sent.at(-1)[1])).sizes[1], 0);
});

test("without a photo, or one that stays here, nothing is saved", async () => {
  studio.opening.onServer = async () => false;
  assert.equal(await projects.save(), false);
  studio.session.picture = null;
  assert.equal(await projects.save(), false);
  assert.equal(sent.length, 0);
});

test("what is said of it", () => {
  assert.equal(told("a.samstudio", 1, 1, "b.png"), "a.samstudio is open: 1 object.");
  assert.match(told("a.samstudio", 0, 3, "b.png"), /at b.png: 0 objects. Its other 2 photos stay/);
});
