import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { fieldOfMask } from "../../../../webapp/static/canvas/overlay.mjs";
import {
  changedBox,
  count,
  edgeAt,
  fill,
  follow,
  inserted,
  moved,
  removed,
  vertexAt,
} from "../../../../webapp/static/outlines/geometry.mjs";

/** Made by the server's own rule; without them the tests below say what they can. */
const CASES = process.env.OUTLINE_CASES ? JSON.parse(readFileSync(process.env.OUTLINE_CASES, "utf8")) : [];
const square = [
  [2, 2],
  [6, 2],
  [6, 6],
  [2, 6],
];
const hole = [
  [3, 3],
  [5, 3],
  [5, 5],
  [3, 5],
];

const places = (inside) => [...inside].flatMap((value, i) => (value ? [i] : []));

/** Places in the whole image at which a field is inside. */
function placesOf({ data, width, height, bx, by }, [rows, columns]) {
  const found = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const column = x - bx - 0.5,
        row = y - by - 0.5;
      if (data[y * width + x] > 127 && column >= 0 && row >= 0 && column < columns && row < rows)
        found.push(row * columns + column);
    }
  return found.sort((a, b) => a - b);
}

test("the server's masks, pixel for pixel", () => {
  for (const { size, box, mask, before, after, filled, expected } of CASES) {
    assert.deepEqual(places(fill(after, 0, 0, size[1], size[0])), filled);
    const data = Uint8Array.from(mask.flat(), (value) => value * 255);
    const base = fieldOfMask(data, box[2] - box[0], box[3] - box[1], box);
    const field = follow(base, box, before, after, { width: size[1], height: size[0] });
    assert.deepEqual(placesOf(field, size), expected);
  }
  if (process.env.OUTLINE_CASES) assert.ok(CASES.length > 20);
});

test("holes are outside, and a window is a part of the whole", () => {
  const inside = fill([square, hole], 0, 0, 8, 8);
  assert.equal(places(inside).length, 16 - 4);
  const part = fill([square, hole], 4, 4, 4, 3);
  for (let y = 0; y < 3; y++) for (let x = 0; x < 4; x++) assert.equal(part[4 * y + x], inside[8 * (y + 4) + x + 4]);
});

test("only the neighbourhood of what was moved can change", () => {
  assert.equal(changedBox([square, hole], [square, hole]), null);
  const after = moved([square, hole], { ring: 1, index: 0 }, [1, 3]);
  assert.deepEqual(changedBox([square, hole], after), [1, 3, 5, 5]);
  assert.deepEqual(changedBox([square, hole], [square]), [3, 3, 5, 5]);
});

test("a mask of fewer cells than pixels follows as well, and nothing is changed in place", () => {
  const data = new Uint8Array(16).fill(255);
  const base = fieldOfMask(data, 4, 4, [0, 0, 8, 8]);
  const rings = [
    [
      [0, 0],
      [8, 0],
      [8, 8],
      [0, 8],
    ],
  ];
  const field = follow(base, [0, 0, 8, 8], rings, moved(rings, { ring: 0, index: 1 }, [16, 0]), {
    width: 20,
    height: 20,
  });
  assert.deepEqual([field.width, field.height], [8, 4]);
  const cells = [
    [0, 0],
    [8, 0],
    [4, 4],
    [0, 4],
  ];
  assert.deepEqual(places(field.data), places(fill([cells], 0, 0, 8, 4)));
  assert.equal(base.width, 4);
  assert.equal(follow(base, [0, 0, 8, 8], rings, rings, { width: 20, height: 20 }), base);
});

test("vertices and edges are found within reach, the nearest first", () => {
  assert.deepEqual(vertexAt([square, hole], [3.2, 2.9], 2), { ring: 1, index: 0 });
  assert.equal(vertexAt([square, hole], [10, 10], 2), null);
  assert.deepEqual(edgeAt([square, hole], [4, 1], 1.5), { ring: 0, index: 0 });
  assert.deepEqual(edgeAt([square], [2, 4], 1), { ring: 0, index: 3 });
  assert.equal(edgeAt([square], [4, 4], 1), null);
});

test("a vertex more, a vertex less, and an outline that goes with its third", () => {
  const more = inserted([square], { ring: 0, index: 3 }, [1, 4]);
  assert.equal(count(more), 5);
  assert.deepEqual(more[0][4], [1, 4]);
  assert.equal(count(removed(more, { ring: 0, index: 4 })), 4);
  const three = [square.slice(0, 3)];
  assert.equal(removed(three, { ring: 0, index: 0 }), three);
  assert.deepEqual(removed([square, three[0]], { ring: 1, index: 0 }), [square]);
  assert.equal(square.length, 4);
});
