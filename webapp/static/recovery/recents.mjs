/** Work of earlier photos and of closed tabs that this browser has kept, for the start page. */

/**
 * @typedef {import("./store.mjs").Entry} Entry
 * @typedef {{name: string, count: number, saved: number, thumb: string, resume(): Promise<void>,
 *   forget(): Promise<void>}} Recent saved: when, milliseconds since 1970; thumb: a data address, or ""
 */

/** Shown on the start page. */
const MOST = 6;
const SIDE = 96;
const MINUTE_MS = 60_000;

/**
 * Those that can be gone on with, the latest first; a private photo is not among them.
 * @param {Entry[]} all the latest first @param {Set<string>} open sessions of tabs that are there @param {string} own
 */
export function offered(all, open, own) {
  return all.filter(({ id, rows }) => !open.has(id) && id !== own && rows?.length).slice(0, MOST);
}

/** Whether a session is worth to be kept when another photo takes its place. @param {any} page @param {any[]} rows */
export function worthKeeping(page, rows) {
  return Boolean(page?.count) || rows.some((row) => row.revised);
}

/** How long ago, in words. @param {number} saved @param {number} now */
export function ago(saved, now) {
  const minutes = Math.floor(Math.max(0, now - saved) / MINUTE_MS);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return hours === 1 ? "1 hour ago" : `${hours} hours ago`;
  const days = Math.floor(hours / 24);
  return days === 1 ? "yesterday" : `${days} days ago`;
}

/** A small picture of a photo; "" where there is none. @param {ImageBitmap | undefined} bitmap */
export function thumbOf(bitmap) {
  if (!bitmap) return "";
  const scale = SIDE / Math.max(bitmap.width, bitmap.height);
  const canvas = Object.assign(document.createElement("canvas"), {
    width: Math.max(1, Math.round(bitmap.width * scale)),
    height: Math.max(1, Math.round(bitmap.height * scale)),
  });
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", 0.7);
}
