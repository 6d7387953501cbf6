import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { ActionTable } from "../../../../webapp/static/session/action_table.mjs";
import { Keyboard } from "../../../../webapp/static/session/keyboard.mjs";

let heard, ran, stage, body, modal;

/** An element that is inside what these selectors find. */
const inside = (...kinds) => ({ closest: (query) => (kinds.some((kind) => query.includes(kind)) ? {} : null) });

/** Presses a key there. @returns whether the page took it from the browser */
function press(key, target = body, more = {}) {
  let taken = false;
  const plain = {
    key,
    code: key === " " ? "Space" : "",
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
  };
  heard.keydown({ ...plain, defaultPrevented: false, target, preventDefault: () => (taken = true), ...more });
  return taken;
}

beforeEach(() => {
  [heard, ran, modal] = [{}, [], null];
  [stage, body] = [inside(), inside()];
  const listen = (name, run) => (heard[name] = run);
  globalThis.document = { body, addEventListener: listen, querySelector: () => modal };
  globalThis.window = { addEventListener: listen };
  const run = (id, more = {}) => ({ id, label: id, group: "", run: () => void ran.push(id), ...more });
  const table = new ActionTable([
    run("tool", { keys: ["V"] }),
    run("idle", { keys: ["I"], enabled: () => false }),
    run("keep", { keys: ["Enter"], scope: "page" }),
    run("left", { keys: ["ArrowLeft"], scope: "stage" }),
    run("end", { keys: ["Escape"] }),
    run("commands", { keys: ["Ctrl+K"], scope: "app" }),
    { id: "next", label: "", group: "", keys: ["Tab"], scope: "stage", run: () => false },
    { id: "pan", label: "", group: "", keys: ["Space"], scope: "page", hold: (held) => ran.push(held) },
  ]);
  new Keyboard(table, stage, { isConnected: true });
});

test("a key runs its action and is taken from the browser", () => {
  assert.ok(press("v"));
  assert.ok(press("i"), "also when there is nothing to do: the action says so");
  assert.ok(!press("w"));
  assert.deepEqual(ran, ["tool", "idle"]);
});

for (const [where, target, expected] of [
  ["a text field", inside("input"), ["commands"]],
  ["a tab", inside("#ss-tabs"), ["end", "commands"]],
  ["a dialog", inside("dialog[open]"), []],
  ["a button", inside(), ["tool", "end", "commands"]],
])
  test(`what ${where} leaves over`, () => {
    const keys = [["v"], ["Enter"], ["ArrowLeft"], ["Escape"], ["k", { ctrlKey: true }]];
    for (const [key, more] of keys) press(key, target, more);
    assert.deepEqual(ran, expected);
  });

test("while a dialog is open, keys are its own wherever the focus is", () => {
  modal = {};
  assert.ok(!press("Escape", body));
  assert.ok(!press("k", body, { ctrlKey: true }));
  assert.deepEqual(ran, []);
});

test("arrows count on the canvas only, Enter also with the focus nowhere", () => {
  press("ArrowLeft", body);
  press("Enter", body);
  press("ArrowLeft", stage);
  press("Enter", stage);
  assert.deepEqual(ran, ["keep", "left", "keep"]);
});

test("an action may leave the key to the browser", () => assert.ok(!press("Tab", stage)));

test("what is held ends with the key, and when the window is left", () => {
  assert.ok(press(" ", stage));
  heard.keyup({ key: " ", code: "Space" });
  heard.blur();
  assert.deepEqual(ran, [true, false, false]);
});

test("a key that was used, or a page that is gone, does nothing", () => {
  assert.ok(!press("v", body, { defaultPrevented: true }));
  new Keyboard(new ActionTable([{ id: "a", label: "", group: "", keys: ["V"], run: () => ran.push("a") }]), stage, {
    isConnected: false,
  });
  assert.ok(!press("v"));
  assert.deepEqual(ran, []);
});

test("a letter or digit without an action may be someone's, but not in fields", () => {
  const asked = [];
  const table = new ActionTable([{ id: "tool", label: "", group: "", keys: ["V"], run: () => {} }]);
  new Keyboard(table, stage, { isConnected: true }, (key) => asked.push(key) && key === "q");
  assert.ok(press("q"));
  assert.ok(!press("w"));
  press("v");
  press("q", inside("input"));
  press("q", body, { ctrlKey: true });
  press(" ");
  press("Home");
  press("!", body, { shiftKey: true, code: "Digit1" });
  assert.deepEqual(asked.filter(Boolean), ["q", "w", "1"]);
});
