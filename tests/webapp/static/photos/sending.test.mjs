import assert from "node:assert/strict";
import { test } from "node:test";

import { install } from "../fake_dom.mjs";

install();
const { fileSize, Sending } = await import("../../../../webapp/static/photos/sending.mjs");

test("sizes as people say them", () => {
  assert.deepEqual([10, 240512, 3.4e6, 12e6].map(fileSize), ["1 kB", "241 kB", "3 MB", "12 MB"]);
});

test("the button shows as long as nothing has left the browser", () => {
  const opening = { here: null };
  const sending = new Sending(opening, { hostname: "example.org", host: "example.org:8000" });
  const hidden = () => {
    sending.update();
    return sending.chip.hidden;
  };
  assert.equal(hidden(), true);
  opening.here = { sent: null };
  assert.equal(hidden(), false);
  opening.here = { sent: Promise.resolve() };
  assert.equal(hidden(), true);
  assert.equal(sending.server, "the server example.org:8000");
});
