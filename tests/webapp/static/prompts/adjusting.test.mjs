import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { View } from "../../../../webapp/static/canvas/viewport.mjs";
import { Adjusting } from "../../../../webapp/static/prompts/adjusting.mjs";
import { Prompts } from "../../../../webapp/static/prompts/prompts.mjs";

let steps, told, adjusting, prompts, surface;

beforeEach(() => {
  [steps, told] = [[], []];
  const view = new View();
  view.resize(200, 200);
  view.setImage(100, 100); // twice its size on the stage
  surface = { view, grip: null, canvas: { style: {} }, redraw() {} };
  prompts = new Prompts((before) => steps.push(before));
  adjusting = new Adjusting({ mask: { prompts }, status: { say: (text) => told.push(text) } }, surface);
});

const at = (x, y) => surface.view.toStage(x, y);
const begin = (x, y, kind = "mouse") => adjusting.begin(at(x, y).x, at(x, y).y, kind);

test("the box in hand follows an edge, as one step", () => {
  prompts.replace({ points: [{ x: 30, y: 30, label: 1 }], box: [10, 10, 50, 50], name: "Tom" });
  const before = prompts.state;
  assert.ok(!begin(30, 30), "its middle is for clicks");
  assert.ok(begin(50, 30));
  adjusting.move(5, 5, false);
  assert.deepEqual(prompts.state.box, [10, 10, 55, 50]);
  adjusting.move(20, 5, true);
  assert.deepEqual(prompts.state.box, [10, 10, 70, 50]);
  assert.deepEqual([prompts.state.name, prompts.state.points.length], ["Tom", 1]);
  assert.deepEqual(steps.filter((step) => step !== null).slice(1), [before], "undo goes back to before the drag");
});

test("a drag that is stopped leaves all as it was", () => {
  prompts.replace({ points: [], box: [20, 20, 60, 60] });
  const before = steps.length;
  begin(40, 21);
  adjusting.move(0, -10, false);
  adjusting.cancel();
  assert.deepEqual(prompts.state.box, [20, 20, 60, 60]);
  assert.ok(
    steps.slice(before).every((step) => step === null),
    "no step",
  );
  adjusting.move(5, 5, true);
  assert.deepEqual(prompts.state.box, [20, 20, 60, 60]);
});

test("a finger reaches further than a mouse", () => {
  prompts.replace({ points: [], box: [20, 20, 60, 60] });
  assert.ok(!begin(40, 14));
  assert.ok(begin(40, 14, "touch"));
});

test("the pointer says what it would take", () => {
  prompts.replace({ points: [], box: [20, 20, 60, 60] });
  const { x, y } = at(20, 20);
  assert.ok(adjusting.hover(x, y));
  assert.equal(surface.canvas.style.cursor, "nwse-resize");
  assert.ok(!adjusting.hover(0, 0));
  assert.equal(surface.canvas.style.cursor, "");
});

test("arrow keys move what G has hold of, as one step, until they are let go", () => {
  adjusting.next();
  assert.match(told.at(-1), /There is no box/);
  assert.ok(!adjusting.nudge(1, 0));
  prompts.replace({ points: [], box: [10, 10, 50, 50] });
  const before = prompts.state;
  assert.ok(!adjusting.nudge(1, 0), "the cross moves");
  adjusting.next();
  assert.match(told.at(-1), /top left corner/);
  assert.ok(adjusting.nudge(4, 0));
  assert.ok(adjusting.nudge(0, 2));
  assert.deepEqual(prompts.state.box, [14, 12, 50, 50]);
  adjusting.next();
  adjusting.nudge(10, 10);
  adjusting.next();
  adjusting.nudge(-4, 0);
  assert.deepEqual(prompts.state.box, [10, 12, 56, 60]);
  assert.deepEqual(steps.filter((step) => step !== null).length, 4);
  assert.deepEqual(steps.filter((step) => step !== null)[1], before);
  assert.ok(adjusting.letGo());
  assert.ok(!adjusting.letGo());
  assert.ok(!adjusting.nudge(1, 0));
});
