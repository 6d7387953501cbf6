import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { StudioError } from "../../../../webapp/static/server/api.mjs";
import { Session } from "../../../../webapp/static/session/session.mjs";

let session, events, said, opened;

const state = (revision, ids = [], version = 0, picture = "p") => ({
  picture: picture && { id: picture, version },
  objects: ids.map((id) => ({ id, name: id.toUpperCase() })),
  model: "nano",
  revision,
  previous: null,
});

beforeEach(() => {
  [events, said, opened] = [[], [], 0];
  const on = Object.fromEntries(
    ["changed", "objects", "selection", "step"].map((name) => [name, () => events.push(name)]),
  );
  const workspace = {
    open: async () => {
      opened++;
      return state(0, [], 0, null);
    },
  };
  session = new Session(workspace, { say: (text) => said.push(text), fail: (error) => said.push(error.message) }, on);
});

test("a newer state is taken, an older one that was overtaken on the way is not", () => {
  session.apply(state(3, ["a"]));
  session.apply(state(2, []));
  assert.deepEqual(
    session.objects.map((object) => object.id),
    ["a"],
  );
});

test("only another version of the same photo is a step, and not where it is undo that goes there", () => {
  session.apply(state(1, [], 0));
  session.apply(state(2, ["a"], 1));
  session.apply(state(3, ["a"], 2), false);
  session.apply(state(4, [], 0, "q"));
  session.apply(state(5, [], 0, "q"));
  assert.equal(events.filter((name) => name === "step").length, 1);
});

test("what is selected goes with its object, and with the photo", () => {
  session.apply(state(1, ["a", "b"]));
  session.select("a", true);
  session.select("b", true);
  session.apply(state(2, ["b"]));
  assert.deepEqual([...session.selected], ["b"]);
  assert.deepEqual(session.chosen, [session.object("b")]);
  session.selectOnly([], "b");
  assert.deepEqual(session.ticked, []);
  assert.deepEqual(session.chosen, [session.object("b")], "nothing is selected: keys act on the current one");
  session.selectOnly(["b"], "b");
  session.begin(state(3, ["b"]));
  assert.deepEqual([[...session.selected], session.objects], [[], []]);
});

test("one after the other is selected, from either end, and past the last one none", () => {
  session.apply(state(1, ["a", "b"]));
  const went = [1, 1, 1, -1, -1].map((step) => session.selectNext(step)?.id ?? null);
  assert.deepEqual(went, ["a", "b", null, "a", null]);
  session.select("a", false);
  assert.equal(session.selectNext(-1).id, "b");
  assert.deepEqual([...session.selected], ["b"]);
});

test("a workspace that the server has closed is opened again, once", async () => {
  const gone = new StudioError("gone", 410);
  let tries = 0;
  const once = async () => {
    if (++tries === 1) throw gone;
    return "done";
  };
  assert.equal(await session.withWorkspace(once), "done");
  assert.equal(opened, 1);
  const never = async () => {
    throw gone;
  };
  await assert.rejects(session.withWorkspace(never), gone);
  await assert.rejects(session.withWorkspace(never, false), /Open the photo again/);
  const other = new StudioError("other", 400);
  await assert.rejects(
    session.withWorkspace(async () => {
      throw other;
    }),
    other,
  );
  assert.equal(opened, 3);
});

test("a failure is said, and reported to the caller", async () => {
  const fails = async () => {
    throw new Error("No.");
  };
  assert.deepEqual([await session.guard(async () => {}), await session.guard(fails)], [true, false]);
  assert.deepEqual(said, ["No."]);
});

test("what is asked for at once waits for the workspace, and a start that fails is said", async () => {
  session.start();
  assert.equal(await session.withWorkspace(async () => session.state.model), "nano");
  session.workspace = {
    open: async () => {
      throw new Error("The server does not answer.");
    },
  };
  session.start();
  await session.ready.catch(() => {});
  assert.deepEqual(said, ["The server does not answer."]);
});
