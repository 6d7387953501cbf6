/**
 * Pointer input on the stage to intentions: point, box, zoom, pan. Knows nothing of prompts or models.
 *
 * @typedef {{
 *   active(): boolean, pans(): boolean,
 *   point(x: number, y: number, label: 0 | 1, kind: string): void,
 *   pick(x: number, y: number): void,
 *   double(x: number, y: number): boolean,
 *   drag(x0: number, y0: number, x1: number, y1: number, done: boolean, label: 0 | 1, kind: string): void,
 *   dragCancelled(): void,
 *   zoom(x: number, y: number, factor: number): void,
 *   pan(dx: number, dy: number): void,
 *   hover(x: number, y: number, label: 0 | 1): void, press(): void, leave(): void, dial(step: -1 | 1): void,
 * }} Intentions positions are CSS pixels from the stage's top left; `pick` is a click with Shift; `double` a second
 * click or tap at the same place, and says whether it was used
 */

const SLOP = 5;
const SLOP_TOUCH = 10;
const LONG_PRESS_MS = 480;
const DOUBLE_MS = 350;

export class Gestures {
  /** @param {HTMLElement} target @param {Intentions} intentions */
  constructor(target, intentions) {
    this.target = target;
    this.on = intentions;
    /** @type {Map<number, {x: number, y: number}>} */
    this.pointers = new Map();
    /** @type {{x: number, y: number, label: 0 | 1, kind: string, moved: boolean} | null} */
    this.press = null;
    this.panning = false;
    this.spaceHeld = false;
    this.timer = 0;
    /** @type {{x: number, y: number, at: number} | null} the click before, for double clicks */
    this.last = null;
    target.addEventListener("pointerdown", (event) => this.#down(event));
    target.addEventListener("pointermove", (event) => this.#move(event));
    target.addEventListener("pointerup", (event) => this.#up(event));
    target.addEventListener("pointercancel", (event) => this.#cancel(event));
    target.addEventListener("pointerleave", () => this.on.leave());
    target.addEventListener("contextmenu", (event) => this.on.active() && event.preventDefault());
    target.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  /** Space is held: a drag pans. @param {boolean} held */
  holdSpace(held) {
    this.spaceHeld = held;
    this.target.classList.toggle("ss-can-pan", held);
  }

  get #pans() {
    return this.spaceHeld || this.on.pans();
  }

  /** @param {PointerEvent | WheelEvent} event */
  #at(event) {
    const box = this.target.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (!this.on.active()) return;
    const at = this.#at(event);
    this.on.press();
    this.target.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, at);
    if (this.pointers.size === 2) return this.#abort(); // a pinch begins: it was no press
    if (this.pointers.size > 2) return;
    if (event.button === 1 || this.#pans) {
      event.preventDefault();
      this.panning = true;
      this.target.classList.add("ss-panning");
      return;
    }
    if (event.button !== 0 && event.button !== 2) return;
    const negative = event.button === 2 || event.altKey || (event.ctrlKey && event.button === 0);
    this.press = { ...at, label: negative ? 0 : 1, kind: event.pointerType, moved: false };
    if (event.pointerType === "touch") {
      // A ring that closes says how long is long.
      this.target.classList.add("ss-pressing");
      this.target.parentElement?.style.setProperty("--ss-press-x", `${at.x}px`);
      this.target.parentElement?.style.setProperty("--ss-press-y", `${at.y}px`);
      this.timer = setTimeout(() => {
        const press = this.press;
        if (!press || press.moved) return;
        this.press = null;
        this.#settle();
        navigator.vibrate?.(20);
        this.on.point(press.x, press.y, 0, press.kind);
      }, LONG_PRESS_MS);
    }
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const before = this.pointers.get(event.pointerId);
    const at = this.#at(event);
    if (!before) {
      if (event.pointerType !== "touch" && !this.#pans && this.on.active())
        this.on.hover(at.x, at.y, event.altKey ? 0 : 1);
      return;
    }
    if (this.pointers.size === 2) {
      const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
      if (other) this.#pinch(other, before, at);
    } else if (this.panning) {
      this.on.pan(at.x - before.x, at.y - before.y);
    } else if (this.press) {
      const { press } = this;
      const slop = press.kind === "touch" ? SLOP_TOUCH : SLOP;
      if (!press.moved && Math.hypot(at.x - press.x, at.y - press.y) > slop) {
        press.moved = true;
        this.#settle();
      }
      if (press.moved) this.on.drag(press.x, press.y, at.x, at.y, false, press.label, press.kind);
    }
    this.pointers.set(event.pointerId, at);
  }

  /** @param {{x: number, y: number}} other @param {{x: number, y: number}} before @param {{x: number, y: number}} at */
  #pinch(other, before, at) {
    const old = Math.hypot(before.x - other.x, before.y - other.y);
    const now = Math.hypot(at.x - other.x, at.y - other.y);
    this.on.pan((at.x - before.x) / 2, (at.y - before.y) / 2);
    if (old > 4 && now > 4) this.on.zoom((at.x + other.x) / 2, (at.y + other.y) / 2, now / old);
  }

  /** @param {PointerEvent} event */
  #up(event) {
    const at = this.#at(event);
    const { press } = this;
    if (press && this.pointers.size === 1) {
      if (press.moved) this.on.drag(press.x, press.y, at.x, at.y, true, press.label, press.kind);
      else if (event.shiftKey) this.on.pick(press.x, press.y);
      else this.#click(press, event.timeStamp);
    }
    this.#release(event);
  }

  /**
   * @param {{x: number, y: number, label: 0 | 1, kind: string}} press
   * @param {number} now of the hand, not of a page that is busy
   */
  #click({ x, y, label, kind }, now) {
    const { last } = this;
    this.last = label ? { x, y, at: now } : null;
    const near = last && Math.hypot(x - last.x, y - last.y) <= (kind === "touch" ? 2 * SLOP_TOUCH : SLOP);
    if (label && near && now - last.at < DOUBLE_MS && this.on.double(x, y)) this.last = null;
    else this.on.point(x, y, label, kind);
  }

  /** @param {PointerEvent} event */
  #cancel(event) {
    this.#abort();
    this.#release(event);
  }

  #abort() {
    this.#settle();
    if (this.press?.moved) this.on.dragCancelled();
    this.press = null;
  }

  /** No long press any more. */
  #settle() {
    clearTimeout(this.timer);
    this.target.classList.remove("ss-pressing");
  }

  /** Esc while dragging. @returns {boolean} whether there was a drag to stop */
  escape() {
    if (!this.press?.moved) return false;
    this.#abort();
    return true;
  }

  /** @param {PointerEvent} event */
  #release(event) {
    this.#settle();
    this.pointers.delete(event.pointerId);
    this.press = null;
    if (this.pointers.size === 0) {
      this.panning = false;
      this.target.classList.remove("ss-panning");
    }
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    if (!this.on.active()) return;
    event.preventDefault();
    const { x, y } = this.#at(event);
    const lines = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    const delta = Math.max(-120, Math.min(120, event.deltaY * lines));
    if (event.altKey) return void (delta && this.on.dial(delta < 0 ? 1 : -1));
    this.on.zoom(x, y, Math.exp(-delta * (event.ctrlKey ? 0.01 : 0.0022)));
  }
}
