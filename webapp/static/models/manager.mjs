/**
 * The model manager: a dialog with every model, their downloads, the memory they take, and models of the owner's own.
 */

import { h, iconButton } from "../ui/dom.mjs";
import { ModelRow } from "./model_row.mjs";
import { GROUPS, size } from "./model_text.mjs";
import { PackagesPanel } from "./packages.mjs";

/**
 * @typedef {import("./model_text.mjs").Panel} Panel
 * @typedef {{look(): Promise<Panel>, act(action: string, name: string): Promise<Panel>, use(name: string): void,
 *   current(): string, say(text: string, action?: {action: string, run: () => void}): void, rows(panel: Panel): void}}
 *   ManagerActions `rows` is told of each new state
 */

const BUSY_MS = 500,
  IDLE_MS = 5000;

export class Manager {
  /** @param {ManagerActions} actions */
  constructor(actions) {
    this.actions = actions;
    /** @type {Panel | null} */
    this.panel = null;
    /** @type {Map<string, ModelRow>} */
    this.rows = new Map();
    this.only = false;
    this.timer = 0;
    this.watched = new Set();
    /** A model whose end is told elsewhere. */
    this.quiet = "";
    this.packages = new PackagesPanel({
      act: (action, name) => this.#act(action, name),
      copy: (text, button) => this.#copy(text, button),
    });
    this.notice = h("div", { class: "ss-manager-notice" });
    this.filter = h(
      "button",
      { type: "button", class: "ss-button ss-filter", "aria-pressed": "false", onclick: () => this.#filter() },
      "Only what is here",
    );
    this.groups = GROUPS.map(([task, title]) => ({
      task,
      list: h("ul", { class: "ss-model-list" }),
      node: h("section", { "aria-label": title }, h("h3", {}, title)),
    }));
    for (const group of this.groups) group.node.append(group.list);
    this.memory = h("div", { class: "ss-memory-list" });
    this.used = h("span", {});
    this.offline = input({ type: "checkbox", class: "ss-check" });
    this.offlineRow = h("label", { class: "ss-offline" }, this.offline, "Offline: no network requests");
    this.offline.addEventListener("change", () => this.#act("offline", this.offline.checked ? "on" : "off"));
    this.budget = input({
      type: "number",
      class: "ss-number",
      min: "0.5",
      max: "4096",
      step: "0.5",
      "aria-label": "Gigabytes of memory for models",
    });
    this.budget.addEventListener("change", () => this.#act("budget", this.budget.value));
    this.budgetRow = h(
      "label",
      { class: "ss-panel-row" },
      "Keep at most",
      this.budget,
      "GB of models in memory; those not used for longest go first.",
    );
    this.own = this.#ownPart();
    const memory = h("details", { class: "ss-memory" }, h("summary", {}, this.used), this.memory, this.budgetRow);
    this.footer = h("footer", {}, memory, this.own, this.offlineRow);
    this.wrong = h("p", { class: "ss-manager-wrong", role: "alert" });
    this.live = h("div", { class: "ss-told", role: "status", "aria-live": "polite" });
    this.dialog = /** @type {HTMLDialogElement} */ (
      h(
        "dialog",
        { class: "ss-help ss-manager", "aria-label": "Models" },
        h(
          "header",
          {},
          h("h2", {}, "Models"),
          this.live,
          this.filter,
          iconButton("clear", "Close", () => this.dialog.close()),
        ),
        h(
          "div",
          { class: "ss-manager-body", tabindex: "-1" },
          this.notice,
          this.packages.node,
          ...this.groups.map((group) => group.node),
        ),
        this.wrong,
        this.footer,
      )
    );
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("keydown", (event) => event.stopPropagation());
    this.button = iconButton("stack", "Manage models", () => this.show(), {
      class: "ss-icon-button ss-manage",
      "aria-haspopup": "dialog",
    });
  }

  /** @param {string} [name] of a model to look at */
  async show(name) {
    if (!this.dialog.open) this.dialog.showModal();
    this.wrong.textContent = "";
    await this.refresh();
    const row = name && this.rows.get(name)?.node;
    for (const one of this.rows.values()) one.node.classList.toggle("ss-wanted", one.node === row);
    if (!row) return;
    row.scrollIntoView({ block: "center" });
    /** @type {HTMLElement} */ (row.querySelector("button.ss-button") ?? row).focus();
  }

  /** What the picker asks for: used where it is here, offered for download where it is not. @param {string} name */
  async pick(name) {
    await this.refresh();
    const row = this.panel?.models.find((one) => one.name === name);
    if (!row || row.ready) return this.actions.use(name);
    this.actions.rows(/** @type {Panel} */ (this.panel)); // the picker goes back to the model in use
    return this.show(name);
  }

  /** The model on the stage has changed, or may have. */
  async refresh() {
    try {
      this.#show(await this.actions.look());
    } catch (error) {
      this.#wrong(error);
    }
  }

  /** As its buttons do, for who tells the end of it. @param {string} action @param {string} name */
  act(action, name) {
    this.quiet = name;
    return this.#act(action, name);
  }

  /** @param {unknown} error */
  #wrong(error) {
    if (this.dialog.open) this.wrong.textContent = error instanceof Error ? error.message : String(error);
    this.#next();
  }

  /** @param {string} action @param {string} name */
  async #act(action, name) {
    this.wrong.textContent = "";
    if (action === "download" || action === "measure") this.watched.add(name);
    try {
      this.#show(await this.actions.act(action, name));
      return true;
    } catch (error) {
      await this.refresh();
      this.#wrong(error);
      return false;
    }
  }

  /** @param {Panel} panel */
  #show(panel) {
    this.#tell(panel);
    this.panel = panel;
    this.actions.rows(panel);
    const names = new Set(panel.models.map((row) => row.name));
    for (const [name, row] of this.rows) if (!names.has(name) && this.rows.delete(name)) row.node.remove();
    for (const group of this.groups) {
      let last = null;
      for (const row of panel.models.filter((one) => one.tasks.includes(group.task))) {
        let shown = this.rows.get(row.name);
        if (!shown) {
          shown = new ModelRow({
            act: (action, name) => this.#act(action, name),
            use: (name) => this.#use(name),
            copy: (text, button) => this.#copy(text, button),
          });
          this.rows.set(row.name, shown);
        }
        shown.update(row, panel, row.name === this.actions.current());
        shown.node.hidden = this.only && !row.place && !row.job;
        if (shown.node.parentNode !== group.list)
          group.list.insertBefore(shown.node, last ? last.nextSibling : group.list.firstChild);
        last = shown.node;
      }
      group.node.hidden = ![...group.list.children].some((node) => !(/** @type {HTMLElement} */ (node).hidden));
    }
    this.#showNotice(panel);
    this.packages.update(panel.packages);
    this.#showMemory(panel);
    this.#next();
  }

