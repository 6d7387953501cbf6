/** Sliders in tabs offer to go back only where they have been moved. */

/** @param {HTMLElement} tabs */
export function followSliders(tabs) {
  const look = () => {
    for (const reset of /** @type {NodeListOf<HTMLElement>} */ (tabs.querySelectorAll(".reset-button"))) {
      const field = reset.parentElement?.querySelector("input");
      if (!field?.value) continue;
      reset.dataset.first ??= field.value;
      reset.classList.toggle("ss-unchanged", field.value === reset.dataset.first);
    }
  };
  for (const event of ["input", "change", "click"]) tabs.addEventListener(event, () => setTimeout(look));
  new MutationObserver(look).observe(tabs, { childList: true, subtree: true });
  look();
}
