import assert from "node:assert/strict";
import { test } from "node:test";

import { read } from "../../../../webapp/static/ui/gradio_toasts.mjs";

/** One of Gradio's toasts, with what was said under the same heading before. */
const toast = (kind, ...texts) => ({
  classList: { contains: (name) => name === kind },
  querySelectorAll: () => texts.map((words) => ({ textContent: words })),
});

test("what Gradio says last is said, and to stop is no error", () => {
  for (const [given, text, kind] of [
    [["error", " Nothing is selected. "], "Nothing is selected.", "error"],
    [["error", "Nothing is selected.", "Stopped. Nothing was changed."], "Stopped. Nothing was changed.", "info"],
    [["info", "2.1 s of your GPU time."], "2.1 s of your GPU time.", "info"],
    [["info"], "", "info"],
  ]) {
    const said = read(toast(...given));
    assert.deepEqual([said.text, said.kind], [text, kind]);
  }
});
