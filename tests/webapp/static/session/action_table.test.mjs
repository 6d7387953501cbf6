import assert from "node:assert/strict";
import { test } from "node:test";

import { ActionTable } from "../../../../webapp/static/session/action_table.mjs";
import { press } from "./press.mjs";

const action = (id, more = {}) => ({ id, label: id, group: "Test", run: () => id, ...more });

test("a key finds its action, and what asks for Shift goes first", () => {
  const table = new ActionTable([
    action("undo", { keys: ["Ctrl+Z"] }),
    action("redo", { keys: ["Ctrl+Shift+Z", "Ctrl+Y"] }),
    action("none"),
  ]);
  const found = (key, more) => table.pressed(press(key, more))?.id ?? null;
  assert.equal(found("z", { ctrlKey: true }), "undo");
  assert.equal(found("Z", { ctrlKey: true, shiftKey: true }), "redo");
  assert.equal(found("y", { metaKey: true }), "redo");
  assert.equal(found("z"), null);
  assert.equal(table.run("none"), "none");
});

test("two with one id or one key are refused, and so is a name that is none", () => {
  assert.throws(() => new ActionTable([action("a"), action("a")]), /Two actions are called a/);
  assert.throws(
    () => new ActionTable([action("a", { keys: ["K"] }), action("b", { keys: ["k"] })]),
    /k stands for a and for b/,
  );
  assert.throws(() => new ActionTable([]).get("a"), /no action called a/);
});

test("what buttons say, and whether they can be used", () => {
  const table = new ActionTable([
    action("fit", { label: "Fit", keys: ["F", "0"] }),
    action("clear", { label: "Clear", says: "Esc", enabled: () => false }),
    action("plain", { label: "Plain" }),
  ]);
  const titles = ["fit", "clear", "plain"].map((id) => table.title(id));
  assert.deepEqual(titles, ["Fit (F)", "Clear (Esc)", "Plain"]);
  assert.deepEqual([table.enabled("fit"), table.enabled("clear")], [true, false]);
});

test("what is held ends with its key, whatever else is held by then", () => {
  const table = new ActionTable([
    { id: "peek", label: "", group: "", keys: ["O"], hold() {} },
    action("open", { keys: ["Ctrl+O"] }),
  ]);
  const ended = table.released(press("O", { shiftKey: true, ctrlKey: true }));
  assert.deepEqual(
    ended.map((one) => one.id),
    ["peek"],
  );
});
