import assert from "node:assert/strict";
import { test } from "node:test";

import { Decoder } from "../../../../webapp/static/inference/request_queue.mjs";

/** A backend that answers when told to. */
function held() {
  /** @type {{prompts: any, answer: (value: any) => void, fail: (error: Error) => void}[]} */
  const asked = [];
  const run = (prompts) => new Promise((answer, fail) => asked.push({ prompts, answer, fail }));
  return { asked, decoder: new Decoder({ run }) };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("never more than one in flight; of those that wait the newest is run", async () => {
  const { asked, decoder } = held();
  const answers = [1, 2, 3].map((prompts) => decoder.decode(prompts));
  assert.deepEqual(
    asked.map((one) => one.prompts),
    [1],
  );
  asked[0].answer("one");
  assert.equal(await answers[0], "one");
  assert.equal(await answers[1], null);
  await settle();
  assert.deepEqual(
    asked.map((one) => one.prompts),
    [1, 3],
  );
  asked[1].answer("three");
  assert.equal(await answers[2], "three");
  assert.ok(!decoder.pending);
});

test("prompts are answered when theirs was the last answer, or failure, and nothing else is asked", async () => {
  const { asked, decoder } = held();
  const [one, two] = [{ points: [[1, 2]] }, { points: [[3, 4]] }];
  assert.ok(!decoder.answered(one));
  const first = decoder.decode(one);
  assert.ok(!decoder.answered(one), "on its way");
  asked[0].answer("mask");
  await first;
  assert.ok(decoder.answered({ points: [[1, 2]] }));
  assert.ok(!decoder.answered(two), "shown, and not asked yet");
  const second = decoder.decode(two);
  assert.ok(!decoder.answered(one));
  asked[1].fail(new Error("broken"));
  await assert.rejects(second);
  assert.ok(decoder.answered(two), "there will be no other answer");
  decoder.cancel();
  assert.ok(!decoder.answered(two), "the same prompts would be asked anew");
  const preview = decoder.preview(one);
  asked[2].answer("mask");
  await preview;
  assert.ok(!decoder.answered(one), "nobody clicked");
});

test("a click goes before previews, and no preview replaces a click that waits", async () => {
  const { asked, decoder } = held();
  const first = decoder.preview("a");
  assert.ok(!decoder.pending, "a preview is nothing to wait for");
  const click = decoder.decode("click");
  const second = decoder.preview("b");
  const third = decoder.preview("c");
  assert.ok(decoder.pending);
  assert.equal(await second, null);
  asked[0].answer(1);
  await settle();
  asked[1].answer(2);
  await settle();
  asked[2].answer(3);
  assert.deepEqual([await first, await click, await third], [1, 2, 3]);
  assert.deepEqual(
    asked.map((one) => one.prompts),
    ["a", "click", "c"],
  );
});

test("a click that fails says so, a preview that fails is no answer", async () => {
  const { asked, decoder } = held();
  const click = decoder.decode("click");
  asked[0].fail(new Error("broken"));
  await assert.rejects(click, /broken/);
  const preview = decoder.preview("a");
  await settle();
  asked[1].fail(new Error("broken"));
  assert.equal(await preview, null);
});

test("what is cancelled answers nothing", async () => {
  const { asked, decoder } = held();
  const [running, waiting] = [decoder.decode(1), decoder.decode(2)];
  decoder.cancel();
  asked[0].answer("late");
  assert.deepEqual([await running, await waiting], [null, null]);
});

test("a preview says how many masks it wants, and a click wants all", async () => {
  const wanted = [];
  const decoder = new Decoder({ run: async (_prompts, _signal, most) => wanted.push(most) });
  await decoder.preview("a", 1);
  await decoder.decode("a");
  assert.deepEqual(wanted, [1, undefined]);
});
