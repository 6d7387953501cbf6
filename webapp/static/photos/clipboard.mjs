/** The clipboard: an object's cut-out to it, and what comes from it that is no photo of its own. */

const REFUSED = "This browser does not let the page copy pictures. Save the cut-out instead: Export, or Ctrl+S.";
const SIDE = 128;
/** Share of pixels that must be transparent, so that a photo with soft corners is still a photo. */
const SHARE = 0.02;

/**
 * Copies what is selected as a picture with transparency, cut to its box.
 * @param {import("../session/studio.mjs").Studio} studio
 * @param {() => Promise<Blob>} here the cut-out of a photo that the server does not have
 * @returns {Promise<boolean>} whether it is in the clipboard
 */
export async function copyCutout(studio, here) {
  const { session, mask, objects, opening, transport, status } = studio;
  const local = opening.here !== null;
  if (!local && mask.present && !(await objects.keep())) return false;
  const chosen = session.chosen;
  if (!local && !chosen.length) {
    status.say("Select an object, then copy its cut-out.");
    return false;
  }
  const ids = chosen.map((object) => object.id).join(",");
  const make = () => (local ? here() : transport.file(`export/picture?what=cutout&kind=png&trim=1&objects=${ids}`));
  try {
    // A promise inside: the browser counts the key that was pressed, however long the picture takes.
    await navigator.clipboard.write([new ClipboardItem({ "image/png": make() })]);
  } catch (error) {
    if (error instanceof Error && error.name === "StudioError") status.fail(error);
    else status.say(REFUSED, "error");
    return false;
  }
  const what = local || chosen.length === 1 ? (chosen[0]?.name ?? "The cut-out") : `${chosen.length} objects`;
  status.say(`${what} copied, with transparency. Ctrl+V on another photo lays it there.`);
  return true;
}

/** Whether so much of it is transparent. @param {Uint8ClampedArray} pixels RGBA */
export function isCutout(pixels) {
  let clear = 0;
  for (let i = 3; i < pixels.length; i += 4) if (pixels[i] < 128) clear++;
  return clear > SHARE * (pixels.length / 4);
}

/** @param {Blob} file @returns {Promise<boolean>} whether it is a cut-out and no photo of its own */
export async function looksLikeCutout(file) {
  try {
    const bitmap = await createImageBitmap(file);
    const context = new OffscreenCanvas(SIDE, SIDE).getContext("2d", { willReadFrequently: true });
    if (!context) return false;
    context.imageSmoothingEnabled = false;
    context.drawImage(bitmap, 0, 0, SIDE, SIDE);
    bitmap.close();
    return isCutout(context.getImageData(0, 0, SIDE, SIDE).data);
  } catch {
    return false; // no picture that this browser knows
  }
}
