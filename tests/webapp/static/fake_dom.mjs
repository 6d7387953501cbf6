/**
 * As much of a document as the page's small parts ask for under node: elements with attributes, children and listeners.
 * What needs layout or painting is tested in a real browser (tests/browser).
 */

class FakeEvent {
  constructor(type, fields = {}) {
    Object.assign(this, { type, target: null, prevented: false, stopped: false, ...fields });
  }
  preventDefault() {
    this.prevented = true;
  }
  stopPropagation() {
    this.stopped = true;
  }
}

export class FakeElement {
  constructor(tag) {
    this.tag = tag;
    this.attributes = new Map();
    this.children = [];
    this.parent = null;
    this.listeners = new Map();
    this.dataset = {};
    this.text = "";
    this.classes = new Set();
    this.open = false;
    this.value = "";
    this.files = null;
  }

  get classList() {
    const { classes } = this;
    return {
      add: (name) => classes.add(name),
      contains: (name) => classes.has(name),
      toggle: (name, on = !classes.has(name)) => (on ? classes.add(name) : classes.delete(name)),
    };
  }
  get id() {
    return this.getAttribute("id") ?? "";
  }
  get textContent() {
    return this.text + this.children.map((child) => (typeof child === "string" ? child : child.textContent)).join("");
  }
  set textContent(text) {
    this.text = text;
    this.children = [];
  }
  get parentElement() {
    return this.parent;
  }
  get firstElementChild() {
    return this.children[0];
  }
  setAttribute(name, value) {
    this.attributes.set(name, String(value));
    if (name.startsWith("data-")) this.dataset[name.slice(5)] = String(value);
    if (name === "class") this.classes = new Set(String(value).split(" "));
  }
  getAttribute(name) {
    return this.attributes.get(name) ?? null;
  }
  removeAttribute(name) {
    this.attributes.delete(name);
  }
  append(...nodes) {
    for (const node of nodes) {
      if (typeof node !== "object") continue;
      node.remove();
      node.parent = this;
    }
    this.children.push(...nodes);
  }
  replaceChildren(...nodes) {
    this.children = [];
    this.append(...nodes);
  }
  remove() {
    if (this.parent) this.parent.children = this.parent.children.filter((child) => child !== this);
  }
  addEventListener(type, listener) {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
  }
  /** Calls the listeners of this element and of those around it. @returns {FakeEvent} */
  fire(type, fields = {}) {
    const event = new FakeEvent(type, { target: this, ...fields });
    for (let at = this; at && !event.stopped; at = at.parent)
      for (const listener of at.listeners.get(type) ?? []) listener(event);
    return event;
  }
  click() {
    this.fire("click");
  }
  matches(selector) {
    return selector.split(",").some((one) => {
      const [, name, value] = /^\[([\w-]+)(?:=["']?([^"'\]]+)["']?)?\]$/.exec(one.trim()) ?? [];
      if (name) return value === undefined ? this.attributes.has(name) : this.getAttribute(name) === value;
      const word = one.trim();
      if (word === "dialog:modal") return this.tag === "dialog" && this.open;
      return word.startsWith(".")
        ? this.classes.has(word.slice(1))
        : word.startsWith("#")
          ? this.id === word.slice(1)
          : this.tag === word;
    });
  }
  closest(selector) {
    for (let at = this; at; at = at.parent) if (at.matches(selector)) return at;
    return null;
  }
  querySelectorAll(selector) {
    const inside = this.children.filter((child) => child instanceof FakeElement);
    return inside.flatMap((child) => [
      ...(child.matches(selector) ? [child] : []),
      ...child.querySelectorAll(selector),
    ]);
  }
  querySelector(selector) {
    return this.querySelectorAll(selector)[0] ?? null;
  }
  showModal() {
    this.open = true;
  }
  close() {
    this.open = false;
  }
  focus() {
    document.activeElement = this;
  }
  scrollIntoView() {}
  setPointerCapture(id) {
    this.captured = id;
  }
}

/** Puts one in place; call it before the page's modules are imported. */
export function install() {
  const document = new FakeElement("#document");
  document.body = new FakeElement("body");
  document.append(document.body);
  Object.assign(document, {
    createElement: (tag) => new FakeElement(tag),
    createElementNS: (_, tag) => new FakeElement(tag),
    activeElement: null,
  });
  Object.defineProperty(globalThis, "navigator", { value: { platform: "", userAgent: "" }, configurable: true });
  Object.assign(globalThis, {
    document,
    Element: FakeElement,
    HTMLElement: FakeElement,
    matchMedia: () => ({ matches: false }),
  });
  return document;
}
