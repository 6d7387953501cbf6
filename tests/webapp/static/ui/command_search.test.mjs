import assert from "node:assert/strict";
import { test } from "node:test";

import { search } from "../../../../webapp/static/ui/command_search.mjs";

const ALL = [
  { label: "Scribble over it", group: "Select" },
  { label: "Zoom to the selection", group: "View" },
  { label: "Full size", group: "View", words: "100 % actual pixels" },
  { label: "Subtract the selected objects", group: "Objects", words: "combine" },
  { label: "Save cut-out", group: "Objects", words: "export png" },
  { label: "Go to Subject", group: "Tabs" },
  { label: "Öffnen", group: "Photo" },
];
const found = (query) => search(ALL, query).map(({ label }) => label);

for (const [query, expected] of [
  ["", ALL.map(({ label }) => label)],
  ["  ", ALL.map(({ label }) => label)],
  ["sub", ["Subtract the selected objects", "Go to Subject"]],
  ["PNG", ["Save cut-out"]],
  ["selection zoom", ["Zoom to the selection"]],
  ["cut out", ["Save cut-out"]],
  ["100%", ["Full size"]],
  ["offn", ["Öffnen"]],
  ["scrb", ["Scribble over it"]],
  ["zoom png", []],
  ["qqq", []],
])
  test(`“${query}”`, () => assert.deepEqual(found(query), expected));

test("what fits better comes first, and equals keep their order", () => {
  const all = ["Reset zoom", "Zoom in", "Zoom out", "Unzoomed"].map((label) => ({ label, group: "" }));
  assert.deepEqual(
    search(all, "zoom").map(({ label }) => label),
    ["Zoom in", "Zoom out", "Reset zoom", "Unzoomed"],
  );
});
