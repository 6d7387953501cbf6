/** Below the heading of the list of objects: the next object's class, and a chip a class that counts and filters. */

import { h, icon } from "../ui/dom.mjs";

export const NONE = "none";

export class ClassBar {
  /**
   * @param {import("./labels.mjs").Labels} labels
   * @param {{menu(at: HTMLElement): void, filtered(): void}} on menu: the next object's class is to be chosen
   */
  constructor(labels, on) {
    this.labels = labels;
    this.on = on;
    /** id of the class whose objects alone are listed; `NONE`: those without; "" for all */
    this.only = "";
    this.nextName = h("span", { class: "ss-class-name" });
    this.nextDot = h("i", { class: "ss-class-dot" });
    this.next = h(
      "button",
      {
        type: "button",
        class: "ss-class-next",
        "aria-haspopup": "menu",
        title: "Class of the next object",
        onclick: () => on.menu(this.next),
      },
      h("span", { class: "ss-class-said" }, "Next"),
      this.nextDot,
      this.nextName,
      icon("chevron", 14),
    );
    this.chips = h("div", { class: "ss-class-chips", role: "group", "aria-label": "Show one class" });
    this.node = h("div", { class: "ss-class-bar" }, this.next, this.chips);
    this.drawn = "";
  }

  /** Whether an object is listed. @param {{class: string}} object */
  shows(object) {
    return !this.only || object.class === (this.only === NONE ? "" : this.only);
  }

  update() {
    const { labels } = this;
    const { all, next } = labels;
    this.node.hidden = !all.length;
    this.nextDot.style.background = next?.color ?? "";
    this.nextDot.hidden = !next;
    this.nextName.textContent = next?.name ?? "no class";
    const counts = labels.counts();
    const rows = all.flatMap((one) => (counts.get(one.id) ? [{ ...one, count: counts.get(one.id) }] : []));
    const without = counts.get("") ?? 0;
    const chips = without && rows.length ? [...rows, { id: NONE, name: "no class", color: "", count: without }] : rows;
    if (this.only && !chips.some((one) => one.id === this.only)) this.only = "";
    const drawn = JSON.stringify([chips, this.only]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const focused = this.chips.contains(document.activeElement)
      ? /** @type {HTMLElement} */ (document.activeElement).dataset.class
      : null;
    this.chips.replaceChildren(...chips.map((one) => this.#chip(one)));
    if (focused) /** @type {HTMLElement | null} */ (this.chips.querySelector(`[data-class="${focused}"]`))?.focus();
  }

  /** @param {{id: string, name: string, color: string, count?: number}} one */
  #chip({ id, name, color, count }) {
    const dot = color ? h("i", { class: "ss-class-dot" }) : null;
    if (dot) dot.style.background = color;
    const pressed = this.only === id;
    return h(
      "button",
      {
        type: "button",
        class: "ss-class-chip",
        "data-class": id,
        "aria-pressed": String(pressed),
        title: pressed ? "Show all objects" : `Show ${name} alone`,
        onclick: () => {
          this.only = pressed ? "" : id;
          this.update();
          this.on.filtered();
        },
      },
      dot,
      h("span", { class: "ss-class-name" }, name),
      h("b", {}, String(count)),
    );
  }
}
