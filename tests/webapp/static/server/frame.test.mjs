import assert from "node:assert/strict";
import { test } from "node:test";

import { pack, unpack } from "../../../../webapp/static/server/frame.mjs";

test("what is packed is unpacked again, with its files behind", async () => {
  const blob = pack({ name: "Käse", sizes: [3, 0, 2] }, [new Blob(["abc"]), new Blob(), new Blob(["de"])]);
  const { header, at, buffer } = unpack(await blob.arrayBuffer());
  assert.deepEqual(header, { name: "Käse", sizes: [3, 0, 2] });
  assert.equal(new TextDecoder().decode(buffer.slice(at)), "abcde");
});
