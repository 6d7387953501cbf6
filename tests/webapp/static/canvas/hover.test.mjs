import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Hover } from "../../../../webapp/static/canvas/hover.mjs";
import { View } from "../../../../webapp/static/canvas/viewport.mjs";

let frames, asked, shown, answer, studio, surface, hover;

const ANSWER = { logits: new Float32Array(8), scores: [0.9, 0.5], width: 2, height: 2 };

beforeEach(() => {
  [frames, asked, shown, answer] = [[], [], [], ANSWER];
  globalThis.requestAnimationFrame = (run) => frames.push(run);
  globalThis.cancelAnimationFrame = (number) => (frames[number - 1] = null);
  const view = new View();
  view.resize(400, 300);
  view.setImage(200, 150);
  surface = { view, showPreview: (field) => shown.push(field) };
  const state = {};
  studio = {
    session: { picture: { id: "p", width: 200, height: 150, input: { width: 512, height: 384, size: 512 } } },
    backend: { inPage: true },
    mask: {
      epoch: 0,
      queue: {
        pending: false,
        preview: async (prompts) => {
          asked.push(prompts);
          return answer;
        },
      },
      dial: { needs: "many", first: () => 1 },
      prompts: { state, empty: true, toJSON: () => ({ points: [], labels: [], box: null, base: null }) },
    },
  };
  hover = new Hover(studio, surface);
});

const middle = () => surface.view.toStage(100, 75);
async function look() {
  for (const run of frames.splice(0)) await run?.();
}
const last = () => shown[shown.length - 1];

test("the mask of a click here is asked for in the next frame, once however much the pointer moves", async () => {
  const { x, y } = middle();
  hover.move(x - 20, y, 1);
  hover.move(x, y, 1);
  assert.equal(frames.length, 1);
  await look();
  assert.equal(asked.length, 1);
  assert.ok(Math.abs(asked[0].points[0][0] - 100) < 1e-6);
  assert.equal(last().data.length, 4);
  hover.move(x + 1, y, 1);
  assert.equal(frames.length, 0, "a hand at rest trembles");
});

test("a press hides it, also what was asked for before the press and is answered after it", async () => {
  const { x, y } = middle();
  hover.move(x, y, 1);
  const looking = look();
  hover.hide();
  await looking;
  assert.deepEqual([asked.length, last()], [1, null]);
});

for (const [name, change] of [
  ["beside the photo", () => (surface.view.x += 5000)],
  ["while the server decodes", () => (studio.backend.inPage = false)],
  ["while a click is answered", () => (studio.mask.queue.pending = true)],
  ["without a photo", () => (studio.session.picture = null)],
])
  test(`nothing is asked ${name}`, async () => {
    const { x, y } = middle();
    change();
    hover.move(x, y, 1);
    await look();
    assert.deepEqual([asked, last()], [[], null]);
  });

test("what does not belong is shown only where there is something to take it from", async () => {
  const { x, y } = middle();
  hover.move(x, y, 0);
  await look();
  assert.deepEqual(asked, []);
  studio.mask.prompts.empty = false;
  hover.move(x + 9, y, 0);
  await look();
  assert.deepEqual(asked[0].labels, [0]);
});

for (const [name, change] of [
  ["has left", () => hover.leave()],
  ["has clicked", () => studio.mask.epoch++],
  ["has undone", () => (studio.mask.prompts.state = {})],
])
  test(`an answer that comes after the hand ${name} is not shown`, async () => {
    studio.mask.queue.preview = async () => {
      change();
      return ANSWER;
    };
    const { x, y } = middle();
    hover.move(x, y, 1);
    await look();
    assert.deepEqual(shown.filter(Boolean), []);
  });

test("leaving cancels what was going to be asked", async () => {
  const { x, y } = middle();
  hover.move(x, y, 1);
  hover.leave();
  await look();
  assert.deepEqual([asked, last()], [[], null]);
});
