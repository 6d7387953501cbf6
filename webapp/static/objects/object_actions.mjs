/** What can be done with objects: keep a mask as one, change, refine, combine and delete them. */

import { toJSON } from "../prompts/prompts.mjs";

/** @typedef {{name?: string, color?: string, hidden?: boolean, locked?: boolean, place?: number}} Change */

export class ObjectActions {
  /**
   * @param {import("../session/studio.mjs").Studio} studio
   * @param {boolean} touch whether the main pointer is a finger
   */
  constructor(studio, touch) {
    this.studio = studio;
    this.touch = touch;
    this.keeping = false;
  }

  /**
   * Keeps the mask as an object; a hand that is faster than the decoder means that of its last click.
   * @returns {Promise<boolean>} whether it is kept
   */
  async keep() {
    const { session, mask, opening } = this.studio;
    if (mask.pending) {
      const asked = mask.prompts.state;
      await mask.decided;
      if (asked !== mask.prompts.state || mask.pending) return false;
    }
    if (!session.picture || !mask.present || this.keeping) return false;
    if (opening.here) return (await opening.onServer("Keeping objects")) && this.keep();
    this.keeping = true;
    const done = await session.guard(() => this.#keep());
    this.keeping = false;
    return done;
  }

  async #keep() {
    const { session, mask, kept, transport, status, labels } = this.studio;
    const { epoch, answer, choice, prompts } = mask;
    const { picture } = session;
    if (!picture || !answer) return;
    const { name, base } = prompts.state;
    // What a tool has found and named is of that class.
    const kind = name ? { label: name } : { class: labels.current };
    const said = { name, refines: base?.object, prompts: toJSON({ ...prompts.state, base: null }), ...kind };
    const state = await transport.keep(picture, answer, choice, said);
    if (epoch !== mask.epoch) return session.apply(await transport.state());
    await kept.load(state.objects); // so that the mask does not blink between the two
    // A selection says what tools act on: the new object joins it, but does not begin one. Keys act on the new one.
    if (session.selected.size) for (const id of state.added) session.selected.add(id);
    session.current = state.added[0] ?? session.current;
    if (!base) labels.kept();
    session.apply(state);
    prompts.show();
    const object = session.object(state.added[0]);
    if (object) status.say(`${object.name} kept. Click the next one, or export it.`);
  }

  /** @param {string} id @param {Change} change */
  async change(id, change) {
    const { session, transport } = this.studio;
    await session.guard(async () => session.apply(await transport.change(id, change)));
    session.on.changed();
  }

  /** The next clicks change this object. @param {string} id */
  async refine(id) {
    const { session, mask, transport, status } = this.studio;
    const object = session.object(id);
    if (!object) return;
    if (object.locked) return status.say(`${object.name} is locked. Unlock it in the list first.`);
    await session.guard(async () => {
      const { mask: key, points } = await transport.guide(id);
      mask.prompts.refine({ object: id, mask: key, points });
      const how = this.touch
        ? "tap what is missing, long-press what is too much. Keep keeps the change."
        : "click what is missing, right-click what is too much. Enter keeps the change.";
      status.say(`Refining ${object.name}: ${how}`);
    });
  }

  /**
   * By hand.
   * @param {string} id
   * @param {{kind: string, points?: number[][], radius?: number, pixels?: number}} change
   */
  edit(id, change) {
    const { steps, transport, session } = this.studio;
    // One after the other: each stroke is drawn on what the one before has left.
    return steps.queue(async () => this.#show(await transport.edit(session.picture?.id ?? "", id, change)));
  }

  /** The selected objects, from the top of the list. @param {"unite" | "subtract" | "intersect"} how */
  async combine(how) {
    const { session, transport, status } = this.studio;
    const ids = session.chosen.map((object) => object.id);
    await session.guard(async () => {
      await this.#show(await transport.combine(session.picture?.id ?? "", ids, how));
      status.say("Combined into the first of them. Ctrl+Z takes it back.");
    });
  }

  /** @param {string[]} ids */
  async remove(ids) {
    const { session, transport, status } = this.studio;
    for (const id of ids) {
      const object = session.object(id);
      if (!object) continue;
      const putBack = () => session.guard(async () => session.apply(await transport.putBack(id)));
      await session.guard(async () => {
        session.apply(await transport.remove(id));
        status.toast(`${object.name} deleted.`, { action: "Undo", run: putBack });
      });
    }
  }

  /** @param {import("../server/api.mjs").State} state */
  async #show(state) {
    await this.studio.kept.load(state.objects);
    this.studio.session.apply(state);
  }
}
