import assert from "node:assert/strict";
import { test } from "node:test";

import { ago, offered, thumbOf, worthKeeping } from "../../../../webapp/static/recovery/recents.mjs";

const rows = [{ id: "p" }];

test("closed sessions with a photo are offered, not this one, open ones and private ones", () => {
  const all = ["a", "b", "c"].map((id) => ({ id, rows, saved: 0, bytes: 0 }));
  const found = offered([...all, { id: "d", rows: [], saved: 0, bytes: 0 }], new Set(["b"]), "a");
  assert.deepEqual(
    found.map(({ id }) => id),
    ["c"],
  );
  assert.equal(
    offered(
      Array.from({ length: 20 }, (_, i) => ({ ...all[0], id: `${i}` })),
      new Set(),
      "a",
    ).length,
    6,
  );
});

test("a photo that nothing was done to is not kept", () => {
  assert.ok(!worthKeeping({ count: 0 }, rows));
  assert.ok(worthKeeping({ count: 2 }, rows));
  assert.ok(worthKeeping({ count: 0 }, [{ revised: true }]));
});

test("when it was, in words", () => {
  const hour = 3_600_000;
  assert.deepEqual(
    [0, hour / 2, hour, 5 * hour, 25 * hour, 72 * hour].map((ms) => ago(1e12, 1e12 + ms)),
    ["just now", "30 min ago", "1 hour ago", "5 hours ago", "yesterday", "3 days ago"],
  );
  assert.equal(thumbOf(undefined), "");
});
