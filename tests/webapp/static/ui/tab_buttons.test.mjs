import assert from "node:assert/strict";
import { test } from "node:test";

import { needsOf, whyNot } from "../../../../webapp/static/ui/tab_buttons.mjs";

const wiring = {
  components: [
    { id: 1, type: "html", props: { elem_id: "ss-port-image" } },
    { id: 2, type: "html", props: { elem_id: "ss-port-objects" } },
    { id: 3, type: "button", props: { elem_id: "text-go" } },
    { id: 4, type: "button", props: { elem_id: "ss-button-4" } },
    { id: 5, type: "slider", props: {} },
    { id: 6, type: "button", props: {} },
  ],
  dependencies: [
    { targets: [[3, "click"]], inputs: [1] },
    { targets: [[4, "click"]], inputs: [1, 2, 5] },
    { targets: [[5, "change"]], inputs: [1] },
    { targets: [[6, "click"]], inputs: [5] },
  ],
};

test("what a button needs is what its handler gets", () => {
  assert.deepEqual(
    [...needsOf(wiring)],
    [
      ["text-go", "photo"],
      ["ss-button-4", "objects"],
    ],
  );
});

test("why a button cannot work is a sentence that says what to do", () => {
  const open = { photo: true, here: false, objects: 0 };
  assert.equal(whyNot("photo", open), "");
  assert.match(whyNot("objects", open), /^Keep an object first/);
  assert.equal(whyNot("objects", { ...open, objects: 1 }), "");
  assert.equal(whyNot("photo", { ...open, photo: false }), "Open a photo first.");
  assert.match(whyNot("photo", { ...open, here: true }), /Turn Private off/);
});
