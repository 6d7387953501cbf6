import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf, nameOf } from "../../../../webapp/static/photos/address.mjs";

const TABLE = [
  ["https://example.org/photo.jpg", "https://example.org/photo.jpg"],
  ["  http://example.org/a%20b.png\n", "http://example.org/a%20b.png"],
  ["# dragged from a page\r\nhttps://example.org/x\r\n", "https://example.org/x"],
  ["https://example.org/a\nhttps://example.org/b", null],
  ["look at https://example.org/a", null],
  ["example.org/photo.jpg", null],
  ["javascript:alert(1)", null],
  ["file:///etc/passwd", null],
  ["data:image/png;base64,AA", null],
  ["https://", null],
  [`https://example.org/${"a".repeat(5000)}`, null],
  ["", null],
  [null, null],
  [undefined, null],
];

for (const [text, expected] of TABLE)
  test(`address in ${String(text).slice(0, 40)}`, () => assert.equal(addressOf(text), expected));

for (const [address, name] of [
  ["https://example.org/a/photo.jpg?x=1", "photo.jpg"],
  ["https://example.org/", "example.org"],
  ["https://example.org/f%C3%BCr.png", "für.png"],
  ["https://example.org/100%.png", "100%.png"],
])
  test(`name of ${address}`, () => assert.equal(nameOf(address), name));
