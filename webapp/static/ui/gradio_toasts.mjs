/** What Gradio would say in toasts of its own, over the column's controls, is said where the page says all else. */

/** @typedef {{text: string, kind: "info" | "error"}} Said */

/**
 * @param {import("./status.mjs").Status} status
 * @param {ParentNode} [page]
 */
export function takeToasts(status, page = document) {
  const say = (/** @type {Element} */ body) => {
    const { text, kind } = read(body);
    if (kind === "error") status.say(text, "error");
    if (text) status.toast(text, { kind });
    /** @type {HTMLElement | null} */ (body.querySelector(".toast-close"))?.click();
  };
  const take = () => {
    for (const body of page.querySelectorAll(".toast-body:not([data-ss-taken])")) {
      body.setAttribute("data-ss-taken", "");
      setTimeout(say, 30, body); // Gradio fills it in a moment after it is there
    }
  };
  new MutationObserver(take).observe(document.body, { childList: true, subtree: true });
  take();
}

/** @param {Element} body of one of Gradio's toasts @returns {Said} */
export function read(body) {
  const words = (/** @type {string} */ selector) =>
    [...body.querySelectorAll(selector)].map((one) => one.textContent?.trim() ?? "").filter(Boolean);
  const text = words("[data-testid=toast-text]").at(-1) ?? "";
  return { text, kind: body.classList.contains("error") && !text.startsWith("Stopped.") ? "error" : "info" };
}
