/**
 * What stands between a photo and nano's encoder graph, as pure functions: the same as `fit` in sam/backends/nano.py
 * does on the server, level for level; both must change together. Pixels are interleaved RGB, row by row.
 *
 * @typedef {{data: Uint8Array | Uint8ClampedArray, width: number, height: number}} Pixels RGB, three bytes a pixel
 * @typedef {{place: Int32Array, start: Int32Array, weight: Float32Array}} AreaTable weights of the cells from
 *   `start[i]` to `start[i + 1]`, which are those that pixel i of the result covers; `place` says which cells of the
 *   source they are
 */

export const INPUT_SIZE = 512;
/** The training mean: zero once normalised. */
export const PAD_COLOUR = [124, 116, 104];
/** Pillow's fixed point: what is left of 32 bits beside a byte, a sign and one bit of overshoot. */
const FIXED_BITS = 22;

/** [height, width] with the longest side at `size`, as SAM rounds it. @param {number} height @param {number} width */
export function fitHw(height, width, size = INPUT_SIZE) {
  const scale = size / Math.max(height, width);
  return [Math.max(1, Math.floor(height * scale + 0.5)), Math.max(1, Math.floor(width * scale + 0.5))];
}

/** With the longest side at `size`; area averages where it shrinks. @param {Pixels} pixels @returns {Pixels} */
export function fit(pixels, size = INPUT_SIZE) {
  const [height, width] = fitHw(pixels.height, pixels.width, size);
  if (height === pixels.height && width === pixels.width) return pixels;
  return Math.max(pixels.height, pixels.width) > size ? shrink(pixels, height, width) : enlarge(pixels, height, width);
}

/** In the top left of a square of `size`. @param {Pixels} pixels @returns {Uint8Array} */
export function padSquare({ data, width, height }, size = INPUT_SIZE) {
  const square = new Uint8Array(3 * size * size);
  for (let at = 0; at < square.length; at += 3) square.set(PAD_COLOUR, at);
  for (let y = 0; y < height; y++) square.set(data.subarray(3 * y * width, 3 * (y + 1) * width), 3 * y * size);
  return square;
}

/** Without the fourth channel, which must be opaque. @param {Uint8ClampedArray} rgba @returns {Uint8Array} */
export function dropAlpha(rgba) {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from];
    rgb[to + 1] = rgba[from + 1];
    rgb[to + 2] = rgba[from + 2];
  }
  return rgb;
}

/**
 * OpenCV's INTER_AREA: each pixel is the mean of what it covers.
 * @param {Pixels} pixels
 * @param {number} height
 * @param {number} width
 *  @returns {Pixels} */
export function shrink(pixels, height, width) {
  const down = 1 / (height / pixels.height);
  const across = 1 / (width / pixels.width);
  if (whole(down) && whole(across)) return shrinkWhole(pixels, height, width, Math.round(down), Math.round(across));
  const rows = areaTable(pixels.height, height, down);
  const columns = areaTable(pixels.width, width, across);
  const { data } = pixels;
  const result = new Uint8Array(3 * height * width);
  // Single precision throughout, as in OpenCV: a sum that lies between two levels falls on the same side.
  const line = new Float32Array(3 * width);
  const sum = new Float32Array(3 * width);
  for (let y = 0; y < height; y++) {
    sum.fill(0);
    for (let row = rows.start[y]; row < rows.start[y + 1]; row++) {
      const base = 3 * rows.place[row] * pixels.width;
      for (let x = 0; x < width; x++) {
        let red = 0,
          green = 0,
          blue = 0;
        for (let cell = columns.start[x]; cell < columns.start[x + 1]; cell++) {
          const at = base + 3 * columns.place[cell];
          const weight = columns.weight[cell];
          red = Math.fround(red + Math.fround(data[at] * weight));
          green = Math.fround(green + Math.fround(data[at + 1] * weight));
          blue = Math.fround(blue + Math.fround(data[at + 2] * weight));
        }
        line[3 * x] = red;
        line[3 * x + 1] = green;
        line[3 * x + 2] = blue;
      }
      const weight = rows.weight[row];
      for (let at = 0; at < sum.length; at++) sum[at] += Math.fround(weight * line[at]);
    }
    for (let at = 0; at < sum.length; at++) result[3 * y * width + at] = toByte(sum[at]);
  }
  return { data: result, width, height };
}

