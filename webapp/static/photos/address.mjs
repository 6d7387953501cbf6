/** Web addresses of pictures in what people paste and drop. */

const MOST = 4000;

/**
 * @param {string | null | undefined} text
 * @returns {string | null} the one http(s) address that the text is, or null
 */
export function addressOf(text) {
  // The list that browsers drop: one address a line, comments begin with #.
  const lines = (text ?? "")
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith("#"));
  if (lines.length !== 1 || lines[0].length > MOST || /\s/.test(lines[0])) return null;
  try {
    const url = new URL(lines[0]);
    return ["http:", "https:"].includes(url.protocol) && url.hostname ? url.href : null;
  } catch {
    return null;
  }
}

/** A short name for an address, to show while it is fetched. @param {string} address */
export function nameOf(address) {
  const { hostname, pathname } = new URL(address);
  const last = pathname.split("/").filter(Boolean).at(-1) ?? "";
  try {
    return decodeURIComponent(last) || hostname;
  } catch {
    return last;
  }
}
