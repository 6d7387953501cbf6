/**
 * Which tab this is: a name that a reload, Back and the browser's own recovery keep, and that no two tabs have at the
 * same time. A tab that was duplicated begins with a copy of the other's name; it gets one of its own.
 *
 * @typedef {{id: string, from: string | null, page: any}} Tab `from`: whose work it begins with; `page`: what was noted
 *   as that page went away
 */

const KEY = "sam-studio-tab";
/** A page that is loaded again gets its lock once the browser has ended the page before. */
const WAIT_MS = 1000;
const ANSWER_MS = 250;

/** @param {any} [view] the window @returns {Promise<Tab>} */
export async function claimTab(view = window) {
  const { id, page } = read(view);
  if (id && (await claim(view, id))) return { id, from: id, page };
  const own = [...view.crypto.getRandomValues(new Uint8Array(12))].map((byte) => (byte % 36).toString(36)).join("");
  await claim(view, own);
  note(view, own, null);
  return { id: own, from: id, page: null };
}

/** For the page that comes after this one. @param {any} view @param {string} id @param {any} page */
export function note(view, id, page) {
  try {
    view.sessionStorage.setItem(KEY, JSON.stringify({ id, page }));
  } catch {
    // Inside a frame the browser may refuse; work then ends with the page.
  }
}

/** Names that tabs have now; null where it is not told. @param {any} [view] @returns {Promise<Set<string> | null>} */
export async function openTabs(view = window) {
  const held = (await view.navigator.locks?.query())?.held;
  if (!held) return null;
  return new Set(held.map((/** @type {{name: string}} */ lock) => lock.name.replace(`${KEY}:`, "")));
}

/** @param {any} view @returns {{id: string | null, page: any}} */
function read(view) {
  try {
    const { id, page } = JSON.parse(view.sessionStorage.getItem(KEY) ?? "{}");
    return typeof id === "string" ? { id, page: page ?? null } : { id: null, page: null };
  } catch {
    return { id: null, page: null };
  }
}

/** Whether no other tab has that name; it is this tab's as long as its page. @param {any} view @param {string} id */
function claim(view, id) {
  const { locks } = view.navigator;
  // Pages that do not come over HTTPS have no locks.
  if (!locks) return ask(view, id);
  return new Promise((resolve) => {
    locks
      .request(`${KEY}:${id}`, { signal: AbortSignal.timeout(WAIT_MS) }, () => {
        resolve(true);
        return new Promise(() => {});
      })
      .catch(() => resolve(false));
  });
}

/** @param {any} view @param {string} id @returns {Promise<boolean>} */
function ask(view, id) {
  if (!view.BroadcastChannel) return Promise.resolve(true);
  const channel = new view.BroadcastChannel(KEY);
  return new Promise((resolve) => {
    let mine = false;
    const late = setTimeout(() => {
      mine = true;
      resolve(true);
    }, ANSWER_MS);
    channel.onmessage = (/** @type {MessageEvent} */ { data }) => {
      if (data?.id !== id) return;
      if (mine && data.ask) channel.postMessage({ id, ask: false });
      if (mine || data.ask) return;
      clearTimeout(late);
      channel.close();
      resolve(false);
    };
    channel.postMessage({ id, ask: true });
  });
}
