import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Opening } from "../../../../webapp/static/photos/opening.mjs";

let said, toasts, begun, studio, opening, answers, stored;

const picture = (id, name = "cat.png") => ({ id, name, width: 8, height: 6, encode_ms: 3 });
const state = (id, objects = []) => ({ picture: id && picture(id), objects, model: "nano", revision: 1 });

/** A promise that is answered by hand. */
function later() {
  const out = {};
  out.promise = new Promise((resolve, reject) => Object.assign(out, { resolve, reject }));
  return out;
}

beforeEach(() => {
  [said, toasts, begun, answers, stored] = [[], [], [], [], new Map()];
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  globalThis.localStorage = {
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => stored.set(key, value),
  };
  globalThis.createImageBitmap = async () => ({ width: 8, height: 6, close() {} });
  const session = {
    state: state(null),
    ready: Promise.resolve(),
    busy: [],
    on: { changed() {} },
    get picture() {
      return this.state.picture;
    },
    setBusy: (on, _, stop) => {
      session.busy.push(on);
      session.stop = stop;
    },
    apply: (now) => {
      session.state = now;
    },
    withWorkspace: (send) => send(),
    guard: async (work) => {
      await work();
      return true;
    },
  };
  studio = {
    session,
    transport: {
      upload: (_file, _name, signal) => {
        const answer = { ...later(), signal };
        signal?.addEventListener("abort", () => answer.reject(new Error("gone")));
        answers.push(answer);
        return answer.promise;
      },
      restoreImage: async (id) => state(id),
      stopOpening: async () => session.state,
      pictureUrl: (id) => `/pictures/${id}`,
      blob: async () => new Blob(["photo"]),
    },
    backend: { prepareHere: async () => ({ geometry: { input_hw: [384, 512], input_size: 512 }, ms: 4 }) },
    status: {
      say: (text) => said.push(text),
      fail: (error) => said.push(`! ${error.message}`),
      toast: (text, more) => toasts.push({ text, ...more }),
    },
    begin: (now) => {
      begun.push(now.picture.id);
      session.state = now;
    },
    adopt: (now) => {
      begun.push(`adopted ${now.picture.id}`);
      session.state = now;
    },
  };
  opening = new Opening(studio);
});

const file = new Blob(["photo"]);
/** Lets everything that is waiting for an answered promise run. */
const settle = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

test("a photo that the server has read goes on the stage", async () => {
  const done = opening.file(file, "cat.png");
  answers[0].resolve(state("a"));
  await done;
  assert.deepEqual([begun, said], [["a"], ["cat.png, 8 × 6. Click an object."]]);
  assert.deepEqual(studio.session.busy, [true, false]);
});

test("of two photos the later one stays, whichever answer comes first", async () => {
  const first = opening.file(file, "first.png");
  const second = opening.file(file, "second.png");
  answers[1].resolve(state("b"));
  await second;
  answers[0].resolve(state("a"));
  await first;
  assert.deepEqual(begun, ["b"]);
});

for (const [when, before, there, shown] of [
  ["in time", "a", "a", "a"],
  ["a moment after it had come", "a", "b", "a"],
  ["a moment after it had come on an empty stage", null, "b", "b"],
  ["in time on an empty stage", null, null, null],
])
  test(`a photo that was stopped ${when} leaves what was there`, async () => {
    studio.session.state = state(before);
    studio.transport.stopOpening = async () => state(there);
    const done = opening.file(file, "b.png");
    studio.session.stop();
    await done;
    await settle();
    assert.ok(answers[0].signal.aborted, "the server hears of it");
    assert.equal(studio.session.picture?.id ?? null, shown);
    assert.deepEqual(begun, before || !there ? [] : ["b"]);
    assert.deepEqual([said.at(-1), studio.session.busy.at(-1)], ["Stopped. Nothing was changed.", false]);
  });

test("reading a private photo in the page is stopped", async () => {
  opening.private = true;
  const reading = later();
  studio.backend.prepareHere = () => reading.promise;
  const done = opening.file(file, "a.png");
  await settle();
  studio.session.stop();
  reading.resolve({ geometry: { input_hw: [384, 512], input_size: 512 }, ms: 4 });
  await done;
  assert.deepEqual([begun, opening.here, studio.session.busy.at(-1)], [[], null, false]);
});

test("a photo that is refused leaves what is there, with the reason", async () => {
  studio.session.state = state("old");
  const done = opening.file(file, "no.txt");
  answers[0].reject(new Error("This is no picture."));
  await done;
  assert.deepEqual([begun, said], [[], ["! This is no picture."]]);
  assert.equal(studio.session.picture.id, "old");
  assert.deepEqual(studio.session.busy, [true, false]);
});

