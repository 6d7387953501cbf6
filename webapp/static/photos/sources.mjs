/** Where photos come from besides files: a web address, the clipboard, the camera; and the dialog that offers them. */

import { h, icon, iconButton, TOUCH } from "../ui/dom.mjs";
import { addressOf } from "./address.mjs";
import { Camera, HAS_CAMERA } from "./webcam.mjs";

/**
 * @typedef {{openFile(file: Blob, name: string): void, openAddress(address: string): Promise<unknown>, browse(): void,
 *   refuse(text: string): void}} SourceActions openAddress: why it could not be opened, if it could not
 */

export class Sources {
  /** @param {SourceActions} actions */
  constructor(actions) {
    this.actions = actions;
    this.camera = new Camera({
      shot: (photo, name) => actions.openFile(photo, name),
      failed: (text) => actions.refuse(text),
    });
    this.field = /** @type {HTMLInputElement} */ (
      h("input", {
        type: "url",
        name: "address",
        class: "ss-address",
        inputmode: "url",
        autocomplete: "off",
        placeholder: "example.org/photo.jpg",
        "aria-label": "Web address of a picture",
      })
    );
    this.open = h("button", { type: "submit", class: "ss-button ss-primary" }, "Open");
    const form = h("form", { class: "ss-address-row", novalidate: true }, this.field, this.open);
    this.wrong = h("p", { class: "ss-wrong", role: "alert" });
    form.addEventListener("submit", (event) => this.#submit(event));
    const canPaste = Boolean(navigator.clipboard?.read);
    const ways = [
      /** @type {const} */ (["open", "Device", () => actions.browse()]),
      ...(HAS_CAMERA ? [/** @type {const} */ (["camera", "Camera", () => this.camera.open()])] : []),
      ...(canPaste ? [/** @type {const} */ (["paste", "Clipboard", () => this.paste()])] : []),
    ];
    this.dialog = /** @type {HTMLDialogElement} */ (
      h(
        "dialog",
        { class: "ss-help ss-sources", "aria-label": "Open a photo" },
        h(
          "header",
          {},
          h("h2", {}, "Open a photo"),
          iconButton("clear", "Close", () => this.dialog.close()),
        ),
        h(
          "div",
          { class: "ss-ways" },
          ...ways.map(([image, text, run]) =>
            h(
              "button",
              {
                type: "button",
                class: "ss-button",
                onclick: () => {
                  this.dialog.close();
                  run();
                },
              },
              icon(image, 20),
              text,
            ),
          ),
        ),
        h("h3", {}, "From a web address"),
        form,
        this.wrong,
        h(
          "p",
          {},
          "The server fetches it.",
          !TOUCH && " You can also drop a picture from another page, or paste one or its address.",
        ),
      )
    );
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("keydown", (event) => event.stopPropagation());
    this.button = iconButton("chevron", "More ways to open a photo", () => this.show(), {
      class: "ss-icon-button ss-more",
      "aria-haspopup": "dialog",
    });
    /** Everything that must be in the page. */
    this.nodes = [this.dialog, this.camera.dialog, this.camera.picker];
  }

  show() {
    this.wrong.textContent = "";
    this.dialog.showModal();
  }

  /** What was typed stays until its photo is here. @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    const text = this.field.value.trim();
    const address = addressOf(text) ?? addressOf(`https://${text}`);
    if (!address || !text) {
      this.wrong.textContent = "Expected an address such as https://example.org/photo.jpg.";
      return this.field.focus();
    }
    this.wrong.textContent = "";
    this.open.toggleAttribute("disabled", true);
    const error = await this.actions.openAddress(address);
    this.open.toggleAttribute("disabled", false);
    if (!error) {
      this.field.value = "";
      return this.dialog.close();
    }
    this.wrong.textContent = error instanceof Error ? error.message : String(error);
    if (this.dialog.open) this.field.select();
  }

  /** What the clipboard holds, asked for by a button. */
  async paste() {
    try {
      for (const item of await navigator.clipboard.read()) {
        const kind = item.types.find((type) => type.startsWith("image/"));
        if (kind) return this.actions.openFile(await item.getType(kind), "pasted image");
        const address = item.types.includes("text/plain") && addressOf(await (await item.getType("text/plain")).text());
        if (address) return this.actions.openAddress(address);
      }
      this.actions.refuse("The clipboard holds no picture. Copy one, or its address, then try again.");
    } catch {
      this.actions.refuse("The browser does not hand the clipboard over. Press Ctrl+V on the page instead.");
    }
  }
}
