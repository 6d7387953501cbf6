import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { ActiveMask } from "../../../../webapp/static/session/active_mask.mjs";

let mask, session, events, said, answers, asked;

/** Three masks of 1, 2 and 3 cells, the middle one best. */
const answer = (where = "in this page") => ({
  logits: Float32Array.from([1, 1, -1, -1, 1, -1, -1, -1, 1, 1, 1, -1]),
  count: 3,
  width: 2,
  height: 2,
  scores: [0.9, 0.8, 0.7],
  ms: 4,
  where,
});

beforeEach(() => {
  [events, said, asked] = [[], [], []];
  answers = async () => answer();
  session = {
    picture: { id: "p" },
    objects: [{ id: "a" }],
    object: (id) => session.objects.find((one) => one.id === id) ?? null,
    withWorkspace: (run) => run(),
  };
  const status = {
    say: (text) => said.push(text),
    announce: (text) => said.push(text),
    fail: (error) => said.push(error.message),
    time: () => {},
  };
  const on = {
    prompts: (before) => events.push(before ? "step" : "prompts"),
    mask: () => events.push("mask"),
    changed: () => {},
  };
  const run = (...request) => {
    asked.push(request[0]);
    return answers(...request);
  };
  mask = new ActiveMask(session, { run }, status, on, false);
});

test("a click is answered, and the best mask is shown", async () => {
  mask.addPoint(10, 20, 1);
  assert.deepEqual([mask.present, mask.pending], [false, true]);
  await mask.decided;
  assert.deepEqual([mask.present, mask.pending, mask.choice], [true, false, 0]);
  assert.deepEqual(asked, [{ points: [[10, 20]], labels: [1], box: null }]);
  assert.match(said.at(-1), /^Mask from 1 point\. Enter keeps it\.$/);
  assert.deepEqual(events.slice(0, 2), ["step", "mask"]);
});

test("nothing is excluded from nothing, and without a photo nothing is clicked", () => {
  mask.addPoint(1, 1, 0);
  assert.match(said.at(-1), /First click what you want/);
  session.picture = null;
  mask.addPoint(1, 1, 1);
  assert.ok(mask.prompts.empty);
});

test("part, whole and larger are chosen by size, and the next object begins with that size", async () => {
  mask.setBox([0, 0, 9, 9]);
  await mask.decided;
  assert.deepEqual(mask.choices, { names: ["Part", "Whole", "Larger"], masks: [1, 0, 2], place: 1 });
  mask.choose(2);
  assert.deepEqual([mask.choice, said.at(-1)], [2, "Larger"]);
  for (const place of [-1, 3]) mask.choose(place);
  assert.equal(mask.choice, 2);
  mask.prompts.clear();
  assert.deepEqual(mask.choices.names, []);
  mask.addPoint(1, 1, 1);
  await mask.decided;
  assert.equal(mask.choice, 2);
});

test("what was cleared meanwhile is not shown", async () => {
  let release;
  answers = () => new Promise((resolve) => (release = () => resolve(answer())));
  mask.addPoint(1, 1, 1);
  const { decided } = mask;
  mask.prompts.clear();
  release();
  await decided;
  assert.deepEqual([mask.present, mask.answer], [false, null]);
});

test("a failure is said, unless what failed is not wanted any more", async () => {
  answers = async () => {
    throw new Error("No memory.");
  };
  mask.addPoint(1, 1, 1);
  await mask.decided;
  assert.equal(said.at(-1), "No memory.");
  mask.addPoint(2, 2, 1);
  const { decided } = mask;
  mask.prompts.clear();
  said.length = 0;
  await decided;
  assert.deepEqual(said, []);
});

test("another model is asked the same, and its answer counts", async () => {
  mask.addPoint(1, 1, 1);
  await mask.decided;
  answers = async () => answer("on the server");
  mask.decodeAgain();
  await mask.decided;
  assert.deepEqual([asked.length, mask.answer.where], [2, "on the server"]);
});

test("the object that it changes, as long as there is one", () => {
  assert.equal(mask.refined, null);
  mask.prompts.refine({ object: "a", mask: "m", points: [[1, 1]] });
  assert.equal(mask.refined, session.objects[0]);
  session.objects = [];
  assert.equal(mask.refined, null);
});