/**
 * The same where each pixel covers as many whole ones.
 * @param {Pixels} pixels
 * @param {number} height
 * @param {number} width
 * @param {number} down
 * @param {number} across
 */
function shrinkWhole({ data, width: from }, height, width, down, across) {
  const result = new Uint8Array(3 * height * width);
  const share = Math.fround(1 / (down * across));
  for (let y = 0; y < height; y++)
    for (let at = 0; at < 3 * width; at++) {
      const first = 3 * y * down * from + (at % 3) + 3 * across * Math.floor(at / 3);
      let sum = 0;
      for (let j = 0; j < down; j++) for (let i = 0; i < across; i++) sum += data[first + 3 * (j * from + i)];
      // OpenCV has a path of its own for fours, which rounds halves up.
      result[3 * y * width + at] = down === 2 && across === 2 ? (sum + 2) >> 2 : toByte(Math.fround(sum * share));
    }
  return { data: result, width, height };
}

/** OpenCV's computeResizeAreaTab. @param {number} from @param {number} to @param {number} scale @returns {AreaTable} */
function areaTable(from, to, scale) {
  /** @type {number[]} */
  const place = [];
  /** @type {number[]} */
  const weight = [];
  const start = new Int32Array(to + 1);
  const add = (/** @type {number} */ cell, /** @type {number} */ share) => {
    place.push(cell);
    weight.push(share);
  };
  for (let i = 0; i < to; i++) {
    const low = i * scale;
    const high = low + scale;
    const covered = Math.min(scale, from - low);
    const last = Math.min(Math.floor(high), from - 1);
    const first = Math.min(Math.ceil(low), last);
    if (first - low > 1e-3) add(first - 1, (first - low) / covered);
    for (let cell = first; cell < last; cell++) add(cell, 1 / covered);
    if (high - last > 1e-3) add(last, Math.min(high - last, 1, covered) / covered);
    start[i + 1] = place.length;
  }
  return { place: Int32Array.from(place), start, weight: Float32Array.from(weight) };
}

/**
 * Pillow's bilinear filter, for enlarging: across, rounded to bytes, then down.
 * @param {Pixels} pixels
 * @param {number} height
 * @param {number} width
 * @returns {Pixels}
 */
export function enlarge(pixels, height, width) {
  return turned(stretch(turned(stretch(pixels, width)), height));
}

/** @param {Pixels} pixels @param {number} to the new width @returns {Pixels} */
function stretch(pixels, to) {
  const { data, width, height } = pixels;
  if (to === width) return pixels;
  const result = new Uint8Array(3 * to * height);
  const scale = width / to;
  for (let x = 0; x < to; x++) {
    const centre = (x + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - 0.5));
    const count = Math.min(width, Math.trunc(centre + 1.5)) - first;
    const shares = Array.from({ length: count }, (_, i) => Math.max(0, 1 - Math.abs(i + first - centre + 0.5)));
    const all = shares.reduce((sum, share) => sum + share, 0);
    const fixed = shares.map((share) => Math.trunc(0.5 + (share / all) * (1 << FIXED_BITS)));
    for (let y = 0; y < height; y++)
      for (let channel = 0; channel < 3; channel++) {
        let sum = 1 << (FIXED_BITS - 1);
        for (let i = 0; i < count; i++) sum += data[3 * (y * width + first + i) + channel] * fixed[i];
        result[3 * (y * to + x) + channel] = Math.min(255, sum >> FIXED_BITS);
      }
  }
  return { data: result, width: to, height };
}

/** Rows as columns. @param {Pixels} pixels @returns {Pixels} */
function turned({ data, width, height }) {
  const result = new Uint8Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let channel = 0; channel < 3; channel++)
        result[3 * (x * height + y) + channel] = data[3 * (y * width + x) + channel];
  return { data: result, width: height, height: width };
}

/** @param {number} scale */
function whole(scale) {
  return Math.abs(scale - Math.round(scale)) < Number.EPSILON;
}

/** Halves to the even neighbour, as the processor rounds. @param {number} value 0 or more */
function toByte(value) {
  const low = Math.floor(value);
  const rest = value - low;
  const rounded = rest > 0.5 || (rest === 0.5 && low % 2) ? low + 1 : low;
  return Math.min(255, rounded);
}
