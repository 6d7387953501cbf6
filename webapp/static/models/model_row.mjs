/** One model in the model manager: what it is, where it is, and what can be done with it. */

import { h, iconButton } from "../ui/dom.mjs";
import { facts, isFree, lacks, progress, Rate, share, size } from "./model_text.mjs";

/**
 * @typedef {import("./model_text.mjs").Row} Row
 * @typedef {import("./model_text.mjs").Job} Job
 * @typedef {{allowed: boolean, folder: string, offline: string}} Rights what the visitor may do, and where models are
 *   kept
 * @typedef {{act(action: string, name: string): void, use(name: string): void, copy(text: string, button: HTMLElement):
 *   void}} RowActions
 */

export class ModelRow {
  /** @param {RowActions} actions */
  constructor(actions) {
    this.actions = actions;
    this.node = h("li", { class: "ss-model-row", tabindex: "-1" });
    this.rate = new Rate();
    this.asking = false;
    this.drawn = "";
    /** @type {HTMLElement | null} */
    this.bar = null;
    /** @type {HTMLElement | null} */
    this.fill = null;
    /** @type {HTMLElement | null} */
    this.text = null;
  }

  /**
   * @param {Row} row
   * @param {Rights} panel
   * @param {boolean} inUse whether it is the model on the stage
   */
  update(row, panel, inUse) {
    const rate = row.job ? this.rate.add(row.job.here, performance.now()) : 0;
    if (row.job?.kind === "download" && row.job.state !== "failed") row = { ...row, begun: 0 }; // the progress says it
    // A button must not be replaced under somebody's finger because a number has changed.
    const shape = JSON.stringify({
      ...row,
      job: row.job && { ...row.job, here: 0, total: 0 },
      inUse,
      panel: [panel.allowed, panel.folder, panel.offline],
      asking: this.asking,
    });
    if (shape !== this.drawn) this.#draw(row, panel, inUse);
    this.drawn = shape;
    if (row.job && this.bar) this.#progress(row.job, rate);
  }

