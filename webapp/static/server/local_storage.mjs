/**
 * What the browser keeps for the next visit. Inside a frame it may refuse to; things then last until the page is left.
 */

/** @param {string} key @returns {string | null} */
export function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string} value */
export function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // see above
  }
}
