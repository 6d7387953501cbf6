import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Waiting } from "../../../../webapp/static/session/waiting.mjs";

/** Lets time pass, and what was asked be answered. @param {number} ms */
async function pass(ms) {
  mock.timers.tick(ms);
  for (let i = 0; i < 5; i++) await Promise.resolve();
}

/** @param {(number | null)[]} answers */
function waiting(answers) {
  /** @type {string[]} */
  const said = [];
  const ahead = async () => answers.shift() ?? null;
  return { said, line: new Waiting(ahead, (text) => said.push(text)) };
}

test("how many are ahead is said until it is one's turn", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { said, line } = waiting([2, 1, null, null]);
  line.begin("Reading cat.jpg …");
  await pass(1000);
  assert.deepEqual(said, []);
  for (const _ of [1, 2, 3, 4]) await pass(1200);
  assert.deepEqual(said, [
    "Reading cat.jpg: 2 ahead in the queue …",
    "Reading cat.jpg: 1 ahead in the queue …",
    "Reading cat.jpg …",
  ]);
  line.end();
  mock.timers.reset();
});

test("what is done, or was begun before, says nothing any more", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { said, line } = waiting([3, 3, 3]);
  line.begin("First …");
  line.begin("Second …");
  await pass(1200);
  line.end();
  for (const _ of [1, 2]) await pass(1200);
  assert.deepEqual(said, ["Second: 3 ahead in the queue …"]);
  mock.timers.reset();
});

test("a server that does not answer is left to the work itself", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {string[]} */
  const said = [];
  const line = new Waiting(
    () => Promise.reject(new Error("gone")),
    (text) => said.push(text),
  );
  line.begin("Reading …");
  await pass(1200);
  assert.deepEqual(said, []);
  line.end();
  mock.timers.reset();
});
