/** The menu of an object: opened by its "..." button or by a right click on its row, walked through by arrow keys. */

import { h, icon } from "../ui/dom.mjs";

/**
 * @typedef {{label: string, icon: import("../ui/icons.mjs").IconName, key?: string, why?: string, run(): void}} Item
 *   key: that does the same; why: it cannot be done now
 */

export class ObjectMenu {
  constructor() {
    this.node = h("div", { class: "ss-menu", role: "menu", "aria-label": "Object", popover: "auto" });
    this.node.addEventListener("keydown", (event) => this.#key(event));
    this.node.addEventListener("toggle", (event) => {
      const open = /** @type {ToggleEvent} */ (event).newState === "open";
      this.from?.setAttribute("aria-expanded", String(open));
    });
  }

  /** @type {HTMLElement | null} the button that opened it */
  from = null;

  /** @param {Item[]} items @param {HTMLElement | MouseEvent} at a button, or a click somewhere */
  show(items, at) {
    this.from = at instanceof HTMLElement ? at : null;
    this.node.replaceChildren(
      ...items.map((item) =>
        h(
          "button",
          {
            type: "button",
            role: "menuitem",
            tabindex: "-1",
            "aria-disabled": String(Boolean(item.why)),
            title: item.why ?? "",
            onclick: () => {
              if (item.why) return;
              this.node.hidePopover();
              item.run();
            },
          },
          icon(item.icon, 16),
          h("span", {}, item.label),
          item.key ? h("kbd", {}, item.key) : null,
        ),
      ),
    );
    this.node.showPopover();
    const { width, height } = this.node.getBoundingClientRect();
    const box = at instanceof HTMLElement ? at.getBoundingClientRect() : null;
    const left = box ? box.right - width : /** @type {MouseEvent} */ (at).clientX;
    let top = box ? box.bottom + 4 : /** @type {MouseEvent} */ (at).clientY;
    if (top + height > window.innerHeight - 8) top = box ? box.top - height - 4 : window.innerHeight - height - 8;
    this.node.style.left = `${Math.max(8, Math.min(left, window.innerWidth - width - 8))}px`;
    this.node.style.top = `${Math.max(8, top)}px`;
    this.#focus(0);
  }

  /** @param {number} place */
  #focus(place) {
    const items = /** @type {HTMLElement[]} */ ([...this.node.children]);
    items[(place + items.length) % items.length]?.focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    event.stopPropagation(); // letters are shortcuts on the stage
    const place = [...this.node.children].indexOf(/** @type {Element} */ (document.activeElement));
    const last = this.node.childElementCount - 1;
    const to = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: last }[event.key];
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      this.node.hidePopover();
      this.from?.focus();
    } else if (to !== undefined) {
      event.preventDefault();
      this.#focus(to);
    }
  }
}
