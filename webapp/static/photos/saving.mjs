/** Files to the user's disk. */

/**
 * To the user's disk.
 * @param {import("../ui/status.mjs").Status} status @param {() => Promise<Blob>} make @param {string} name
 * @returns {Promise<boolean>} whether it is there
 */
export async function save(status, make, name) {
  try {
    const url = URL.createObjectURL(await make());
    const link = Object.assign(document.createElement("a"), {
      href: url,
      download: name.replace(/[\\/:*?"<>|]+/g, "_"),
    });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    status.say(`Saved ${link.download}.`);
    return true;
  } catch (error) {
    status.fail(error);
    return false;
  }
}
