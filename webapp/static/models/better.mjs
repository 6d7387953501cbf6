/**
 * Said once, with the first photo: nano is quick, and others find outlines better. One press fetches one of them and
 * works with it; objects and clicks stay.
 */

import { recall, remember } from "../server/local_storage.mjs";
import { h, iconButton } from "../ui/dom.mjs";
import { progress, Rate, share, size, time } from "./model_text.mjs";

/** @typedef {import("./model_text.mjs").Row} Row */
/** @typedef {import("./model_text.mjs").Panel} Panel */
/**
 * @typedef {{act(action: string, name: string): Promise<unknown>, use(name: string): Promise<unknown>, current():
 *   string, show(): void}} BetterActions
 */

const STORED = "sam-studio-better";
const QUICK = "nano";
const OFFERED = ["mobile-sam", "sam2.1-tiny"];

/** @param {Panel} panel @param {string} current @returns {Row[]} what is offered; none where that makes no sense */
export function better(panel, current) {
  const segmenters = panel.models.filter((row) => row.tasks.includes("segment"));
  const others = segmenters.some((row) => row.ready && row.name !== QUICK);
  if (current !== QUICK || others || !panel.allowed || panel.offline) return [];
  return OFFERED.flatMap((name) => segmenters.filter((row) => row.name === name && row.offered && !row.place));
}

/** @param {Row} row */
export function offer({ title, bytes, expected }) {
  return `${title}: ${size(bytes)}${expected ? `, about ${time(expected)} a photo on this machine` : ""}`;
}

export class Better {
  /** @param {BetterActions} actions */
  constructor(actions) {
    this.actions = actions;
    this.node = h("section", { class: "ss-better", "aria-label": "Better outlines" });
    this.node.hidden = true;
    this.over = recall(STORED) !== null;
    /** Of the model that is fetched. */
    this.wanted = "";
    this.rate = new Rate();
    this.shown = "";
  }

  /** Whether it may still be said. */
  get open() {
    return !this.over || this.wanted !== "";
  }

  /** @param {Panel} panel as the server tells it, with a photo on the stage */
  update(panel) {
    if (this.wanted) return this.#follow(panel);
    if (this.over && this.node.hidden) return;
    const rows = better(panel, this.actions.current());
    if (!rows.length) return this.#close(false);
    this.over = true;
    remember(STORED, "told");
    const lacking = rows[0].needs.length > 0;
    this.#show(lacking ? "packages" : rows.map(offer).join(), () =>
      lacking
        ? [
            h(
              "p",
              {},
              "Nano is built in and quick. Other models find outlines better; they need PyTorch, not installed yet.",
            ),
            h(
              "div",
              {},
              button("How to add it", () => this.actions.show()),
            ),
          ]
        : [
            h("p", {}, "Nano is built in and quick. These find outlines better:"),
            ...rows.map((row) =>
              h(
                "div",
                {},
                h("span", {}, offer(row)),
                button("Use", () => this.#fetch(row), row.title),
              ),
            ),
          ],
    );
  }

  /** @param {Row} row */
  async #fetch(row) {
    this.wanted = row.name;
    this.rate = new Rate();
    await this.actions.act("download", row.name);
  }

  /** @param {Panel} panel */
  #follow(panel) {
    const row = panel.models.find((one) => one.name === this.wanted);
    const job = row?.job;
    if (!row || job?.state === "failed" || (!job && !row.place)) return this.#ended(row);
    if (!job) {
      this.wanted = "";
      this.#close(true);
      return void this.actions.use(row.name);
    }
    const done = share(job);
    this.#show(`follow ${row.name}`, () => [
      h("p", {}, `Fetching ${row.title}. You can work on meanwhile.`),
      h("progress", { max: "1", "aria-label": `Download of ${row.title}` }),
      h(
        "div",
        {},
        h("span", {}),
        button("Cancel", () => void this.actions.act("cancel", row.name)),
      ),
    ]);
    const [, bar, line] = /** @type {HTMLElement[]} */ ([...this.node.querySelectorAll("p, progress, div > span")]);
    if (done === null) bar.removeAttribute("value");
    else bar.setAttribute("value", String(done));
    line.textContent = progress(job, this.rate.add(job.here, performance.now()));
  }

  /** Stopped, or it failed. @param {Row} [row] */
  #ended(row) {
    this.wanted = "";
    const error = row?.job?.error;
    if (!row || !error) return this.#close(true);
    this.#show(`failed ${error}`, () => [
      h("p", { role: "alert" }, `${row.title} could not be fetched: ${error}`),
      h(
        "div",
        {},
        button("Try again", () => this.#fetch(row)),
        button("Models", () => this.actions.show()),
      ),
    ]);
  }

  /** @param {string} key says whether it is shown already @param {() => Node[]} make */
  #show(key, make) {
    this.node.hidden = false;
    if (key === this.shown) return;
    this.shown = key;
    this.node.replaceChildren(
      iconButton("clear", "Not now", () => this.#close(true)),
      ...make(),
    );
  }

  /** @param {boolean} forever */
  #close(forever) {
    this.node.hidden = true;
    this.shown = "";
    if (forever) this.over = true;
  }
}

/** @param {string} text @param {() => void} run @param {string} [what] for screen readers */
function button(text, run, what) {
  const label = what && `${text} ${what}`;
  return h("button", { type: "button", class: "ss-button", "aria-label": label, onclick: run }, text);
}
