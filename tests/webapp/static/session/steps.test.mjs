import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";

let Steps, steps, studio, log;
before(async () => {
  globalThis.matchMedia = () => ({ matches: false }); // dom.mjs asks when it is loaded
  ({ Steps } = await import("../../../../webapp/static/session/steps.mjs"));
});

const said = (...points) => ({ points: points.map((x) => ({ x, y: 0, label: 1 })), box: null });

beforeEach(() => {
  log = [];
  const toast = (text, more) => {
    log.push(text);
    studio.offer = more.run;
    return () => log.push("offer closed");
  };
  studio = {
    session: {
      picture: { id: "p", version: 0 },
      state: { class_list: 0 },
      on: { changed() {} },
      guard: (run) => run(),
      apply: (state) => {
        studio.session.picture.version = state.version;
        studio.session.state.class_list = state.classes ?? 0;
      },
    },
    mask: { prompts: { state: said(), show: (state) => (studio.mask.prompts.state = state) } },
    status: { say: (text) => log.push(text), toast },
    transport: { goTo: async (version, classes) => ({ version, classes }) },
    opening: {
      restore: async (id) => {
        studio.session.picture = { id, version: 0 };
        return true;
      },
    },
  };
  steps = new Steps(studio);
});

test("a change of the class list is taken back and made again", async () => {
  steps.note();
  studio.session.state.class_list = 4;
  await steps.undo();
  assert.equal(studio.session.state.class_list, 0);
  await steps.redo();
  assert.equal(studio.session.state.class_list, 4);
});

test("clicks are taken back and made again", async () => {
  steps.note(said());
  studio.mask.prompts.state = said(1);
  await steps.undo();
  assert.deepEqual(studio.mask.prompts.state, said());
  await steps.redo();
  assert.deepEqual(studio.mask.prompts.state, said(1));
  await steps.redo();
  assert.deepEqual(studio.mask.prompts.state, said(1));
});

test("a step of the object list is taken back on the server", async () => {
  steps.note();
  studio.session.picture.version = 1;
  await steps.undo();
  assert.equal(studio.session.picture.version, 0);
});

test("undo waits for what is still under way", async () => {
  let finish;
  const edit = steps.queue(() => new Promise((resolve) => (finish = resolve)));
  const undone = steps.undo();
  await Promise.resolve();
  studio.mask.prompts.state = said(1);
  steps.note(said()); // the edit's own step
  finish();
  await Promise.all([edit, undone]);
  assert.deepEqual(studio.mask.prompts.state, said());
});

test("a photo that a tool has changed comes back by undo, and by the offer", async () => {
  const was = steps.moment;
  studio.session.picture = { id: "q", version: 0 };
  steps.changedPhoto(was);
  await steps.undo();
  assert.equal(studio.session.picture.id, "p");
  assert.ok(log.includes("offer closed"));
  await steps.redo();
  assert.equal(studio.session.picture.id, "q");
  studio.offer();
  await steps.turning;
  assert.equal(studio.session.picture.id, "p");
});

test("a step that cannot be made can be tried again", async () => {
  const was = steps.moment;
  studio.session.picture = { id: "q", version: 0 };
  steps.changedPhoto(was);
  const { restore } = studio.opening;
  studio.opening.restore = async () => false;
  await steps.undo();
  assert.deepEqual([studio.session.picture.id, steps.history.canUndo], ["q", true]);
  studio.opening.restore = restore;
  await steps.undo();
  assert.equal(studio.session.picture.id, "p");
});
