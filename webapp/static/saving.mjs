/** Files from the server to the user's disk. */

/** @param {Blob} blob @param {string} name @returns {string} the name that it was saved under */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement("a"), { href: url, download: name.replace(/[\\/:*?"<>|]+/g, "_") });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return link.download;
}

/** A file's name without its ending. @param {string} name */
export function stem(name) {
  return name.replace(/\.[^.]+$/, "") || "photo";
}
