import assert from "node:assert/strict";
import { test } from "node:test";

import { Revival } from "../../../../webapp/static/server/revival.mjs";

const later = () => {
  const out = {};
  out.promise = new Promise((resolve, reject) => Object.assign(out, { resolve, reject }));
  return out;
};

test("everything that was asked of the lost workspace waits for one new one", async () => {
  const revival = new Revival();
  const done = later();
  let times = 0;
  revival.restore = () => {
    times++;
    return done.promise;
  };
  const first = revival.after("old", "old");
  const second = revival.after("old", "old");
  assert.equal(await revival.after("new", "new"), false, "what restoring itself asks for is not waited for");
  done.resolve(true);
  assert.deepEqual(await Promise.all([first, second]), [true, true]);
  assert.equal(times, 1);
  assert.equal(await revival.after("old", "new"), true, "a straggler asks the new one");
  assert.equal(times, 1);
  assert.equal(await revival.after("new", "new"), true, "that one can be lost as well");
  assert.equal(times, 2);
});

test("what cannot be restored is gone", async () => {
  const revival = new Revival();
  assert.equal(await revival.after("old", "old"), false);
  revival.restore = async () => {
    throw new Error("offline");
  };
  assert.equal(await revival.after("old", "old"), false);
  assert.equal(await revival.after("older", "old"), false);
});
