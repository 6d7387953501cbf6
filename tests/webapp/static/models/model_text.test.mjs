import assert from "node:assert/strict";
import { test } from "node:test";

import {
  facts,
  isFree,
  lacks,
  packagesText,
  progress,
  Rate,
  share,
  size,
  time,
} from "../../../../webapp/static/models/model_text.mjs";

const ROW = {
  name: "tiny",
  title: "Tiny",
  note: "",
  licence: "MIT",
  warning: "",
  gated: false,
  offered: true,
  tasks: ["segment"],
  needs: [],
  bytes: 156e6,
  place: "",
  ready: false,
  begun: 0,
  page: "",
  command: "",
  instead: "",
  seconds: null,
  loaded: false,
  job: null,
};
const JOB = {
  kind: "download",
  here: 0,
  total: 0,
  state: "running",
  error: "",
  unreachable: false,
  mine: true,
  others: 0,
  stopping: false,
};

test("sizes and times as people say them", () => {
  assert.deepEqual([0, 400, 640_000, 41.4e6, 999.6e6, 2.565e9].map(size), [
    "0 MB",
    "0.0 MB",
    "0.6 MB",
    "41 MB",
    "1.0 GB",
    "2.6 GB",
  ]);
  assert.deepEqual([0.0852, 0.999, 1.9, 12.4, 59.8, 75, 120].map(time), [
    "85 ms",
    "1.0 s",
    "1.9 s",
    "12 s",
    "1 min",
    "1 min 15 s",
    "2 min",
  ]);
});

test("what is said of a model", () => {
  for (const [change, expected] of [
    [{}, "156 MB to download"],
    [{ begun: 45e6 }, "45 MB of 156 MB are here"],
    [{ offered: false }, "156 MB"],
    [
      { place: "embedded", seconds: 0.02, loaded: true },
      "Part of the app · 156 MB · encodes a photo in 20 ms here · in memory",
    ],
    [{ place: "folder", bytes: 0 }, "In your own folder"],
    [{ place: "cached", seconds: 1.9 }, "In the hub's cache · 156 MB · encodes a photo in 1.9 s here"],
  ])
    assert.equal(facts({ ...ROW, ...change }), expected);
  assert.equal(lacks(ROW), "");
  assert.equal(lacks({ ...ROW, needs: ["torch", "transformers"] }), "Needs torch and transformers, not installed yet.");
  assert.deepEqual(
    ["MIT", "", "AGPL-3.0-only", "CC-BY-NC-4.0"].map((licence) => isFree({ ...ROW, licence })),
    [true, true, false, false],
  );
});

test("progress", () => {
  for (const [change, rate, expected] of [
    [{}, 0, "Asking the hub …"],
    [{ here: 45e6, total: 156e6 }, 0, "45 MB of 156 MB · 28 %"],
    [
      { here: 45e6, total: 156e6, others: 1 },
      3.2e6,
      "45 MB of 156 MB · 28 % · 3 MB/s · 35 s left · shared with another visitor",
    ],
    [{ state: "waiting" }, 0, "Waits for its turn …"],
    [{ stopping: true, here: 1, total: 2 }, 9, "Stopping …"],
    [{ kind: "measure" }, 0, "Measuring …"],
  ])
    assert.equal(progress({ ...JOB, ...change }, rate), expected);
  assert.equal(share(JOB), null);
  assert.equal(share({ ...JOB, here: 1, total: 4 }), 0.25);
  assert.equal(share({ ...JOB, kind: "measure", total: 4 }), null);
});

test("a rate is of the last seconds, and starts anew with another try", () => {
  const rate = new Rate();
  assert.equal(rate.add(0, 0), 0);
  assert.equal(rate.add(1e6, 1000), 1e6);
  for (let second = 2; second <= 10; second++) rate.add(1e6 + (second - 1) * 3e6, second * 1000);
  assert.equal(rate.add(31e6, 11_000), 3e6);
  assert.equal(rate.add(10e6, 11_500), 0);
});

const BOTH = { missing: ["torch", "transformers"], command: "make models", job: null };
const INSTALLING = {
  kind: "install",
  here: 0,
  total: 0,
  state: /** @type {"running"} */ ("running"),
  note: "Downloading torch (196 MB)",
  error: "",
  unreachable: false,
  mine: true,
  others: 0,
  stopping: false,
};

test("what is missing is said with what it costs, to the owner alone", () => {
  assert.match(
    packagesText(BOTH),
    /^PyTorch and transformers are not installed yet\. .* need them, 0\.3 to 3 GB to download\.$/,
  );
  assert.match(packagesText({ ...BOTH, missing: ["transformers"], command: "" }), /^transformers is not .* need it\.$/);
});

test("an installation says where it is, and why it failed", () => {
  assert.equal(
    packagesText({ ...BOTH, job: INSTALLING }),
    "Installing PyTorch and transformers: Downloading torch (196 MB)",
  );
  assert.equal(
    packagesText({ ...BOTH, job: { ...INSTALLING, note: "" } }),
    "Installing PyTorch and transformers: starting",
  );
  assert.equal(
    packagesText({ missing: [], command: "", job: { ...INSTALLING, note: "" } }),
    "Installing packages: starting",
  );
  assert.equal(packagesText({ ...BOTH, job: { ...INSTALLING, stopping: true } }), "Stopping …");
  assert.equal(packagesText({ ...BOTH, job: { ...INSTALLING, state: "failed", error: "No room." } }), "No room.");
});
