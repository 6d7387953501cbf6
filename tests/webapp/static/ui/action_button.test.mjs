import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { install } from "../fake_dom.mjs";

install();
const { ActionTable } = await import("../../../../webapp/static/session/action_table.mjs");
const { actionButton, holdButton, refresh } = await import("../../../../webapp/static/ui/action_button.mjs");

let done, held, able, table;

beforeEach(() => {
  [done, held, able] = [[], [], true];
  table = new ActionTable([
    {
      id: "fit",
      label: "Fit the image",
      group: "View",
      keys: ["F"],
      icon: "fit",
      run: () => done.push("fit"),
      enabled: () => able,
    },
    { id: "peek", label: "The photo alone", group: "View", keys: ["O"], icon: "eye", hold: (on) => held.push(on) },
    { id: "tool", label: "Scribble", group: "Select", icon: "plus", checked: () => able, run() {} },
    { id: "bare", label: "No icon", group: "View", run() {} },
  ]);
});

test("a button is called, and does, what the table says", () => {
  const button = actionButton(table, "fit");
  assert.equal(button.getAttribute("aria-label"), "Fit the image (F)");
  assert.equal(button.dataset.action, "fit");
  button.click();
  assert.deepEqual(done, ["fit"]);
  assert.throws(() => actionButton(table, "bare"), /no icon/);
  assert.throws(() => actionButton(table, "gone"), /no action called gone/);
});

test("one that lasts ends however it is let go", () => {
  const button = holdButton(table, "peek");
  for (const end of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) {
    held.length = 0;
    button.fire("pointerdown", { pointerId: 3 });
    button.fire(end);
    assert.deepEqual(held, [true, false], end);
  }
  assert.equal(button.captured, 3);
  held.length = 0;
  button.fire("keydown", { key: "Enter" });
  button.fire("keydown", { key: "x" });
  button.fire("keyup");
  assert.deepEqual(held, [true, false]);
  assert.ok(button.fire("contextmenu").prevented, "a long press opens no menu");
});

test("buttons follow what can be done, and what is in use", () => {
  const buttons = [actionButton(table, "fit"), actionButton(table, "tool", { role: "radio" })];
  refresh(table, buttons);
  assert.equal(buttons[0].getAttribute("aria-disabled"), "false");
  assert.equal(buttons[1].getAttribute("aria-checked"), "true");
  able = false;
  refresh(table, buttons);
  assert.equal(buttons[0].getAttribute("aria-disabled"), "true");
  assert.equal(buttons[1].getAttribute("aria-checked"), "false");
  assert.equal(buttons[1].getAttribute("aria-disabled"), null);
});
