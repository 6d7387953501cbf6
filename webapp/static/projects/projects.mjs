/**
 * Project files: all that is open into one, and one onto the stage.
 *
 * @typedef {{file: Blob, photo: string, count: number, picture: string}} Opened a project of several photos: its file,
 *   which of them is on the stage, and under which id
 */

import { bitmapOf } from "../canvas/bitmap.mjs";
import { save } from "../photos/saving.mjs";
import { pack } from "../server/frame.mjs";

const PROJECT = /\.samstudio$/i;

/** @param {{name?: string}} file */
export const isProject = (file) => PROJECT.test(file.name ?? "");

export class Projects {
  /** @param {import("../session/studio.mjs").Studio} studio */
  constructor(studio) {
    this.studio = studio;
    /** @type {Opened | null} */
    this.opened = null;
  }

  /** Puts a project's photo on the stage, with all that belongs to it. @param {File} file */
  async open(file) {
    const { studio } = this;
    const { session, opening, transport, status, mask } = studio;
    if (opening.private) {
      status.toast("Projects are opened by the server. Turn Private off first.");
      return;
    }
    const turn = ++opening.turn;
    session.setBusy(true, `Opening ${file.name} …`);
    try {
      const state = await session.withWorkspace(() => transport.call("POST", "project/open", file));
      if (turn !== opening.turn) return; // another photo was opened meanwhile
      const bitmap = await bitmapOf(transport, state.picture, null);
      if (turn !== opening.turn) return;
      const { photo, count, prompts, selected, notes } = state.project;
      this.opened = count > 1 ? { file, photo, count, picture: state.picture.id } : null;
      opening.here = null;
      opening.show(state, bitmap);
      session.selected = new Set(selected.filter((/** @type {string} */ id) => session.object(id)));
      if (prompts.points) mask.prompts.show({ ...prompts, base: null });
      session.on.selection();
      session.on.changed();
      status.say(told(file.name, state.objects.length, count, state.picture.name));
      if (notes.length) status.toast(notes.slice(0, 3).join(" "));
    } catch (error) {
      if (turn === opening.turn) status.fail(error);
    } finally {
      if (turn === opening.turn) session.setBusy(false);
    }
  }

  /** To the user's disk. @returns {Promise<boolean>} whether it is there */
  async save() {
    const { session, opening, status } = this.studio;
    if (!session.picture) {
      status.say("Open a photo first.");
      return false;
    }
    if (!(await opening.onServer("Saving a project"))) return false;
    return save(status, () => this.#make(), `${session.picture.name.replace(/\.[^.]+$/, "") || "photo"}.samstudio`);
  }

  /** @returns {Promise<Blob>} */
  async #make() {
    const { session, opening, transport, mask } = this.studio;
    const picture = /** @type {import("../server/api.mjs").Picture} */ (session.picture);
    const { file, example } = opening.origins.get(picture.id) ?? { file: null, example: "" };
    const { points, box } = mask.prompts.state;
    // A tool may have put another picture in the place of the project's photo.
    const before = this.opened && this.#follows(this.opened.picture) ? this.opened : null;
    const parts = [file ?? new Blob(), before?.file ?? new Blob(), new Blob()];
    const made = await transport.file(
      "project/save",
      pack(
        {
          picture: picture.id,
          photo: before?.photo ?? "",
          example,
          prompts: mask.prompts.empty || mask.refined ? {} : { points, box },
          selected: [...session.selected],
          sizes: parts.map((part) => part.size),
        },
        parts,
      ),
    );
    if (before) this.opened = { ...before, file: made, picture: picture.id };
    return made;
  }

  /** Whether what is on the stage is that picture, or was made of it. @param {string} picture */
  #follows(picture) {
    const { session, steps } = this.studio;
    return session.picture?.id === picture || steps.history.has(picture);
  }
}

/** @param {string} file @param {number} objects @param {number} photos @param {string} name of the photo */
export function told(file, objects, photos, name) {
  const found = `${objects} object${objects === 1 ? "" : "s"}`;
  if (photos < 2) return `${file} is open: ${found}.`;
  return `${file} is open at ${name}: ${found}. Its other ${photos - 1} photos stay in the file when you save.`;
}
