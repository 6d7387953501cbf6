import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Cross } from "../../../../webapp/static/canvas/cross.mjs";
import { View } from "../../../../webapp/static/canvas/viewport.mjs";

let cross, surface, studio, adjusting, points, said;

beforeEach(() => {
  [points, said] = [[], []];
  const view = new View();
  view.resize(200, 200);
  view.setImage(100, 100); // twice its size on the stage
  surface = { view, cursor: null, redraw() {} };
  studio = {
    session: { picture: {} },
    status: { announce: (text) => said.push(text) },
    mask: { addPoint: (...given) => points.push(given) },
  };
  adjusting = { nudge: () => false };
  cross = new Cross(surface, studio, adjusting);
});

test("it begins in the middle, moves by pixels of the screen, and stays in the photo", () => {
  cross.move(1, 0, false);
  assert.deepEqual(surface.cursor, { x: 50 + 8 / surface.view.scale, y: 50 });
  for (let i = 0; i < 9; i++) cross.move(0, 1, true);
  assert.equal(surface.cursor.y, 100);
  assert.match(said.at(-1), /^\d+, 100$/);
});

test("a click where it is, and none before it is anywhere", () => {
  cross.point(1);
  cross.move(0, 0, false);
  cross.point(0);
  assert.deepEqual(points, [[50, 50, 0]]);
});

test("a box that is held takes the keys; without a photo nothing does", () => {
  adjusting.nudge = () => true;
  cross.move(1, 0, false);
  adjusting.nudge = () => assert.fail("there is no photo");
  studio.session.picture = null;
  cross.move(1, 0, false);
  assert.equal(surface.cursor, null);
});
