import assert from "node:assert/strict";
import { test } from "node:test";

import { read } from "../../../../webapp/static/ui/gradio_toasts.mjs";

/** One of Gradio's toasts. */
const toast = (kind, title, text) => ({
  classList: { contains: (name) => name === kind },
  querySelectorAll: (selector) =>
    (selector.includes("title") ? [title] : [text]).map((words) => ({ textContent: words })),
});

test("what Gradio says is said without its headings", () => {
  for (const [given, text, kind] of [
    [["error", "This did not work", " Nothing is selected. "], "Nothing is selected.", "error"],
    [["error", "Stopped", "Nothing was changed."], "Stopped. Nothing was changed.", "info"],
    [["info", "GPU", "2.1 s of your GPU time."], "2.1 s of your GPU time.", "info"],
  ]) {
    const said = read(toast(...given));
    assert.deepEqual([said.text, said.kind], [text, kind]);
  }
});
