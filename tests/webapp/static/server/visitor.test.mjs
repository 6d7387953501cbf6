import assert from "node:assert/strict";
import { test } from "node:test";

import { hostOrigin, visitorHeaders } from "../../../../webapp/static/server/visitor.mjs";

/** A page on a Space whose parent answers with `headers`, or not at all. */
function space(headers, { hostname = "me-studio.hf.space", flag = true } = {}) {
  const asked = [];
  const parent = {
    postMessage(message, origin, [port]) {
      asked.push([message, origin]);
      if (headers !== undefined) port.postMessage(headers);
    },
  };
  return { view: { location: { hostname }, parent, supports_zerogpu_headers: flag }, asked };
}

test("the page around is asked, and its headers are sent on", async () => {
  const { view, asked } = space({ "X-IP-Token": "abc", "X-Count": 3 });
  assert.deepEqual(await visitorHeaders(view), { "X-IP-Token": "abc" });
  assert.deepEqual(asked, [["zerogpu-headers", "https://huggingface.co"]]);
});

test("nobody is asked where there is no page around, no Space, or one that does not know them", async () => {
  const alone = space({ a: "b" }).view;
  alone.parent = alone;
  for (const { view, asked } of [
    { view: alone, asked: [] },
    space({ a: "b" }, { hostname: "localhost" }),
    space({ a: "b" }, { flag: false }),
  ]) {
    assert.deepEqual(await visitorHeaders(view), {});
    assert.deepEqual(asked, []);
  }
});

test("a page around that never answers, or answers nonsense, holds nothing up", async () => {
  assert.deepEqual(await visitorHeaders(space(undefined).view, 10), {});
  for (const nonsense of [null, "x", 7]) assert.deepEqual(await visitorHeaders(space(nonsense).view), {});
});

test("the origin is that of Hugging Face's own pages", () => {
  assert.equal(hostOrigin("me-studio.hf.space"), "https://huggingface.co");
  assert.equal(hostOrigin("a.b.dev.spaces.huggingface.tech"), "https://moon-b.dev.spaces.huggingface.tech");
  for (const host of ["127.0.0.1", "studio.example.com", "hf.space.example.com"]) assert.equal(hostOrigin(host), null);
});
