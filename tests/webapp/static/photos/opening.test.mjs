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
    setBusy: (on) => session.busy.push(on),
    withWorkspace: (send) => send(),
    guard: async (work) => {
      await work();
      return true;
    },
  };
  studio = {
    session,
    transport: {
      upload: () => {
        const answer = later();
        answers.push(answer);
        return answer.promise;
      },
      restoreImage: async (id) => state(id),
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
  assert.equal(await opening.onServer("Erase"), false);
  assert.equal(toasts[0].text, "Erase needs the server, and this photo is only in your browser.");
  const sent = toasts[0].run();
  assert.equal(answers.length, 1);
  const twice = opening.send();
  assert.equal(answers.length, 1, "one sending at a time");
  answers[0].resolve(state("a"));
  await Promise.all([sent, twice]);
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

test("what the browser cannot read privately says so", async () => {
  globalThis.createImageBitmap = async () => {
    throw new Error("no");
  };
  opening.setPrivate(true);
  await opening.file(file, "x.dng");
  assert.match(said[1], /^! x\.dng cannot be read privately: this browser does not know the format\./);
  assert.deepEqual(begun, []);
});

test("Private is remembered, and turning it off sends what is here", async () => {
  opening.setPrivate(true);
  assert.equal(new Opening(studio).private, true);
  await opening.file(file, "cat.png");
  opening.setPrivate(false);
  assert.equal(answers.length, 1);
  assert.equal(new Opening(studio).private, false);
});
