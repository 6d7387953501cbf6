/** How photos come in: drop, paste, file picker and examples; and what the stage shows while there is none. */

import { paired, sorted } from "../objects/importing.mjs";
import { isProject } from "../projects/projects.mjs";
import { ago } from "../recovery/recents.mjs";
import { h, icon, iconButton } from "../ui/dom.mjs";
import { addressOf } from "./address.mjs";

/** @typedef {{name: string, title: string, thumb: string, tab?: string, shows?: string}} Example tab: that it is for */
/** Pictures that browsers know no type of. */
const ENDINGS = /\.(tiff?|hei[cf]|avif|jxl|jp2|j2k|dng|psd|webp|bmp|gif|png|jpe?g)$/i;

/** As far as name and type tell; who reads it finds out. @param {{name?: string, type?: string}} file */
function looksLikePicture({ name = "", type = "" }) {
  return type.startsWith("image/") || ENDINGS.test(name);
}

/** @param {string} name of the file that is opened @param {number} all @param {number} pictures among them */
export function accountOf(name, all, pictures) {
  const rest = all - pictures;
  if (!pictures) return `None of these ${all} files looks like a picture. Only ${name} is tried.`;
  const photos = pictures === 1 ? "1 photo" : `${pictures} photos`;
  const others = rest ? `, ${rest === 1 ? "1 is" : `${rest} are`} not a picture` : "";
  return `${photos}${others}. ${pictures > 1 ? `One opens at a time: ${name}.` : `${name} is opened.`}`;
}

/**
 * @typedef {{openFile(file: Blob, name: string): Promise<void>, openExample(example: Example): void,
 *   openAddress(address: string): void, openObjects(files: File[]): Promise<void>, mayBeMask(file: File): boolean,
 *   isMask(file: File): Promise<boolean>, mayLay(): boolean, isCutout(file: File): Promise<boolean>,
 *   lay(file: File): void, openProject(file: File): Promise<void>, more(): void, refuse(text: string): void}}
 *   IntakeActions openFile: until the photo is on the stage; openObjects: of annotations and masks; lay: a cut-out over
 *   the photo that is open
 */

export class Intake {
  /**
   * @param {HTMLElement} root the whole app: a drop anywhere on it counts
   * @param {Example[]} examples
   * @param {IntakeActions} actions
   */
  constructor(root, examples, actions) {
    this.actions = actions;
    this.picker = /** @type {HTMLInputElement} */ (
      h("input", {
        type: "file",
        accept: "image/*,.samstudio,.tif,.tiff,.heic,.heif,.avif,.json,.geojson,.xml,.txt,.zip,.svg,.npz,.ora,.psd",
        hidden: true,
        "aria-label": "Photo file",
        class: "ss-file",
      })
    );
    this.picker.addEventListener("change", () => {
      this.#take(this.picker.files);
      this.picker.value = "";
    });
    this.before = h("div", { class: "ss-before", hidden: true });
    this.empty = h(
      "div",
      { class: "ss-empty" },
      h(
        "div",
        { class: "ss-empty-card" },
        h("div", { class: "ss-empty-icon" }, icon("picture", 26)),
        h(
          "h2",
          {},
          h("span", { class: "ss-for-mouse" }, "Drop a photo to begin"),
          h("span", { class: "ss-for-touch" }, "Choose a photo to begin"),
        ),
        h(
          "p",
          {},
          h(
            "span",
            { class: "ss-for-mouse" },
            "Then click anything in it to cut it out. Click again, or drag a box, until the mask is right.",
          ),
          h(
            "span",
            { class: "ss-for-touch" },
            "Then tap anything in it to cut it out. ",
            "Long-press what does not belong, or draw a box with your finger.",
          ),
        ),
        h(
          "div",
          { class: "ss-empty-actions" },
          h(
            "button",
            { type: "button", class: "ss-button ss-primary", onclick: () => this.browse() },
            icon("open", 16),
            "Choose a photo",
          ),
          h(
            "button",
            { type: "button", class: "ss-button", onclick: () => actions.more() },
            icon("link", 16),
            "Address, camera …",
          ),
          h("span", {}, "or paste with ", h("kbd", {}, "Ctrl"), " ", h("kbd", {}, "V")),
        ),
        this.before,
        examples.length > 0 &&
          h(
            "div",
            { class: "ss-examples" },
            h("h3", {}, "No photo at hand? Try one of these"),
            h(
              "div",
              { class: "ss-examples-row", role: "list" },
              ...examples.map((example) =>
                h(
                  "div",
                  { role: "listitem" },
                  h(
                    "button",
                    {
                      type: "button",
                      class: "ss-example",
                      "aria-label": `${example.shows ? `${example.shows}: open` : "Open"} the example ${example.title}`,
                      title: example.title,
                      onclick: () => actions.openExample(example),
                    },
                    h("img", {
                      src: example.thumb,
                      alt: "",
                      width: "96",
                      height: "72",
                      loading: "lazy",
                      decoding: "async",
                    }),
                    example.shows && h("span", {}, example.shows),
                  ),
                ),
              ),
            ),
          ),
      ),
    );
    this.veil = h(
      "div",
      { class: "ss-drop", "aria-hidden": "true" },
      h("div", {}, icon("picture", 28), h("span", {}, "Drop the photo")),
    );
    this.#listen(root);
  }