  /** @param {Job} job @param {number} rate */
  #progress(job, rate) {
    const done = share(job);
    if (!this.bar || !this.fill || !this.text) return;
    this.text.textContent = progress(job, rate);
    this.bar.classList.toggle("ss-unknown", done === null);
    this.fill.style.width = `${100 * (done ?? 1)}%`;
    if (done === null) this.bar.removeAttribute("aria-valuenow");
    else this.bar.setAttribute("aria-valuenow", String(Math.floor(100 * done)));
  }

  /** @param {Row} row @param {Rights} panel @param {boolean} inUse */
  #draw(row, panel, inUse) {
    const focused = this.node.contains(document.activeElement)
      ? /** @type {HTMLElement} */ (document.activeElement).dataset.do
      : null;
    const failed = row.job?.state === "failed" ? row.job : null,
      working = row.job && !failed ? row.job : null;
    Object.assign(this.node.dataset, { model: row.name, place: row.place, job: row.job?.state ?? "" });
    this.bar = null;
    const told = row.warning !== "" && row.note.includes(row.warning.replace(/\.$/, "")); // the note warns already
    this.node.replaceChildren(
      h(
        "div",
        { class: "ss-model-text" },
        h(
          "div",
          { class: "ss-model-head" },
          h("h4", {}, row.title),
          row.licence && h("span", { class: "ss-chip", "data-careful": String(!isFree(row)) }, row.licence),
          row.gated && h("span", { class: "ss-chip", "data-careful": "true" }, "on request"),
        ),
        row.note && h("p", { class: told ? "ss-model-warning" : "ss-model-note" }, row.note),
        row.warning &&
          !told &&
          h(
            "p",
            { class: "ss-model-warning" },
            row.warning,
            row.page && h("a", { href: row.page, target: "_blank", rel: "noreferrer" }, "Ask for access"),
          ),
        h("p", { class: "ss-model-facts" }, h("span", {}, facts(row)), this.#measure(row, panel, working)),
        lacks(row) && h("p", { class: "ss-model-warning" }, lacks(row)),
        row.instead && h("p", { class: "ss-model-note" }, row.instead),
      ),
      h("div", { class: "ss-model-actions" }, ...this.#buttons(row, panel, inUse, working)),
      working ? this.#working() : "",
      failed ? this.#failed(row, panel, failed) : "",
    );
    if (focused)
      /** @type {HTMLElement} */ (
        this.node.querySelector(`[data-do="${focused}"]`) ?? this.node.querySelector("button.ss-button") ?? this.node
      ).focus();
  }

  /** @param {string} text @param {string} action @param {() => void} onclick */
  #button(text, action, onclick, kind = "") {
    return h("button", { type: "button", class: `ss-button ${kind}`, "data-do": action, onclick }, text);
  }

  /** @param {string} text @param {string} action @param {Row} row */
  #act(text, action, row, kind = "") {
    return this.#button(text, action, () => this.actions.act(action, row.name), kind);
  }

  /** @param {Row} row @param {Rights} panel @param {Job | null} working */
  #measure(row, panel, working) {
    if (
      !panel.allowed ||
      !row.ready ||
      (row.place === "folder" && !row.licence) ||
      !row.tasks.includes("segment") ||
      working
    )
      return null;
    return h(
      "button",
      { type: "button", class: "ss-link", "data-do": "measure", onclick: () => this.actions.act("measure", row.name) },
      row.seconds === null ? "Measure its speed" : "Measure again",
    );
  }

  /** @param {Row} row @param {Rights} panel @param {boolean} inUse @param {Job | null} working */
  #buttons(row, panel, inUse, working) {
    if (working)
      return working.mine && panel.allowed
        ? [this.#act("Cancel", "cancel", row)]
        : panel.allowed && working.kind === "download"
          ? [this.#act("Join", "download", row)]
          : [];
    const erasable =
      panel.allowed && (row.place === "downloaded" || row.place === "cached" || (!row.place && row.begun > 0));
    const ask = (/** @type {boolean} */ on) => () => {
      this.asking = on;
      this.drawn = "";
      this.#draw(row, panel, inUse);
      /** @type {HTMLElement | null} */ (this.node.querySelector(`[data-do="${on ? "keep" : "ask"}"]`))?.focus();
    };
    if (erasable && this.asking) {
      const sure = () => {
        this.asking = false;
        this.actions.act("delete", row.name);
      };
      return [
        h(
          "span",
          { class: "ss-sure" },
          row.place === "cached"
            ? "Other programs may use it, too. Delete it?"
            : `Delete ${size(row.place ? row.bytes : row.begun)}?`,
        ),
        this.#button("Delete", "delete", sure, "ss-danger"),
        this.#button("Keep", "keep", ask(false)),
      ];
    }
    const found = [];
    if (inUse) found.push(h("span", { class: "ss-in-use" }, "In use"));
    else if (row.ready && row.tasks.includes("segment"))
      found.push(this.#button("Use", "use", () => this.actions.use(row.name), "ss-primary"));
    if (!row.place && row.offered && panel.allowed && !row.job)
      found.push(this.#act(row.begun ? "Continue" : "Download", "download", row));
    if (!row.place && row.offered && !panel.allowed)
      found.push(h("span", { class: "ss-in-use" }, "Not on this server"));
    if (erasable && !inUse)
      found.push(
        iconButton("trash", row.place ? `Delete ${row.title}` : `Delete what has arrived of ${row.title}`, ask(true), {
          "data-do": "ask",
        }),
      );
    if (row.own && panel.allowed && !inUse)
      found.push(
        iconButton("clear", `Take ${row.title} off the list`, () => this.actions.act("forget", row.name), {
          "data-do": "forget",
        }),
      );
    return found;
  }

  #working() {
    this.fill = h("span", {});
    this.bar = h(
      "div",
      { class: "ss-bar", role: "progressbar", "aria-label": "Progress", "aria-valuemin": "0", "aria-valuemax": "100" },
      this.fill,
    );
    this.text = h("span", { class: "ss-bar-text" });
    return h("div", { class: "ss-model-job" }, this.bar, this.text);
  }

  /** @param {Row} row @param {Rights} panel @param {Job} job */
  #failed(row, panel, job) {
    const again = panel.allowed && [
      h(
        "div",
        { class: "ss-panel-row" },
        this.#act("Try again", job.kind, row, "ss-primary"),
        this.#button("Dismiss", "dismiss", () => this.actions.act("cancel", row.name)),
      ),
    ];
    if (!job.unreachable)
      return h(
        "div",
        { class: "ss-panel", role: "alert", "data-kind": "error" },
        h("p", {}, job.error),
        ...(again || []),
      );
    return h(
      "div",
      { class: "ss-panel", role: "status" },
      h(
        "p",
        {},
        h("strong", {}, "The hub cannot be reached from here. "),
        "The models that are on this machine go on working. To bring this one:",
      ),
      h(
        "ol",
        {},
        h(
          "li",
          {},
          "On a machine with a connection, run ",
          this.#command(row.command),
          " and copy the folder ",
          h("code", {}, row.name),
          panel.folder ? " into " : " to the server.",
          panel.folder && this.#command(panel.folder),
        ),
        h(
          "li",
          {},
          "Or, where there is a mirror of the hub, set ",
          h("code", {}, "HF_ENDPOINT"),
          " to its address and start the app again.",
        ),
        h("li", {}, "Or connect this machine and try again; what has arrived is kept."),
      ),
      h("details", {}, h("summary", {}, "What happened"), h("p", {}, job.error)),
      ...(again || []),
    );
  }

  /** @param {string} text */
  #command(text) {
    const button = h(
      "button",
      { type: "button", class: "ss-link", onclick: () => this.actions.copy(text, button) },
      "Copy",
    );
    return h("span", { class: "ss-command" }, h("code", {}, text), button);
  }
}
