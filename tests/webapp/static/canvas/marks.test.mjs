import assert from "node:assert/strict";
import { test } from "node:test";

import { drawMarks, inkOn, shorten } from "../../../../webapp/static/canvas/marks.mjs";
import { View } from "../../../../webapp/static/canvas/viewport.mjs";

/** What a canvas is asked to do. */
class Recorder {
  calls = [];
  save() {}
  restore() {}
  measureText(text) {
    return { width: 7 * text.length };
  }
  strokeRect(...rect) {
    this.calls.push(["box", this.strokeStyle, ...rect]);
  }
  fillRect(...rect) {
    this.calls.push(["chip", this.fillStyle, ...rect]);
  }
  fillText(text) {
    this.calls.push(["text", this.fillStyle, text]);
  }
}

function draw(marks) {
  const view = new View();
  view.resize(800, 440);
  view.setImage(400, 200);
  const context = new Recorder();
  drawMarks(context, view, marks);
  return context.calls;
}

const mark = (box, label = "window", color = "#E69F00") => ({ box, label, color });

test("a box is drawn where it is on the screen, in its colour, with its label above", () => {
  const calls = draw([mark([100, 100, 300, 200])]);
  const outline = calls.find(([kind, color]) => kind === "box" && color === "#E69F00");
  const [, , x, y, width, height] = outline;
  const scale = width / 200;
  assert.ok(Math.abs(height - 100 * scale) <= 1);
  const chip = calls.find(([kind]) => kind === "chip");
  assert.equal(chip[3] + chip[5], y);
  assert.ok(chip[2] <= x);
  assert.deepEqual(calls.at(-1), ["text", "#000", "window"]);
});

test("a label that has no room above its box is inside it", () => {
  const calls = draw([mark([100, 0, 300, 200])]);
  const y = calls.find(([kind]) => kind === "box")[3];
  assert.equal(calls.find(([kind]) => kind === "chip")[3], y);
});

const texts = (calls) => calls.filter(([kind]) => kind === "text").map((call) => call[2]);

test("the best lies on top and has its label; one that would cover another's is left out", () => {
  const calls = draw([
    mark([100, 50, 300, 150], "best", "#0072B2"),
    mark([110, 50, 290, 140], "next"),
    mark([100, 150, 300, 200], "below"),
  ]);
  assert.deepEqual(texts(calls), ["best", "below"]);
  assert.equal(calls.filter(([kind]) => kind === "box").at(-1)[1], "#0072B2");
});

test("small and nameless boxes have no label, and of many of one kind only some", () => {
  assert.deepEqual(texts(draw([mark([10, 10, 12, 12]), mark([100, 50, 300, 150], "")])), []);
  const many = Array.from({ length: 30 }, (_, k) =>
    mark([(k % 5) * 80, Math.floor(k / 5) * 30 + 20, (k % 5) * 80 + 60, Math.floor(k / 5) * 30 + 40], "a"),
  );
  const drawn = draw(many);
  assert.equal(texts(drawn).length, 6);
  assert.equal(drawn.filter(([kind]) => kind === "box").length, 60);
  assert.deepEqual(draw([]), []);
});

test("labels are readable on every colour and cut by letters, not by halves of them", () => {
  assert.deepEqual(["#F0E442", "#56B4E9", "#000000", "#0F2A5F"].map(inkOn), ["#000", "#000", "#fff", "#fff"]);
  assert.equal(shorten("cat"), "cat");
  assert.equal([...shorten("🐶".repeat(40))].length, 28);
});
