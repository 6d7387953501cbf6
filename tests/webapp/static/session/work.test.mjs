import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Work } from "../../../../webapp/static/session/work.mjs";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

/** Lets time pass, and what was asked be answered. @param {number} ms */
async function pass(ms) {
  mock.timers.tick(ms);
  for (let i = 0; i < 8; i++) await Promise.resolve();
}

/** @param {any[]} answers the last one again and again */
function working(answers) {
  const [said, stopped] = [[], []];
  let asked = 0;
  const look = async () => answers[Math.min(asked++, answers.length - 1)];
  const work = new Work(
    look,
    (shown) => said.push(shown && [shown.text, shown.fraction, shown.stop !== null]),
    () => stopped.push("stop"),
  );
  return { work, said, stopped, asked: () => asked };
}

const idle = { ahead: null, running: null };
const at = (fraction, message = "Drawing") => ({ ahead: null, running: { fraction, message } });

test("what the page begins is shown after half a second, with what is ahead of it, until it ends", async () => {
  const { work, said } = working([idle, { ahead: 2, running: null }, idle]);
  work.begin("Reading cat.jpg …");
  await pass(400);
  assert.deepEqual(said, []);
  await pass(100);
  await pass(400);
  await pass(400);
  assert.deepEqual(said, [
    ["Reading cat.jpg …", null, false],
    ["Reading cat.jpg: 2 ahead in the queue …", null, false],
    ["Reading cat.jpg …", null, false],
  ]);
  work.end();
  await pass(2000);
  assert.equal(said.at(-1), null);
  assert.equal(said.length, 4);
});

test("what is over within half a second shows nothing, and what was begun before says nothing any more", async () => {
  const { work, said } = working([idle]);
  work.begin("First …");
  await pass(300);
  work.end();
  await pass(1000);
  assert.deepEqual(said, [null]);
  work.begin("Second …");
  work.begin("Third …", () => {});
  await pass(500);
  assert.deepEqual(said.slice(1), [["Third …", null, true]]);
});

test("a tab's work is followed from its beginning, however late, to its end, and can be stopped", async () => {
  const { work, said, stopped } = working([idle, { ahead: 1, running: null }, at(0.2), at(0.7, ""), idle]);
  work.watch();
  for (const ms of [450, 600, 400, 400, 400]) await pass(ms);
  assert.deepEqual(said, [
    ["1 ahead in the queue …", null, true],
    ["Drawing", 0.2, true],
    ["Working …", 0.7, true],
    null,
  ]);
  work.stop();
  assert.deepEqual(stopped, ["stop"]);
});

test("where a press begins nothing, or it does not answer, the server is soon left in peace", async () => {
  const { work, said, asked } = working([idle]);
  work.watch();
  for (let i = 0; i < 20; i++) await pass(1200);
  assert.equal(asked(), 3);
  assert.deepEqual(said, []);
  const failing = new Work(
    () => Promise.reject(new Error("gone")),
    (shown) => said.push(shown),
    () => {},
  );
  failing.watch();
  for (let i = 0; i < 10; i++) await pass(1200);
  assert.deepEqual(said, []);
});
