import assert from "node:assert/strict";
import { before, test } from "node:test";

import { LayerStack } from "../../../../webapp/static/canvas/layers.mjs";
import { View } from "../../../../webapp/static/canvas/viewport.mjs";

/** A context that counts what is drawn on it, and notes where. */
function counting() {
  const drawn = [];
  const nothing = () => {};
  return {
    drawn,
    drawImage: (_, ...place) => drawn.push(place.map((value) => Math.round(value * 1e6) / 1e6)),
    ...{ setTransform: nothing, beginPath: nothing, rect: nothing, clip: nothing },
  };
}

let own;
before(() => {
  globalThis.document = { createElement: () => ({ getContext: () => (own = counting()) }) };
});

const raster = { canvas: {}, rect: { x0: 10, y0: 10, x1: 20, y1: 30 } };
const layersOf = (count) =>
  Array.from({ length: count }, (_, id) => ({ id: `${id}`, field: raster, color: "#000000", selected: false }));

function stage(count) {
  let asked = 0;
  const stack = new LayerStack(() => {
    asked++;
    return raster;
  });
  const view = new View();
  view.resize(200, 100);
  view.setImage(100, 50);
  const context = counting();
  let layers = layersOf(count);
  const draw = (how = {}) => stack.draw(context, view, { ratio: 2, look: "", moving: false, ...how }, layers);
  return { stack, view, context, draw, asked: () => asked, set: (next) => (layers = next), get: () => layers };
}

test("a frame while the view is moved costs the same, however many objects there are", () => {
  const costs = [5, 500].map((count) => {
    const { view, context, draw, asked } = stage(count);
    draw();
    assert.equal(asked(), count);
    context.drawn.length = 0;
    for (let frame = 0; frame < 30; frame++) {
      view.pan(1, 1);
      draw({ moving: true });
    }
    assert.equal(asked(), count, "no mask is looked at");
    return context.drawn.length;
  });
  assert.deepEqual(costs, [30, 30]);
});

test("what is drawn goes where it belongs, and is drawn anew where the view rests", () => {
  const { view, context, draw, asked } = stage(3);
  draw();
  assert.deepEqual(context.drawn.at(-1), [0, 0, 200, 100]);
  view.zoomAt(0, 0, 2);
  const { x, y } = view;
  draw({ moving: true });
  assert.deepEqual(context.drawn.at(-1).slice(2), [400, 200]);
  assert.equal(asked(), 3);
  draw();
  assert.equal(asked(), 6);
  assert.deepEqual(context.drawn.at(-1), [0, 0, 200, 100]);
  assert.deepEqual(own.drawn[0], [x + 10 * view.scale, y + 10 * view.scale, 10 * view.scale, 20 * view.scale]);
});

test("what was drawn in part is drawn again in the next frame", () => {
  const { stack, draw, asked } = stage(4);
  draw();
  stack.forget();
  draw();
  assert.equal(asked(), 8);
  draw();
  assert.equal(asked(), 8);
});

test("a new list of the same objects changes nothing; another colour, look or object does", () => {
  const { draw, asked, set } = stage(2);
  draw();
  set(layersOf(2));
  draw();
  assert.equal(asked(), 2);
  set([...layersOf(1), { ...layersOf(2)[1], color: "#ffffff" }]);
  draw();
  assert.equal(asked(), 4);
  draw({ look: "bold" });
  assert.equal(asked(), 6);
  set(layersOf(3));
  draw({ look: "bold", moving: true });
  assert.equal(asked(), 9, "even on the way");
  set([]);
  draw();
  assert.equal(asked(), 9);
});
