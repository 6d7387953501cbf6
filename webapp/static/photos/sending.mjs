/** What leaves the browser is said before it does: the dialog, and a button that says that nothing has. */

import { size } from "../models/model_text.mjs";
import { h, icon } from "../ui/dom.mjs";

const OWN = ["localhost", "127.0.0.1", "[::1]"];

/** 230567 -> "231 kB". @param {number} bytes */
export const fileSize = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : size(bytes));

export class Sending {
  /** @param {import("./opening.mjs").Opening} opening @param {{hostname: string, host: string}} [place] */
  constructor(opening, place = location) {
    this.opening = opening;
    const server = OWN.includes(place.hostname) ? "the server on this computer" : `the server ${place.host}`;
    this.reason = h("p", {});
    this.what = h("p", {});
    this.keep = h("button", { type: "button", class: "ss-button", onclick: () => this.dialog.close() }, "Keep it here");
    this.server = server;
    this.dialog = /** @type {HTMLDialogElement} */ (
      h(
        "dialog",
        { class: "ss-help ss-sending", "aria-labelledby": "ss-sending-title", "aria-describedby": "ss-sending-what" },
        h("header", {}, h("h2", { id: "ss-sending-title" }, "Send the photo to the server?")),
        h("div", { id: "ss-sending-what" }, this.reason, this.what),
        h(
          "div",
          { class: "ss-sending-buttons" },
          this.keep,
          h(
            "button",
            { type: "button", class: "ss-button ss-primary", onclick: () => this.dialog.close("send") },
            "Send photo",
          ),
        ),
      )
    );
    this.dialog.addEventListener("keydown", (event) => event.stopPropagation());
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.chip = h(
      "button",
      {
        type: "button",
        class: "ss-here",
        hidden: true,
        title: "Nothing of this photo has left your browser. Click to send it to the server",
        onclick: () => void opening.offer("Kept objects, tabs and other models need the photo on the server."),
      },
      icon("shield", 15),
      h("span", {}, "Only in this browser"),
    );
    opening.ask = (reason, name, file) => this.ask(reason, name, file);
  }

  /**
   * @param {string} reason @param {string} name @param {Blob} file
   * @returns {Promise<boolean>} whether it may be sent
   */
  ask(reason, name, file) {
    if (this.dialog.open) return Promise.resolve(false);
    this.reason.textContent = reason;
    this.what.textContent =
      `This sends ${name} (${fileSize(file.size)}) to ${this.server}, the whole file: ` +
      "also what the camera noted in it, such as place and time. Your clicks stay as they are.";
    this.dialog.returnValue = "";
    this.dialog.showModal();
    this.keep.focus();
    return new Promise((resolve) =>
      this.dialog.addEventListener("close", () => resolve(this.dialog.returnValue === "send"), { once: true }),
    );
  }

  update() {
    const { here } = this.opening;
    this.chip.hidden = !here || here.sent !== null;
  }
}