test("the photo before, with its objects, can be brought back", async () => {
  studio.session.state = state("old", [{ id: "cup" }]);
  const done = opening.file(file, "cat.png");
  answers[0].resolve(state("a"));
  await done;
  assert.equal(toasts[0].text, "cat.png and its object closed.");
  await toasts[0].run();
  assert.deepEqual(begun, ["a", "old"]);
});

test("where the server takes its time the page begins, and hands over what it has encoded", async () => {
  const done = opening.file(file, "cat.png");
  mock.timers.tick(2501);
  await settle();
  assert.equal(begun[0], "here-1");
  assert.equal(opening.here.name, "cat.png");
  assert.match(said[0], /You can click already/);
  answers[0].resolve(state("a"));
  await done;
  assert.deepEqual(begun, ["here-1", "adopted a"]);
  assert.equal(opening.here, null);
  assert.deepEqual([...opening.bitmaps.keys()], ["a"]);
});

test("a private photo is not sent until that is wanted", async () => {
  opening.setPrivate(true);
  await opening.file(file, "cat.png");
  assert.deepEqual([answers.length, begun], [0, ["here-1"]]);
  const asked = [];
  opening.ask = async (...what) => asked.push(what) > 1;
  assert.equal(await opening.onServer("Erase"), false);
  assert.deepEqual(asked, [["Erase needs the server, and this photo is only in your browser.", "cat.png", file]]);
  assert.equal(answers.length, 0);
  const sent = opening.onServer("Erase");
  await settle();
  assert.equal(answers.length, 1);
  const twice = opening.onServer("Erase");
  await settle();
  assert.deepEqual([answers.length, asked.length], [1, 2], "one sending at a time, and asked for once");
  answers[0].resolve(state("a"));
  assert.deepEqual(await Promise.all([sent, twice]), [true, true]);
  assert.deepEqual(begun, ["here-1", "adopted a"]);
  assert.equal(await opening.onServer("Erase"), true);
});

test("a sending that failed can be tried again", async () => {
  opening.setPrivate(true);
  await opening.file(file, "cat.png");
  const first = opening.send();
  answers[0].reject(new Error("The server does not answer."));
  await first;
  assert.equal(said[said.length - 1], "! The server does not answer.");
  opening.send();
  assert.equal(answers.length, 2);
});

test("what the page cannot read is sent only if that is wanted, whether Private is on or off by then", async () => {
  for (const off of [false, true]) {
    globalThis.createImageBitmap = async () => {
      if (off) opening.setPrivate(false);
      throw new Error("no");
    };
    opening.setPrivate(true);
    await opening.file(file, "x.dng");
    assert.match(said.at(-1), /^This page cannot read x\.dng: this browser does not know the format\. The server may/);
    assert.doesNotMatch(said.at(-1), /Private/);
    assert.deepEqual([begun.length, answers.length], [0, 0]);
  }
  toasts[0].run();
  assert.equal(answers.length, 1);
});

test("Private is remembered, and turning it off sends nothing unasked", async () => {
  const asked = [];
  opening.ask = async (...what) => asked.push(what) > 1;
  opening.setPrivate(true);
  assert.equal(new Opening(studio).private, true);
  await opening.file(file, "cat.png");
  opening.setPrivate(false);
  await settle();
  assert.deepEqual([answers.length, asked.length, opening.here?.name], [0, 1, "cat.png"]);
  assert.equal(new Opening(studio).private, false);
  opening.setPrivate(true);
  opening.setPrivate(false);
  await settle();
  assert.equal(answers.length, 1, "it was wanted the second time");
});

test("Private turned off while the page reads the photo: it is asked for once it is there", async () => {
  const asked = [];
  const read = later();
  opening.ask = async (reason) => asked.push(reason) < 0;
  studio.backend.prepareHere = () => read.promise;
  opening.setPrivate(true);
  const done = opening.file(file, "cat.png");
  await settle();
  opening.setPrivate(false);
  assert.deepEqual(asked, []);
  read.resolve({ geometry: { input_hw: [384, 512], input_size: 512 }, ms: 4 });
  await done;
  assert.deepEqual(asked, ["Private was turned off while the photo was read in this page."]);
  assert.deepEqual([answers.length, begun], [0, ["here-1"]]);
});

test("Private says of a photo that is on the server already that it is", async () => {
  studio.session.state = state("a");
  opening.setPrivate(true);
  assert.match(said[0], /^cat\.png is on the server already\. From now on, photos from your device stay/);
});
