/** Objects from files that are dropped beside the photo: annotations in any format, or pictures of masks. */

/** What is taken for annotations by its name. */
const ANNOTATIONS = /\.(json|geojson|xml|txt|yaml|yml|zip|svg|npz|ora|psd)$/i;
/** What keeps masks as they are. */
const LOSSLESS = /\.(png|tiff?|gif|bmp|webp)$/i;
const SIDE = 96;
/** A picture of masks has few colours, also where its outlines are soft. */
const FEW = 48;

/** @param {{name: string}} file */
export function isAnnotation(file) {
  return ANNOTATIONS.test(file.name);
}

/**
 * What of a drop is a photo, and what are objects.
 * @template {{name: string}} T @param {T[]} files
 * @returns {{photos: T[], annotations: T[]}}
 */
export function sorted(files) {
  return { photos: files.filter((file) => !isAnnotation(file)), annotations: files.filter(isAnnotation) };
}

/** Words by which people name masks. */
const MASK = "(?:masks?|seg(?:mentation)?s?|labels?|gt|instances?|annotations?|mattes?|alpha|objects?)";
const LOSSY = /\.(jpe?g|heic|heif|avif)$/i;

/** @param {{name: string}} file */
const stemOf = ({ name }) => name.replace(/\.[^.]+$/, "").toLowerCase();

/**
 * Whether a picture is called as a mask of a photo: "cat_mask.png", "mask-cat.png", "cat-mask-2.png" or "cat_3.png" of
 * "cat.jpg", or "cat.png" of a "cat.jpg", which cannot be a mask itself.
 * @param {{name: string}} file @param {{name: string}} photo
 */
export function isNamedMask(file, photo) {
  if (file === photo || !LOSSLESS.test(file.name)) return false;
  const stem = stemOf(photo).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  if (stemOf(file) === stemOf(photo)) return LOSSY.test(photo.name);
  const after = `${stem}[ _.-]+(?:${MASK}[ _.-]*\\d*|\\d+)`;
  return new RegExp(`^(?:${after}|${MASK}[ _.-]+${stem})$`).test(stemOf(file));
}

/**
 * The photo of several pictures that is opened, and those that are called as its masks: the first one that has any,
 * else the first.
 * @template {{name: string}} T @param {T[]} pictures
 * @returns {{photo: T | undefined, masks: T[]}}
 */
export function paired(pictures) {
  const masksOf = (/** @type {T} */ photo) => pictures.filter((file) => isNamedMask(file, photo));
  const photo = pictures.find((one) => masksOf(one).length > 0) ?? pictures[0];
  return { photo, masks: photo ? masksOf(photo) : [] };
}

/** Whether so many colours are those of masks. @param {Uint32Array} pixels @param {number} [most] */
export function fewColors(pixels, most = FEW) {
  const seen = new Set();
  for (const pixel of pixels) if (seen.add(pixel).size > most) return false;
  return seen.size > 1;
}

export class Importing {
  /** @param {import("../session/studio.mjs").Studio} studio */
  constructor(studio) {
    this.studio = studio;
  }

  /** Whether it is worth to look. @param {{name?: string}} file */
  mayBeMask(file) {
    return this.studio.session.picture !== null && LOSSLESS.test(file.name ?? "");
  }

  /**
   * Whether a picture shows masks of the photo on the stage: it has its size, and few colours.
   * @param {Blob & {name?: string}} file
   */
  async isMask(file) {
    const { picture } = this.studio.session;
    if (!picture || !this.mayBeMask(file)) return false;
    try {
      const bitmap = await createImageBitmap(file);
      if (bitmap.width !== picture.width || bitmap.height !== picture.height) return false;
      const canvas = new OffscreenCanvas(SIDE, SIDE);
      const context = canvas.getContext("2d", { willReadFrequently: true });
      if (!context) return false;
      context.imageSmoothingEnabled = false;
      context.drawImage(bitmap, 0, 0, SIDE, SIDE);
      bitmap.close();
      return fewColors(new Uint32Array(context.getImageData(0, 0, SIDE, SIDE).data.buffer));
    } catch {
      return false; // no picture that this browser knows: the server will say what it is
    }
  }

  /** @param {File[]} files all at once, since data.yaml says what the numbers beside it mean */
  async add(files) {
    const { session, transport, kept, status, opening } = this.studio;
    if (!session.picture) return void status.toast("Open the photo first, then drop its objects beside it.");
    if (!(await opening.onServer("Adding objects from a file"))) return;
    await session.guard(async () => {
      const head = JSON.stringify(files.map((file) => [file.name, file.size]));
      const body = new Blob([head, "\n", ...files]);
      const state = await transport.call("POST", "import", body);
      await kept.load(state.objects);
      session.apply(state);
      status.say(told(state.added.length, state.notes));
      if (state.notes.length) status.toast(state.notes.slice(0, 3).join(" "));
    });
  }
}

/** @param {number} count @param {string[]} notes */
export function told(count, notes) {
  const left = notes.length > 3 ? ` ${notes.length} parts of the file could not be read.` : "";
  return `${count} object${count === 1 ? "" : "s"} added.${left} Ctrl+Z takes them back.`;
}
