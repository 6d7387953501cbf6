import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Backend } from "../../../../webapp/static/inference/backend.mjs";

let page, asked, photo, backend;

beforeEach(() => {
  asked = [];
  photo = { id: "p", here: false };
  page = { ready: true, phase: "ready", engine: "wasm", reason: "", where: "in this page", run: async () => "page" };
  const server = {
    decode: async (...request) => {
      asked.push(request);
      return "server";
    },
  };
  backend = new Backend(page, server, () => photo);
});

test("the page answers where it can", async () => {
  assert.equal(await backend.run("prompts", "signal", 1), "page");
  assert.deepEqual(asked, []);
  assert.deepEqual([backend.inPage, backend.says], [true, "decoding in this page"]);
});

test("until it can, and where it fails, the server does", async () => {
  Object.assign(page, { ready: false, reason: "" });
  assert.equal(backend.says, null);
  assert.equal(await backend.run("prompts", "signal"), "server");
  page.reason = "this browser has no WebAssembly";
  assert.equal(backend.says, "decoding on the server: this browser has no WebAssembly");
  Object.assign(page, {
    ready: true,
    run: async () => {
      throw new Error("stopped");
    },
  });
  assert.equal(await backend.run("prompts", "signal"), "server");
  assert.deepEqual(asked, [
    ["p", "prompts", "signal"],
    ["p", "prompts", "signal"],
  ]);
});

test("a photo that only the page has is never asked of the server", async () => {
  photo = { id: "here-1", here: true };
  page.ready = false;
  await assert.rejects(backend.run("prompts", "signal"), /the server does not have this photo/);
  assert.deepEqual(asked, []);
});
