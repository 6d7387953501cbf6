/** The menu of an object: opened by its "..." button or by a right click on its row, walked through by arrow keys. */

import { h, icon } from "../ui/dom.mjs";

/**
 * @typedef {{label: string, icon?: import("../ui/icons.mjs").IconName, color?: string, checked?: boolean, key?: string,
 *   why?: string, run(): void}} Item key: that does the same; why: it cannot be done now; color: a dot in place of an
 *   icon, checked: whether it is what is set, both of a choice among several
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

  /** @type {Item[]} */
  items = [];

  /** @param {Item[]} items @param {HTMLElement | MouseEvent} at a button, or a click somewhere */
  show(items, at) {
    this.from = at instanceof HTMLElement ? at : null;
    this.items = items;
    this.node.replaceChildren(
      ...items.map((item) =>
        h(
          "button",
          {
            type: "button",
            role: item.checked === undefined ? "menuitem" : "menuitemradio",
            "aria-checked": item.checked === undefined ? undefined : String(item.checked),
            tabindex: "-1",
            "aria-disabled": String(Boolean(item.why)),
            title: item.why ?? "",
            onclick: () => {
              if (item.why) return;
              this.node.hidePopover();
              item.run();
            },
          },
          item.icon ? icon(item.icon, 16) : dot(item.color ?? ""),
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
    const pressed = event.ctrlKey || event.metaKey || event.altKey ? "" : event.key.toLowerCase();
    const meant = this.items.findIndex((item) => item.key?.toLowerCase() === pressed);
    const to = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: last }[event.key];
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      this.node.hidePopover();
      this.from?.focus();
    } else if (to !== undefined) {
      event.preventDefault();
      this.#focus(to);
    } else if (meant >= 0) {
      event.preventDefault();
      /** @type {HTMLElement} */ (this.node.children[meant]).click();
    }
  }
}

/** @param {string} color "": an empty one */
function dot(color) {
  const node = h("i", { class: "ss-class-dot" });
  node.style.background = color;
  return node;
}
