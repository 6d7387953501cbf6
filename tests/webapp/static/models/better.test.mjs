import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { install } from "../fake_dom.mjs";

install();
const stored = new Map();
globalThis.localStorage = {
  getItem: (key) => stored.get(key) ?? null,
  setItem: (key, value) => stored.set(key, value),
};
const { Better, better, offer } = await import("../../../../webapp/static/models/better.mjs");

const row = (name, more) => ({
  name,
  title: name,
  tasks: ["segment"],
  offered: true,
  place: "",
  ready: false,
  needs: [],
  bytes: 4e7,
  expected: null,
  job: null,
  ...more,
});
const panel = (more, ...rows) => ({
  models: [row("nano", { ready: true, place: "embedded" }), ...rows],
  allowed: true,
  offline: "",
  ...more,
});
const both = [row("mobile-sam"), row("sam2.1-tiny")];
let asked;
let card;

beforeEach(() => {
  stored.clear();
  asked = [];
  const note =
    (name) =>
    (...given) =>
      asked.push([name, ...given]);
  card = new Better({ act: note("act"), use: note("use"), current: () => "nano", show: note("show") });
});

test("offered where it can be had, is not here, and nothing better is in use", () => {
  const names = (...given) => better(...given).map((one) => one.name);
  assert.deepEqual(names(panel({}, ...both), "nano"), ["mobile-sam", "sam2.1-tiny"]);
  assert.deepEqual(names(panel({}, ...both), "edgetam"), []);
  assert.deepEqual(names(panel({ allowed: false }, ...both), "nano"), []);
  assert.deepEqual(names(panel({ offline: "settings" }, ...both), "nano"), []);
  assert.deepEqual(names(panel({}, ...both, row("edgetam", { ready: true })), "nano"), []);
  assert.deepEqual(names(panel({}, row("mobile-sam", { offered: false }), both[1]), "nano"), ["sam2.1-tiny"]);
});

test("with its size, and its time where that can be told", () => {
  assert.equal(offer(row("MobileSAM", { bytes: 40728226 })), "MobileSAM: 41 MB");
  assert.equal(offer(row("Tiny", { expected: 2.34 })), "Tiny: 40 MB, about 2.3 s a photo on this machine");
});

test("said once", () => {
  card.update(panel({}, ...both));
  assert.equal(card.node.hidden, false);
  assert.equal(stored.get("sam-studio-better"), "told");
  assert.equal(new Better({}).open, false);
  const next = new Better({ current: () => "nano" });
  next.update(panel({}, ...both));
  assert.equal(next.node.hidden, true);
});

test("without PyTorch it says how to add it", () => {
  card.update(panel({}, row("mobile-sam", { needs: ["torch"] })));
  const buttons = card.node.children.at(-1).children;
  assert.equal(buttons[0].textContent, "How to add it");
  buttons[0].fire("click");
  assert.deepEqual(asked, [["show"]]);
});
