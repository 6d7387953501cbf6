/** What the page says: the status line, the live region for screen readers, and toasts with an undo. */

import { h, iconButton } from "./dom.mjs";

const TOAST_MS = 6000;
/** What can be answered stays long enough to be read, and thought about (WCAG 2.2, 2.2.1). */
const ACTION_MS = 20_000;

export class Status {
  constructor() {
    this.message = h("span", { class: "ss-status-message" });
    this.gpu = h("span", { class: "ss-status-gpu" });
    this.times = h("span", { class: "ss-status-times" });
    this.live = h("div", { class: "ss-live", role: "status", "aria-live": "polite" });
    this.doing = h("span", { class: "ss-doing" });
    /** @type {(() => void) | null} */
    this.stop = null;
    this.stopButton = h("button", { type: "button", class: "ss-button ss-stop", onclick: () => this.stop?.() }, "Stop");
    this.bar = h("div", { class: "ss-progress", role: "progressbar", "aria-label": "Progress", hidden: true });
    this.line = h(
      "div",
      { class: "ss-status" },
      this.message,
      this.doing,
      this.stopButton,
      this.gpu,
      this.times,
      this.live,
    );
    this.toasts = h("div", { class: "ss-toasts", role: "region", "aria-label": "Messages" });
    this.home = /** @type {Element | null} */ (null);
    // "close" for browsers that tell nothing of a dialog's opening.
    for (const event of ["toggle", "close"]) document.addEventListener(event, () => this.#raise(), true);
    this.work(null);
    /** @type {{encode?: string, gpu?: string, click?: string, where?: string}} */
    this.parts = {};
  }

  /** Seen and read aloud. @param {string} text @param {"info" | "busy" | "error"} [kind] */
  say(text, kind = "info") {
    this.message.textContent = text;
    this.line.dataset.kind = kind;
    this.live.textContent = text;
  }

  /**
   * What is under way takes the place of what was said last.
   * @param {import("../session/work.mjs").Shown | null} shown
   */
  work(shown) {
    const { bar, doing, line } = this;
    line.classList.toggle("ss-at-work", shown !== null);
    bar.hidden = !shown;
    this.stop = shown?.stop ?? null;
    this.stopButton.hidden = !this.stop;
    const known = shown?.fraction ?? null;
    bar.classList.toggle("ss-known", known !== null);
    bar.setAttribute("style", `--ss-share: ${Math.round(100 * (known ?? 0))}%`);
    if (known === null) bar.removeAttribute("aria-valuenow");
    else bar.setAttribute("aria-valuenow", String(Math.round(100 * known)));
    const percent = known === null ? "" : ` ${Math.round(100 * known)} %`;
    const text = shown?.text ?? "";
    if (text && !doing.textContent?.startsWith(text)) this.live.textContent = text;
    doing.textContent = text && `${text}${percent}`;
  }

  /** Read aloud only. @param {string} text */
  announce(text) {
    this.live.textContent = text;
  }

  /**
   * @param {{encode?: string | null, gpu?: string | null, click?: string | null, where?: string | null}} parts null
   *   removes one
   */
  time(parts) {
    Object.assign(this.parts, parts);
    const { encode, gpu, click, where } = this.parts;
    // Of the visitor's own time, so never left out for want of room.
    this.gpu.textContent = gpu ?? "";
    this.times.title = this.times.textContent = [encode, click, where].filter(Boolean).join(" · ");
  }

  /**
   * @param {string} text
   * @param {{kind?: "info" | "error", action?: string, run?: () => void}} [options]
   * @returns {() => void} closes it
   */
  toast(text, { kind = "info", action, run } = {}) {
    const lasts = action ? ACTION_MS : TOAST_MS;
    const close = () => {
      hold();
      toast.remove();
    };
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const hold = () => clearTimeout(timer);
    const wait = () => {
      hold();
      timer = setTimeout(close, lasts);
    };
    const act = () => {
      close();
      run?.();
    };
    const toast = h(
      "div",
      { class: "ss-toast", "data-kind": kind, role: kind === "error" ? "alert" : "status" },
      h("span", {}, text),
      action && h("button", { type: "button", class: "ss-toast-action", onclick: act }, action),
      iconButton("clear", "Dismiss", close, { class: "ss-toast-close" }),
    );
    // Whoever points at it, or has tabbed to it, is about to use it.
    for (const event of ["pointerenter", "focusin"]) toast.addEventListener(event, hold);
    for (const event of ["pointerleave", "focusout"]) toast.addEventListener(event, wait);
    wait();
    this.toasts.append(toast);
    this.#raise();
    while (this.toasts.children.length > 3) this.toasts.firstElementChild?.remove();
    return close;
  }

  /** Behind a modal dialog nothing can be read or pressed: what is said then is said in it. */
  #raise() {
    const { toasts } = this;
    this.home ??= toasts.parentElement;
    const place = [...document.querySelectorAll("dialog:modal")].at(-1) ?? this.home;
    if (place && toasts.parentElement !== place) place.append(toasts);
  }

  /** A failure: the sentence stays in the line, and a toast draws the eye. @param {unknown} error */
  fail(error) {
    const text =
      error instanceof Error && error.name !== "TypeError"
        ? error.message
        : "Something went wrong in the page. Your work is kept; try again, or reload the page.";
    if (!(error instanceof Error) || error.name === "TypeError") console.error(error);
    this.say(text, "error");
    this.toast(text, { kind: "error" });
  }
}
