/** Files to the user's disk: from the server, or made here where the server does not have the photo. */

import { cutHere } from "./local_cut.mjs";

export class Saving {
  /** @param {import("../session/studio.mjs").Studio} studio */
  constructor(studio) {
    this.studio = studio;
  }

  /** The selected objects as one picture with transparency; without a selection every visible one. */
  async cutout() {
    const { studio } = this;
    if (!studio.session.picture) return;
    if (studio.opening.here) return this.#here(studio.opening.here);
    if ((studio.mask.present || studio.mask.pending) && !(await studio.objects.keep())) return;
    const { objects, picture } = studio.session;
    const { ticked } = studio.session;
    const taken = ticked.length ? ticked : objects.filter((object) => !object.hidden);
    if (!taken.length) return studio.status.say("There is nothing to cut out yet: click an object first.");
    const ids = taken.map((object) => object.id).join(",");
    await this.#save(`cutout.png?objects=${ids}`, `${stem(picture?.name ?? "")}-cutout.png`);
  }

  /** The photo as a tool has left it. */
  async photo() {
    await this.#save("photo.png", `${stem(this.studio.session.picture?.name ?? "")}-edited.png`);
  }

  /** @param {string} id */
  async mask(id) {
    const { objects, picture } = this.studio.session;
    const object = objects.find((one) => one.id === id);
    if (object) await this.#save(`objects/${id}/mask.png`, `${stem(picture?.name ?? "")}-${object.name}-mask.png`);
  }

  /** @param {import("./opening.mjs").LocalPhoto} here */
  async #here({ file, picture }) {
    const { studio } = this;
    if (!studio.mask.present || !studio.mask.answer)
      return studio.status.say("There is nothing to cut out yet: click an object.");
    const { answer, choice } = studio.mask;
    await this.#keep(() => cutHere(file, answer, choice, picture), `${stem(picture.name)}-cutout.png`);
  }

  /** @param {string} path @param {string} name */
  #save(path, name) {
    return this.#keep(() => this.studio.transport.file(path), name);
  }

  /** @param {() => Promise<Blob>} make @param {string} name */
  #keep(make, name) {
    return save(this.studio.status, make, name);
  }
}

/**
 * To the user's disk.
 * @param {import("../ui/status.mjs").Status} status @param {() => Promise<Blob>} make @param {string} name
 */
export async function save(status, make, name) {
  try {
    const url = URL.createObjectURL(await make());
    const link = Object.assign(document.createElement("a"), {
      href: url,
      download: name.replace(/[\\/:*?"<>|]+/g, "_"),
    });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    status.say(`Saved ${link.download}.`);
  } catch (error) {
    status.fail(error);
  }
}

/** A file's name without its ending. @param {string} name */
function stem(name) {
  return name.replace(/\.[^.]+$/, "") || "photo";
}
