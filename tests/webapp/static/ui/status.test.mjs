import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { install } from "../fake_dom.mjs";

install();
const { Status } = await import("../../../../webapp/static/ui/status.mjs");

let status;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  status = new Status();
});
afterEach(() => mock.timers.reset());

const toasts = () => status.toasts.children.map((toast) => toast.children[0].textContent);

test("what is said is seen and read aloud; an announcement is only read aloud", () => {
  status.say("Reading …", "busy");
  assert.deepEqual(
    [status.message.textContent, status.live.textContent, status.line.dataset.kind],
    ["Reading …", "Reading …", "busy"],
  );
  status.announce("Masks hidden.");
  assert.deepEqual([status.message.textContent, status.live.textContent], ["Reading …", "Masks hidden."]);
});

test("times stand side by side, and null takes one away", () => {
  status.time({ encode: "encoded in 9 ms", where: "in this page" });
  status.time({ click: "9 ms" });
  assert.equal(status.times.textContent, "encoded in 9 ms · 9 ms · in this page");
  status.time({ encode: null });
  assert.equal(status.times.title, "9 ms · in this page");
});

test("a toast goes by itself, one that can be answered later, and none while it is pointed at", () => {
  status.toast("Kept.");
  status.toast("Deleted.", { action: "Undo" });
  mock.timers.tick(7001);
  assert.deepEqual(toasts(), ["Deleted."]);
  status.toasts.children[0].fire("pointerenter");
  mock.timers.tick(60_000);
  assert.deepEqual(toasts(), ["Deleted."]);
  status.toasts.children[0].fire("pointerleave");
  mock.timers.tick(20_001);
  assert.deepEqual(toasts(), []);
});

test("its action runs once and closes it; of many toasts three stay", () => {
  const ran = [];
  status.toast("Deleted.", { action: "Undo", run: () => ran.push("undo") });
  status.toasts.children[0].querySelector(".ss-toast-action").click();
  assert.deepEqual([ran, toasts()], [["undo"], []]);
  for (const text of ["a", "b", "c", "d"]) status.toast(text);
  assert.deepEqual(toasts(), ["b", "c", "d"]);
  status.toast("e")();
  assert.deepEqual(toasts(), ["c", "d"]);
});

test("what is said while a dialog is open is said in it, and comes back with its end", () => {
  const frame = document.createElement("div");
  const dialog = document.createElement("dialog");
  document.body.append(frame, dialog);
  frame.append(status.toasts);
  status.toast("Before.");
  dialog.showModal();
  dialog.fire("toggle");
  assert.equal(status.toasts.parentElement, dialog, "a toast that is there already");
  status.toast("Meanwhile.");
  assert.deepEqual(toasts(), ["Before.", "Meanwhile."]);
  dialog.close();
  dialog.fire("close");
  assert.equal(status.toasts.parentElement, frame);
  dialog.showModal();
  status.toast("Where opening is told nobody.");
  assert.equal(status.toasts.parentElement, dialog);
  dialog.close();
  dialog.remove();
  frame.remove();
});

test("a failure is a sentence; what is no error of ours is not shown as it is", () => {
  status.fail(new Error("There is no photo."));
  assert.equal(status.message.textContent, "There is no photo.");
  assert.equal(status.line.dataset.kind, "error");
  const log = mock.method(console, "error", () => {});
  status.fail(new TypeError("x is undefined"));
  assert.match(status.message.textContent, /^Something went wrong in the page/);
  assert.equal(log.mock.callCount(), 1);
});