  /** Work that can be gone on with. @param {import("../recovery/recents.mjs").Recent[]} recents */
  offer(recents) {
    this.before.hidden = !recents.length;
    this.before.replaceChildren(
      h("h3", {}, "Go on with"),
      h("ul", { class: "ss-recents", "aria-label": "Recent projects" }, ...recents.map((one) => this.#recent(one))),
    );
  }

  /** @param {import("../recovery/recents.mjs").Recent} recent */
  #recent({ name, count, saved, thumb, resume, forget }) {
    const objects = count ? `${count} object${count === 1 ? "" : "s"}` : "no objects";
    const row = h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: "ss-recent",
          "aria-label": `Go on with ${name}, ${objects}`,
          onclick: () => {
            this.before.hidden = true;
            void resume();
          },
        },
        thumb ? h("img", { src: thumb, alt: "" }) : icon("picture", 20),
        h("span", {}, h("strong", {}, name), h("span", {}, `${objects} · ${ago(saved, Date.now())}`)),
      ),
      iconButton("clear", `Forget ${name}`, () => {
        row.remove();
        this.before.hidden = !this.before.querySelector("li");
        void forget();
      }),
    );
    return row;
  }

  browse() {
    this.picker.click();
  }

  /** @param {HTMLElement} root */
  #listen(root) {
    let depth = 0;
    let own = false; // a drag that began in this page brings nothing new
    document.addEventListener("dragstart", () => (own = true));
    document.addEventListener("dragend", () => (own = false));
    const carries = (/** @type {DragEvent} */ event) =>
      !own && ["Files", "text/uri-list"].some((kind) => event.dataTransfer?.types.includes(kind));
    const show = (/** @type {boolean} */ on) => root.classList.toggle("ss-dropping", on);
    // Gradio's own upload fields in the tabs keep their drops.
    const foreign = (/** @type {DragEvent} */ event) =>
      event.target instanceof Element && event.target.closest("#ss-tabs");
    document.addEventListener("dragenter", (event) => {
      if (!carries(event)) return;
      depth++;
      show(true);
    });
    document.addEventListener("dragleave", (event) => {
      if (!carries(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) show(false);
    });
    document.addEventListener("dragover", (event) => carries(event) && !foreign(event) && event.preventDefault());
    document.addEventListener("drop", (event) => {
      depth = 0;
      show(false);
      if (!carries(event) || foreign(event)) return;
      event.preventDefault();
      const files = event.dataTransfer?.files,
        address = addressOf(event.dataTransfer?.getData("text/uri-list"));
      // A picture dragged from another page comes with its address, and in most browsers with its bytes.
      if (files?.length) this.#take(files);
      else if (address) this.actions.openAddress(address);
      else this.actions.refuse("That was neither a photo nor the address of one.");
    });
    document.addEventListener("paste", (event) => {
      const target = event.target;
      if (target instanceof HTMLElement && target.closest("input, textarea, [contenteditable]")) return;
      const files = event.clipboardData?.files;
      if (files?.length) {
        event.preventDefault();
        return void this.#paste(files);
      }
      const address = addressOf(event.clipboardData?.getData("text/plain"));
      if (!address) return;
      event.preventDefault();
      this.actions.openAddress(address);
    });
  }

  /** A cut-out goes onto the photo that is open, anything else is a photo of its own. @param {FileList} files */
  async #paste(files) {
    const [first, ...more] = files;
    if (!more.length && this.actions.mayLay() && (await this.actions.isCutout(first))) return this.actions.lay(first);
    return this.#take(files);
  }

  /** Every file is accounted for. @param {ArrayLike<File> | null | undefined} files */
  async #take(files) {
    const { actions } = this;
    const project = Array.from(files ?? []).find(isProject);
    if (project) {
      if (files?.length !== 1) actions.refuse(`A project is opened alone: ${project.name}.`);
      return actions.openProject(project);
    }
    const { photos: all, annotations } = sorted(Array.from(files ?? []));
    const pictures = all.filter(looksLikePicture);
    const { photo = all[0], masks } = paired(pictures);
    const alone = all.length === 1 && !annotations.length;
    if (alone && actions.mayBeMask(photo) && (await actions.isMask(photo))) return actions.openObjects([photo]);
    const rest = all.length - masks.length;
    if (rest > 1) actions.refuse(accountOf(photo.name, rest, pictures.length - masks.length));
    const opened = photo && actions.openFile(photo, photo.name || "pasted image");
    if (!annotations.length && !masks.length) return;
    await opened;
    for (const mask of masks) {
      if (await actions.isMask(mask)) await actions.openObjects([mask]);
      else actions.refuse(`${mask.name} is no mask of ${photo.name}: another size, or too many colours. Left out.`);
    }
    if (annotations.length) await actions.openObjects(annotations);
  }
}
