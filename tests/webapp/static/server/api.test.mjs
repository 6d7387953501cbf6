import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { StudioError, Transport } from "../../../../webapp/static/server/api.mjs";

let requests, answers, transport, seconds;

globalThis.window = { location: { hostname: "localhost" } };
window.parent = window;

const json = (body, status = 200, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });

beforeEach(async () => {
  [requests, answers, seconds] = [[], [], []];
  globalThis.fetch = async (url, { method, body, headers }) => {
    requests.push({ url, method, body, headers });
    const answer = answers.shift() ?? json({});
    if (answer instanceof Error) throw answer;
    return answer;
  };
  transport = new Transport("/routes");
  transport.usedGpu = (used) => seconds.push(used);
  answers.push(json({ token: "t0ken", state: { revision: 0 } }));
  await transport.open();
  requests.length = 0;
});

test("the token that opens a workspace is in the address of all that follows", async () => {
  await transport.state();
  await transport.upload(new Blob(["x"]), "a b&c.png");
  await transport.change("cup", { hidden: true });
  await transport.remove("cup");
  assert.deepEqual(
    requests.map(({ method, url }) => `${method} ${url}`),
    [
      "GET /routes/workspaces/t0ken/state",
      "POST /routes/workspaces/t0ken/image?name=a%20b%26c.png",
      "PATCH /routes/workspaces/t0ken/objects/cup",
      "DELETE /routes/workspaces/t0ken/objects/cup",
    ],
  );
  assert.ok(requests[1].body instanceof Blob, "a photo goes as it is");
  assert.equal(requests[1].headers["Content-Type"], "application/octet-stream");
  assert.equal(requests[2].body, '{"hidden":true}');
  assert.equal(requests[2].headers["Content-Type"], "application/json");
});

test("of a workspace that is not open yet nothing is asked", async () => {
  assert.deepEqual(await new Transport("/routes").work(), { ahead: null, running: null });
  assert.deepEqual(requests, []);
});

test("the server's own sentence is the error, with its status", async () => {
  answers.push(json({ error: "There is no photo yet." }, 400));
  await assert.rejects(transport.state(), (error) => {
    assert.ok(error instanceof StudioError);
    assert.deepEqual([error.message, error.status], ["There is no photo yet.", 400]);
    return true;
  });
});

for (const [name, answer, words] of [
  ["an error page of a proxy", new Response("<html>", { status: 502 }), /answered with an error \(502\)/],
  ["no answer at all", new TypeError("fetch failed"), /does not answer. Check that it is running/],
])
  test(`${name} is a sentence, too`, async () => {
    answers.push(answer);
    await assert.rejects(transport.state(), (error) => error instanceof StudioError && words.test(error.message));
  });

test("the seconds of a GPU are told", async () => {
  answers.push(json({}, 200, { "X-GPU-Seconds": "1.5" }));
  await transport.state();
  await transport.state();
  assert.deepEqual(seconds, [1.5]);
});

const picture = { id: "p", width: 4, height: 4, input: { width: 4, height: 4, size: 4 } };
const answer = (id) => ({
  id,
  logits: Float32Array.from({ length: 16 }, (_, i) => i - 8),
  scores: [0.9],
  width: 4,
  height: 4,
});

test("an answer that the server remembers is kept by its id", async () => {
  await transport.keep(picture, answer("a1"), 0, { name: "Cup" });
  assert.deepEqual(JSON.parse(requests[0].body), { picture: "p", name: "Cup", answer: "a1", choice: 0 });
});

test("one that it has forgotten, or that the page has made, goes as its logits", async () => {
  answers.push(json({ error: "gone" }, 404));
  await transport.keep(picture, answer("a1"), 0, {});
  await transport.keep(picture, answer(undefined), 0, {});
  assert.equal(requests.length, 3);
  for (const { body } of requests.slice(1)) {
    const sent = JSON.parse(body);
    assert.equal(typeof sent.logits, "string");
    assert.equal(sent.answer, undefined);
  }
  answers.push(json({ error: "Too many objects." }, 400));
  await assert.rejects(transport.keep(picture, answer("a2"), 0, {}), /Too many/);
});

test("an embedding is taken apart as its header says", async () => {
  const header = new TextEncoder().encode(
    JSON.stringify({
      weights: "w",
      size_hw: [6, 8],
      input_hw: [384, 512],
      input_size: 512,
      arrays: [
        { name: "a", shape: [1, 2] },
        { name: "b", shape: [3] },
      ],
    }),
  );
  const body = new Uint8Array(4 + header.length + 10);
  new DataView(body.buffer).setUint32(0, header.length, true);
  body.set(header, 4);
  body.set(new Uint8Array(Uint16Array.of(1, 2, 3, 4, 5).buffer), 4 + header.length);
  answers.push(new Response(body));
  const { weights, arrays, geometry } = await transport.embedding("embeddings/x");
  assert.equal(requests[0].url, "/routes/embeddings/x");
  assert.deepEqual(
    [weights, geometry.input_size, arrays.map(({ name, data }) => [name, ...data])],
    [
      "w",
      512,
      [
        ["a", 1, 2],
        ["b", 3, 4, 5],
      ],
    ],
  );
});

test("leaving frees the workspace, once there is one, or leaves it for a page that comes back", () => {
  const sent = [];
  Object.defineProperty(globalThis, "navigator", {
    value: { sendBeacon: (url) => sent.push(url) },
    configurable: true,
  });
  transport.close();
  transport.close(true);
  new Transport("/routes").close();
  assert.deepEqual(sent, ["/routes/workspaces/t0ken/close", "/routes/workspaces/t0ken/leave"]);
});
