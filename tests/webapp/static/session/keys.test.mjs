import assert from "node:assert/strict";
import { test } from "node:test";

import { label, matches, parse } from "../../../../webapp/static/session/keys.mjs";
import { press } from "./press.mjs";

for (const [text, event, expected] of [
  ["V", press("v"), true],
  ["V", press("V", { shiftKey: true }), true],
  ["V", press("v", { ctrlKey: true }), false],
  ["V", press("v", { altKey: true }), false],
  ["Ctrl+Z", press("z", { ctrlKey: true }), true],
  ["Ctrl+Z", press("z", { metaKey: true }), true],
  ["Ctrl+Z", press("z"), false],
  ["Ctrl+Shift+Z", press("Z", { ctrlKey: true, shiftKey: true }), true],
  ["Ctrl+Shift+Z", press("z", { ctrlKey: true }), false],
  ["Shift+0", press("=", { shiftKey: true, code: "Digit0" }), true],
  ["Shift+0", press("0", { code: "Digit0" }), false],
  ["Space", press(" ", { code: "Space" }), true],
  ["+", press("+", { shiftKey: true }), true],
  ["?", press("?", { shiftKey: true }), true],
  ["Escape", press("Escape"), true],
])
  test(`${text} and ${JSON.stringify(event)}`, () => assert.equal(matches(parse(text), event), expected));

test("keys as people read them", () => {
  const shown = ["Ctrl+Shift+Z", "+", "ArrowLeft", "Escape", "A"].map((key) => label(key));
  assert.deepEqual(shown, ["Ctrl+Shift+Z", "+", "←", "Esc", "A"]);
  assert.equal(label("Ctrl+K", true), "⌘+K");
});
