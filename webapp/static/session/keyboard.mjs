/** Keys to actions. Keys that a focused field or button uses are left to it. */

/**
 * @typedef {{undo(): void, redo(): void, escape(): void, commit(): void, choose(index: number): void, fit(): void,
 *   zoom(factor: number): void, toggleMasks(): void, removeSelected(): void, browse(): void, holdSpace(held: boolean):
 * void, tool(name: "box" | "scribble" | "lasso"): void, hand(name: "brush" | "erase"): void, size(factor: number):
 * void, edit(): void, refine(): void, sharpen(): void, grip(): void, next(step: 1 | -1): boolean, peek(held: boolean):
 * void, actual(): void, toSelection(): void, moveCursor(dx: number, dy: number): void, pointAtCursor(label: 0 | 1):
 * void, help(): void}} KeyActions
 */

const STEP = 8;
const STEP_FAST = 48;
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Keyboard {
  /** @param {HTMLElement} stage @param {HTMLElement} root @param {KeyActions} actions */
  constructor(stage, root, actions) {
    this.stage = stage;
    this.root = root;
    this.actions = actions;
    document.addEventListener("keydown", (event) => this.#down(event));
    const release = () => (actions.holdSpace(false), actions.peek(false));
    document.addEventListener("keyup", (event) => {
      if (event.code === "Space") actions.holdSpace(false);
      if (event.key.toLowerCase() === "o") actions.peek(false);
    });
    window.addEventListener("blur", release);
  }

  /** @param {KeyboardEvent} event */
  #down(event) {
    if (event.defaultPrevented || !this.root.isConnected) return;
    const target = /** @type {HTMLElement} */ (event.target);
    if (
      target.closest?.(
        "input:not([type=checkbox]):not([type=color]), textarea, select, [contenteditable], dialog[open]",
      )
    )
      return;
    if (target.closest?.("#ss-tabs")) return;
    const onStage = target === this.stage || target === document.body;
    const command = event.ctrlKey || event.metaKey;
    if (this.#run(event, command, onStage)) event.preventDefault();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {boolean} command
   * @param {boolean} onStage
   * @returns {boolean} whether it was used
   */
  #run(event, command, onStage) {
    const { actions } = this;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (command) {
      if (key === "z") return (event.shiftKey ? actions.redo() : actions.undo(), true);
      if (key === "y") return (actions.redo(), true);
      if (key === "o") return (actions.browse(), true);
      return false;
    }
    if (event.altKey) return false;
    if (key in ARROWS && event.target === this.stage) {
      const step = event.shiftKey ? STEP_FAST : STEP;
      return (actions.moveCursor(ARROWS[key][0] * step, ARROWS[key][1] * step), true);
    }
    if (key === "Enter") return onStage && (actions.commit(), true);
    if (event.code === "Space") return onStage && (actions.holdSpace(true), true);
    // What it types differs between keyboards.
    if (event.shiftKey && event.code === "Digit0") return (actions.actual(), true);
    switch (key) {
      case "Escape":
        return (actions.escape(), true);
      case "1":
      case "2":
      case "3":
        return (actions.choose(Number(key) - 1), true);
      case "0":
      case "f":
        return (actions.fit(), true);
      case "+":
      case "=":
        return (actions.zoom(1.25), true);
      case "-":
        return (actions.zoom(0.8), true);
      case "z":
        return (actions.toSelection(), true);
      case "o":
        return (actions.peek(true), true);
      case "h":
        return (actions.toggleMasks(), true);
      case "v":
        return (actions.tool("box"), true);
      case "s":
        return (actions.tool("scribble"), true);
      case "l":
        return (actions.tool("lasso"), true);
      case "b":
        return (actions.hand("brush"), true);
      case "e":
        return (actions.hand("erase"), true);
      case "[":
        return (actions.size(1 / 1.2), true);
      case "]":
        return (actions.size(1.2), true);
      case "g":
        return (actions.grip(), true);
      case "m":
        return (actions.edit(), true);
      case "d":
        return (actions.sharpen(), true);
      case "r":
        return (actions.refine(), true);
      case "Tab":
        // Past the last one, focus moves on.
        return event.target === this.stage && actions.next(event.shiftKey ? -1 : 1);
      case "a":
        return (actions.pointAtCursor(1), true);
      case "x":
        return (actions.pointAtCursor(0), true);
      case "?":
        return (actions.help(), true);
      case "Delete":
      case "Backspace":
        return (actions.removeSelected(), true);
      default:
        return false;
    }
  }
}
