/** Buttons of tabs that cannot work yet say so and do nothing. What they need, Gradio's wiring tells. */

/**
 * @typedef {"photo" | "objects"} Need
 * @typedef {{components: {id: number, type: string, props: {elem_id?: string}}[],
 *   dependencies: {targets: [number, string][], inputs: number[]}[]}} Wiring
 */

/**
 * What each button needs: a photo where its handler gets the photo, objects where it gets masks as well.
 * @param {Wiring} wiring Gradio's own
 * @returns {Map<string, Need>} by the id of the element
 */
export function needsOf({ components, dependencies }) {
  const port = (/** @type {string} */ name) =>
    components.find((one) => one.props.elem_id === `ss-port-${name}`)?.id ?? -1;
  const [image, objects] = [port("image"), port("objects")];
  /** @type {Map<string, Need>} */
  const needs = new Map();
  for (const { targets, inputs } of dependencies) {
    if (!inputs.includes(image)) continue;
    for (const [id, event] of targets) {
      const button = components.find((one) => one.id === id);
      if (event !== "click" || button?.type !== "button") continue;
      needs.set(button.props.elem_id ?? "", inputs.includes(objects) ? "objects" : "photo");
    }
  }
  return needs;
}

/**
 * Why a button with this need cannot work; "" where it can.
 * @param {Need} need @param {{photo: boolean, here: boolean, objects: number}} there here: in the browser alone
 */
export function whyNot(need, { photo, here, objects }) {
  if (here) return "This photo is only in your browser. Turn Private off to use the tabs.";
  if (!photo) return "Open a photo first.";
  return need === "objects" && !objects ? "Keep an object first: click it on the photo, then press Enter." : "";
}

export class TabButtons {
  /**
   * @param {HTMLElement} tabs
   * @param {Wiring} wiring
   * @param {() => {photo: boolean, here: boolean, objects: number}} there
   * @param {(text: string) => void} say
   */
  constructor(tabs, wiring, there, say) {
    this.tabs = tabs;
    this.needs = needsOf(wiring);
    this.there = there;
    this.say = say;
    tabs.addEventListener("click", (event) => this.#refuse(event), true);
    // A tab's parts come when it is opened.
    new MutationObserver(() => this.update()).observe(tabs, { childList: true, subtree: true });
    this.update();
  }

  update() {
    const there = this.there();
    for (const [id, need] of this.needs) {
      const button = document.getElementById(id);
      if (!button) continue;
      const why = whyNot(need, there);
      if ((button.dataset.why ?? "") === why) continue;
      if (why) {
        Object.assign(button, { title: why });
        button.dataset.why = why;
        button.setAttribute("aria-disabled", "true");
      } else {
        delete button.dataset.why;
        for (const name of ["title", "aria-disabled"]) button.removeAttribute(name);
      }
    }
  }

  /** @param {Event} event */
  #refuse(event) {
    const button = /** @type {HTMLElement} */ (event.target).closest?.("[data-why]");
    if (!button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.say(/** @type {HTMLElement} */ (button).dataset.why ?? "");
  }
}