  /** What ended since the last look, to those who wait for it elsewhere on the page. @param {Panel} panel */
  #tell(panel) {
    for (const row of panel.models) {
      if (!this.watched.has(row.name) || (row.job && row.job.state !== "failed")) continue;
      this.watched.delete(row.name);
      if (row.name === this.quiet) continue;
      const had = this.panel?.models.find((one) => one.name === row.name)?.job;
      if (this.dialog.open) {
        // A failure is an alert of its own.
        this.live.textContent = row.job ? "" : `${row.title}: ${row.place ? "ready" : "stopped"}.`;
        continue;
      }
      if (row.job)
        this.actions.say(`${row.title}: ${row.job.error}`, { action: "Show", run: () => this.show(row.name) });
      else if (had?.kind === "download" && row.ready && row.tasks.includes("segment"))
        this.actions.say(`${row.title} is here.`, { action: "Use", run: () => this.actions.use(row.name) });
      else if (had?.kind === "download" && row.place) this.actions.say(`${row.title} is here.`);
    }
  }

  #next() {
    clearTimeout(this.timer);
    const jobs = [this.panel?.packages?.job, ...(this.panel?.models.map((row) => row.job) ?? [])];
    const busy = jobs.some((job) => job && job.state !== "failed");
    if (this.dialog.open || (busy && this.watched.size))
      this.timer = setTimeout(() => this.refresh(), busy ? BUSY_MS : IDLE_MS);
  }

  #filter() {
    this.only = !this.only;
    this.filter.setAttribute("aria-pressed", String(this.only));
    if (this.panel) this.#show(this.panel);
    this.notice.parentElement?.scrollTo({ top: 0 });
  }

  /** @param {string} name */
  #use(name) {
    this.dialog.close();
    this.actions.use(name);
  }

  /** @param {string} text @param {HTMLElement} button */
  async #copy(text, button) {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = this.live.textContent = "Copied";
    } catch {
      // Without HTTPS the browser has no clipboard.
      button.textContent = this.live.textContent = "Select the text to copy it";
    }
  }

  /** @param {Panel} panel */
  #showNotice(panel) {
    const said = panel.offline ? `${panel.offline}|${panel.folder}` : String(panel.allowed);
    if (this.notice.dataset.said === said) return;
    this.notice.dataset.said = said;
    const lines = [
      panel.offline &&
        h(
          "div",
          { class: "ss-panel", role: "status" },
          h(
            "p",
            {},
            h("strong", {}, "Offline. "),
            "The hub is not asked for anything (",
            h("code", {}, panel.offline),
            "). The models on this machine work.",
            ...(panel.folder
              ? [" Untick it below to download, or copy a model's folder into ", h("code", {}, panel.folder), "."]
              : []),
          ),
        ),
      !panel.allowed &&
        h(
          "div",
          { class: "ss-panel", role: "status" },
          h("p", {}, "On this server only its owner can add and remove models."),
        ),
    ];
    this.notice.replaceChildren(...lines.filter((line) => line instanceof Node));
  }

  /** @param {Panel} panel */
  #showMemory({ memory, allowed, offline }) {
    this.used.textContent = `In memory: ${size(memory.used)} of ${size(memory.most)}`;
    this.budgetRow.hidden = this.offlineRow.hidden = this.own.hidden = !allowed;
    this.offline.checked = offline !== "";
    if (document.activeElement !== this.budget) this.budget.value = String(Math.round(memory.most / 1e8) / 10);
    const said = JSON.stringify([memory.loaded, memory.photos]);
    if (this.memory.dataset.said === said) return;
    this.memory.dataset.said = said;
    this.memory.replaceChildren(
      ...memory.loaded.map((one) =>
        h(
          "div",
          { class: "ss-panel-row" },
          h("span", {}, `${one.title}, ${size(one.bytes)}`),
          h(
            "button",
            {
              type: "button",
              class: "ss-link",
              "aria-label": `Unload ${one.title}`,
              onclick: () => this.#act("unload", one.key),
            },
            "Unload",
          ),
        ),
      ),
      h(
        "p",
        {},
        `${memory.loaded.length ? "" : "No model is loaded. "}Encoded photos take another ${size(memory.photos)}.`,
      ),
    );
  }

  #ownPart() {
    const path = input({
      type: "text",
      class: "ss-address",
      autocomplete: "off",
      spellcheck: "false",
      placeholder: "models/my-sam or sam_vit_b.pth",
      "aria-label": "Folder or file of a model on the server",
    });
    const add = h("button", { type: "submit", class: "ss-button ss-primary" }, "Add");
    const form = h("form", { class: "ss-address-row", novalidate: true }, path, add);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      add.toggleAttribute("disabled", true);
      if (await this.#act("add", path.value)) path.value = "";
      add.toggleAttribute("disabled", false);
    });
    return h(
      "details",
      { class: "ss-own" },
      h("summary", {}, "Use a folder or file of your own"),
      form,
      h(
        "p",
        {},
        "A folder that save_pretrained or python -m sam train wrote, or an original .pth or .pt file. ",
        "It is loaded from where it lies, and never deleted.",
      ),
    );
  }
}

/** @param {Record<string, any>} props */
function input(props) {
  return /** @type {HTMLInputElement} */ (h("input", props));
}
