import assert from "node:assert/strict";
import { test } from "node:test";

import { register } from "../../../../webapp/static/server/gradio_ports.mjs";
import { publish, subscribe } from "../../../../webapp/static/server/publishing.mjs";

/** A hidden component of Gradio's. */
function port(name) {
  const handle = { props: { value: null }, watch: (_, run) => (handle.changed = run) };
  register(name, handle);
  return handle;
}

const [image, objects, model, result, prompt] = ["image", "objects", "model", "result", "prompt"].map(port);
const studio = {
  session: {
    picture: { id: "p" },
    selected: new Set(["a"]),
    state: { picture: { id: "p" }, revision: 3, model: "nano" },
  },
  opening: { here: null },
  transport: { token: "" },
  refresh: () => (studio.refreshed = true),
};

test("tabs see what is open, and nothing before the workspace is", () => {
  publish(studio);
  assert.equal(image.props.value, null);
  studio.transport.token = "w";
  publish(studio);
  assert.deepEqual(image.props.value, { workspace: "w", picture: "p" });
  assert.deepEqual(objects.props.value, { workspace: "w", selected: ["a"], revision: 3 });
  assert.equal(model.props.value, "nano");
});

test("of a private photo they see that it is one", () => {
  studio.opening.here = {};
  publish(studio);
  assert.deepEqual(image.props.value, { workspace: "w", picture: "p", private: true });
});

test("what a tab shows or hands over counts for its own photo only", () => {
  const heard = [];
  subscribe(studio, { result: (one) => heard.push(one.id), prompt: (box, name) => heard.push([box, name]) });
  const say = (handle, value) => {
    handle.props.value = value;
    handle.changed();
  };
  say(result, { workspace: "w", picture: "p", id: "r" });
  say(result, { workspace: "w", picture: "old", id: "s" });
  say(prompt, { workspace: "other", picture: "p", box: [1], name: "cup" });
  say(prompt, { workspace: "w", picture: "p", box: [1], name: "cup" });
  assert.deepEqual(heard, ["r", [[1], "cup"]]);
  say(objects, { workspace: "w", revision: 4 });
  assert.ok(studio.refreshed);
});
