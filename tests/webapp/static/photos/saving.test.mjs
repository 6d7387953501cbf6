import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { install } from "../fake_dom.mjs";

install();
const { save } = await import("../../../../webapp/static/photos/saving.mjs");

let said, links;
const status = { say: (text) => said.push(text), fail: (error) => said.push(`! ${error.message}`) };

beforeEach(() => {
  [said, links] = [[], []];
  URL.createObjectURL = () => "blob:1";
  URL.revokeObjectURL = () => {};
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  document.createElement = (tag) => ({
    tag,
    click() {
      links.push(this.download);
    },
    remove() {},
  });
  document.body.append = () => {};
});

test("names that a disk does not take are changed", async () => {
  assert.equal(await save(status, async () => new Blob(["x"]), "A/B: jar-mask.png"), true);
  assert.deepEqual([links, said], [["A_B_ jar-mask.png"], ["Saved A_B_ jar-mask.png."]]);
});

test("a failure is said, and nothing is saved", async () => {
  const make = async () => {
    throw new Error("The server does not answer.");
  };
  assert.equal(await save(status, make, "a.png"), false);
  assert.deepEqual([links, said], [[], ["! The server does not answer."]]);
});
