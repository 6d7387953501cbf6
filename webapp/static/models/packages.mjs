/** What the published models need and is not installed yet: a panel above the list, with one click to install it. */

import { h } from "../ui/dom.mjs";
import { packagesText } from "./model_text.mjs";

/**
 * @typedef {import("./model_text.mjs").Packages} Packages
 * @typedef {{act(action: string, name: string): void, copy(text: string, button: HTMLElement): void}} PackagesActions
 */

/** The name of the job on the server. */
const JOB = "packages";

export class PackagesPanel {
  /** @param {PackagesActions} actions */
  constructor(actions) {
    this.actions = actions;
    this.node = h("div", { class: "ss-packages" });
    this.text = h("p", {});
    this.drawn = "";
  }

  /** @param {Packages | null} packages */
  update(packages) {
    this.text.textContent = packages ? packagesText(packages) : "";
    const job = packages?.job ?? null;
    // Buttons stay as they are while only the text changes.
    const shape = JSON.stringify([packages?.command, job?.state, job?.mine, job?.stopping]);
    if (shape === this.drawn) return;
    this.drawn = shape;
    this.node.replaceChildren(...(packages ? [this.#panel(packages)] : []));
  }

  /** @param {Packages} packages */
  #panel({ command, job }) {
    const failed = job?.state === "failed";
    const bar = h("div", { class: "ss-bar ss-unknown", role: "progressbar", "aria-label": "Progress" }, h("span", {}));
    /** @type {HTMLElement} */ (bar.firstElementChild).style.width = "100%";
    return h(
      "div",
      { class: "ss-panel", role: failed ? "alert" : "status", "data-kind": failed ? "error" : "" },
      this.text,
      job && !failed && bar,
      command && this.#buttons(command, job),
    );
  }

  /** @param {string} command @param {Packages["job"]} job */
  #buttons(command, job) {
    /** @param {string} text @param {string} action @param {string} kind */
    const button = (text, action, kind = "") =>
      h(
        "button",
        {
          type: "button",
          class: `ss-button ${kind}`,
          "data-do": action,
          onclick: () => this.actions.act(action, JOB),
        },
        text,
      );
    if (job && job.state !== "failed")
      return job.mine && h("div", { class: "ss-panel-row" }, button("Cancel", "cancel"));
    const copy = h(
      "button",
      { type: "button", class: "ss-link", onclick: () => this.actions.copy(command, copy) },
      "Copy",
    );
    return h(
      "div",
      { class: "ss-panel-row" },
      button(job ? "Try again" : "Install", "install", "ss-primary"),
      h("span", {}, "or, in a terminal, ", h("span", { class: "ss-command" }, h("code", {}, command), copy)),
    );
  }
}
