/**
 * Who asks: on a Space that lends GPUs the page around ours, on huggingface.co, has the headers that the visitor's GPU
 * time is counted by. Gradio's client asks for them before its events; our own requests do the same.
 */

const WAIT_MS = 2000;

/** Where the page around a Space's page comes from. @param {string} host @returns {string | null} null: no Space */
export function hostOrigin(host) {
  if (host.includes(".dev.")) return `https://moon-${host.split(".")[1]}.dev.spaces.huggingface.tech`;
  return host.endsWith(".hf.space") ? "https://huggingface.co" : null;
}

/**
 * None anywhere but inside such a page; none, too, when it does not answer: the server then says what is missing.
 * @param {any} [view] the window @param {number} [wait] in ms
 * @returns {Promise<Record<string, string>>}
 */
export function visitorHeaders(view = window, wait = WAIT_MS) {
  const origin = hostOrigin(view.location.hostname);
  // Gradio's client sets the flag when the page around says that it knows them.
  if (!origin || view.parent === view || !view.supports_zerogpu_headers) return Promise.resolve({});
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    /** @param {unknown} headers */
    const end = (headers) => {
      clearTimeout(late);
      port1.close();
      resolve(plain(headers));
    };
    const late = setTimeout(() => end(null), wait);
    port1.onmessage = ({ data }) => end(data);
    view.parent.postMessage("zerogpu-headers", origin, [port2]);
  });
}

/** @param {unknown} headers @returns {Record<string, string>} names and values that `fetch` takes */
function plain(headers) {
  if (!headers || typeof headers !== "object") return {};
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => typeof value === "string"));
}
