import assert from "node:assert/strict";
import { test } from "node:test";

import { pack, unpack, unpackArrays } from "../../../../webapp/static/server/frame.mjs";

test("what is packed is unpacked again, with its files behind", async () => {
  const blob = pack({ name: "Käse", sizes: [3, 0, 2] }, [new Blob(["abc"]), new Blob(), new Blob(["de"])]);
  const { header, at, buffer } = unpack(await blob.arrayBuffer());
  assert.deepEqual(header, { name: "Käse", sizes: [3, 0, 2] });
  assert.equal(new TextDecoder().decode(buffer.slice(at)), "abcde");
});

test("half floats are cut to the arrays that the header lists", async () => {
  const listed = [
    { name: "image", shape: [2, 2] },
    { name: "high", shape: [3] },
  ];
  const blob = pack({ arrays: listed, weights: "w" }, [new Blob([new Uint16Array([1, 2, 3, 4, 5, 6, 7])])]);
  const { header, arrays } = unpackArrays(await blob.arrayBuffer());
  assert.equal(header.weights, "w");
  assert.deepEqual(
    arrays.map(({ name, shape, data }) => [name, shape, [...data]]),
    [
      ["image", [2, 2], [1, 2, 3, 4]],
      ["high", [3], [5, 6, 7]],
    ],
  );
});
