/** What would be exported, on a checkerboard: the whole of it, and a piece of its outline enlarged. */

import { h } from "../ui/dom.mjs";

export class Preview {
  /** @param {(path: string) => Promise<Blob>} load */
  constructor(load) {
    this.load = load;
    this.whole = /** @type {HTMLImageElement} */ (h("img", { alt: "Preview", class: "ss-export-whole" }));
    this.edge = /** @type {HTMLImageElement} */ (h("img", { alt: "The edge, enlarged", class: "ss-export-edge" }));
    this.wrong = h("p", { class: "ss-wrong", role: "alert" });
    this.node = h("div", { class: "ss-export-preview" }, this.whole, this.edge, this.wrong);
    this.clear();
  }

  /** @param {string} whole @param {string} edge paths; "" for none @param {() => boolean} current */
  async show(whole, edge, current) {
    this.node.setAttribute("aria-busy", "true");
    try {
      const parts = await Promise.all([this.load(whole), edge ? this.load(edge) : null]);
      if (!current()) return;
      this.#put(this.whole, parts[0]);
      this.#put(this.edge, parts[1]);
      this.wrong.textContent = "";
    } catch (error) {
      if (!current()) return;
      this.wrong.textContent = error instanceof Error ? error.message : String(error);
    }
    this.node.removeAttribute("aria-busy");
  }

  /** Made in the page. @param {Blob} whole @param {() => boolean} current */
  local(whole, current) {
    if (!current()) return;
    this.#put(this.whole, whole);
    this.#put(this.edge, null);
  }

  clear() {
    this.#put(this.whole, null);
    this.#put(this.edge, null);
    this.wrong.textContent = "";
    this.node.removeAttribute("aria-busy");
  }

  /** @param {HTMLImageElement} image @param {Blob | null} file */
  #put(image, file) {
    if (image.src) URL.revokeObjectURL(image.src);
    image.hidden = !file;
    if (file) image.src = URL.createObjectURL(file);
    else image.removeAttribute("src");
  }
}
