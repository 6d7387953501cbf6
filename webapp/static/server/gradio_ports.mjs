/**
 * The hidden Gradio components through which tabs see the workspace: `image`, `objects` and `model`. The page writes
 * their values, and is told when a tool has changed the workspace on the server. `boxes`, `prompt` and
 * `result` go the other way.
 *
 * @typedef {{props: {value: any}, watch: (name: string, run: () => void) => void, element: HTMLElement}} PortHandle
 */

/** @type {Map<string, PortHandle>} */
const ports = new Map();
/** @type {Map<string, string>} what each port holds, to skip writes that change nothing */
const written = new Map();
/** @type {Map<string, any>} values that came before their port was there */
const early = new Map();
/** @type {() => void} */
let onServerChange = () => {};
/** @type {Map<string, (value: any) => void>} what to do with values that only tabs write */
const takers = new Map();

/** Called by the component itself when Gradio mounts it. @param {string} name @param {PortHandle} handle */
export function register(name, handle) {
  ports.set(name, handle);
  handle.watch("value", () => {
    const value = handle.props.value;
    if (JSON.stringify(value) === written.get(name)) return;
    const take = takers.get(name);
    if (take) take(value);
    else onServerChange();
  });
  if (early.has(name)) write(name, early.get(name));
}

/** @param {string} name @param {any} value */
export function write(name, value) {
  const port = ports.get(name);
  if (!port) return void early.set(name, value);
  const text = JSON.stringify(value);
  if (written.get(name) === text) return;
  written.set(name, text);
  port.props.value = value;
}

/** @param {() => void} run a tool has put something into the workspace */
export function listen(run) {
  onServerChange = run;
}

/**
 * @param {string} name of a port that the page never writes
 * @param {(value: any) => void} run with each value from a tab
 */
export function take(name, run) {
  takers.set(name, run);
}
