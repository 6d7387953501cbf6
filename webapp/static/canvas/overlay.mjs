/**
 * Masks to pixels: a low-resolution field is sampled at the resolution of the view, so that edges are smooth at any
 * zoom.
 *
 * @typedef {{data: Float32Array | Uint8Array, width: number, height: number, ax: number, bx: number, ay: number,
 *   by: number, threshold: number}} Field value at image pixel (x, y) is data at column ax * x + bx, row ay * y + by
 *   (bilinear); above `threshold` is inside
 * @typedef {{x0: number, y0: number, x1: number, y1: number}} Rect image pixels
 * @typedef {{canvas: HTMLCanvasElement, rect: Rect}} Raster
 * @typedef {{color: [number, number, number], fill: number, line: number, halo?: boolean}} Style `fill` 0-1,
 *   `line` width in pixels of the raster
 */

/**
 * The field of one decoder answer.
 * @param {import("../inference/request_queue.mjs").Answer} answer
 * @param {number} index which of its masks
 * @param {{width: number, height: number, input: {width: number, height: number, size: number}}} picture
 * @returns {Field}
 */
export function fieldOfAnswer(answer, index, picture) {
  const { width, height } = answer;
  const area = width * height;
  return {
    data: answer.logits.subarray(index * area, (index + 1) * area),
    width,
    height,
    threshold: 0,
    ax: ((picture.input.width / picture.width) * width) / picture.input.size,
    bx: -0.5,
    ay: ((picture.input.height / picture.height) * height) / picture.input.size,
    by: -0.5,
  };
}

/**
 * The field of an object's mask image that covers `box`.
 * @param {Uint8Array} data 0-255 @param {number} width @param {number} height @param {number[]} box xyxy
 * @returns {Field}
 */
export function fieldOfMask(data, width, height, box) {
  const ax = width / (box[2] - box[0]);
  const ay = height / (box[3] - box[1]);
  return { data, width, height, threshold: 127.5, ax, bx: -box[0] * ax - 0.5, ay, by: -box[1] * ay - 0.5 };
}

/** Whether the mask is at an image pixel. @param {Field} field @param {number} x @param {number} y */
export function covers(field, x, y) {
  const column = Math.round(field.ax * x + field.bx),
    row = Math.round(field.ay * y + field.by);
  if (column < 0 || row < 0 || column >= field.width || row >= field.height) return false;
  return field.data[row * field.width + column] > field.threshold;
}

/**
 * The part of the image in which the mask can be, or null for an empty mask.
 * @param {Field} field
 * @returns {Rect | null}
 */
export function extent(field) {
  const { data, width, height, threshold } = field;
  let left = width,
    right = -1,
    top = -1,
    bottom = -1;
  for (let row = 0; row < height; row++) {
    const start = row * width;
    for (let column = 0; column < width; column++) {
      if (data[start + column] > threshold) {
        if (top < 0) top = row;
        bottom = row;
        if (column < left) left = column;
        if (column > right) right = column;
      }
    }
  }
  if (right < 0) return null;
  return {
    x0: (left - 2 - field.bx) / field.ax,
    x1: (right + 2 - field.bx) / field.ax,
    y0: (top - 2 - field.by) / field.ay,
    y1: (bottom + 2 - field.by) / field.ay,
  };
}

/** @param {Rect | null} a @param {Rect} b @returns {Rect | null} */
export function intersect(a, b) {
  if (!a) return null;
  const rect = {
    x0: Math.max(a.x0, b.x0),
    y0: Math.max(a.y0, b.y0),
    x1: Math.min(a.x1, b.x1),
    y1: Math.min(a.y1, b.y1),
  };
  return rect.x1 > rect.x0 && rect.y1 > rect.y0 ? rect : null;
}

/** A new array for each preview would be megabytes a second for the collector. */
let scratch = new Float32Array(0);

/**
 * Samples the field on a grid. Outside of its data the value falls below the threshold for masks cut to their box,
 * and repeats the edge for logits, whose image may end before the square does.
 * @param {Field} field @param {Rect} rect @param {number} width @param {number} height
 * @returns {Float32Array} (height, width), threshold subtracted; the next call writes over it
 */
export function sample(field, rect, width, height) {
  if (scratch.length < width * height) scratch = new Float32Array(width * height);
  const values = scratch.subarray(0, width * height);
  const { data, threshold } = field;
  const cut = data instanceof Uint8Array;
  const columns = new Int32Array(width),
    fractions = new Float32Array(width);
  const stepX = (rect.x1 - rect.x0) / width,
    stepY = (rect.y1 - rect.y0) / height;
  const pad = cut ? 1 : 0; // a ring of zeros round a cut mask closes its outline at the box
  const w = field.width + 2 * pad;
  const line = new Float32Array(w);
  for (let i = 0; i < width; i++) {
    const u = Math.min(w - 1, Math.max(0, field.ax * (rect.x0 + (i + 0.5) * stepX) + field.bx + pad));
    columns[i] = Math.min(w - 2, Math.floor(u));
    fractions[i] = u - columns[i];
  }
  for (let j = 0; j < height; j++) {
    let v = field.ay * (rect.y0 + (j + 0.5) * stepY) + field.by;
    v = Math.min(field.height - 1 + pad, Math.max(-pad, v));
    const row = Math.floor(v),
      fraction = v - row;
    const next = cut ? row + 1 : Math.min(field.height - 1, row + 1);
    // A row beyond the data counts nothing; one that is there stands for it.
    const last = field.height - 1;
    const upper = row < 0 || row > last ? 0 : 1 - fraction,
      lower = next > last ? 0 : fraction;
    const from = Math.min(last, Math.max(0, row)) * field.width,
      to = Math.min(last, next) * field.width;
    for (let column = 0; column < field.width; column++)
      line[column + pad] = data[from + column] * upper + data[to + column] * lower;
    const start = j * width;
    for (let i = 0; i < width; i++) {
      const left = line[columns[i]];
      values[start + i] = left + (line[columns[i] + 1] - left) * fractions[i] - threshold;
    }
  }
  return values;
}

/**
 * @param {Field} field
 * @param {Rect} seen the part of the image on the stage
 * @param {number} density raster pixels per image pixel
 * @param {Style} style
 * @param {Rect | null} filled where the mask can be
 * @returns {Raster | null} null: nothing of the mask is seen
 */
export function rasterise(field, seen, density, style, filled = extent(field)) {
  const rect = intersect(filled, seen);
  if (!rect) return null;
  const width = Math.max(1, Math.round((rect.x1 - rect.x0) * density));
  const height = Math.max(1, Math.round((rect.y1 - rect.y0) * density));
  const values = sample(field, rect, width, height);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(width, height);
  paint(values, width, height, image.data, style);
  context.putImageData(image, 0, 0);
  return { canvas, rect };
}

/**
 * Fill and outline from the distance to the edge, which is value over gradient.
 * @param {Float32Array} values @param {number} width @param {number} height @param {Uint8ClampedArray} out RGBA
 * @param {Style} style
 */
function paint(values, width, height, out, style) {
  const [red, green, blue] = style.color;
  const half = style.line / 2;
  const reach = half + 1.5;
  for (let y = 0; y < height; y++) {
    const up = y > 0 ? -width : 0,
      down = y < height - 1 ? width : 0;
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const value = values[i];
      const gx = (values[x < width - 1 ? i + 1 : i] - values[x > 0 ? i - 1 : i]) / 2;
      const gy = (values[i + down] - values[i + up]) / 2;
      const slope = Math.sqrt(gx * gx + gy * gy) + 1e-6;
      const distance = value / slope;
      if (distance < -reach) continue;
      // Flat ground just above or below zero looks near by this measure too: an edge needs a crossing close by.
      const edge = Math.abs(distance) < reach && crosses(values, width, height, x, y, i);
      if (!edge && value <= 0) continue;
      const inside = edge ? Math.min(1, Math.max(0, distance + 0.5)) : 1;
      const near = edge ? Math.abs(distance) : Infinity;
      const line = Math.min(1, Math.max(0, half + 0.5 - near));
      const halo = style.halo ? 0.75 * Math.min(1, Math.max(0, half + 1.5 - near)) : 0;
      const o = i * 4;
      const under = Math.max(halo, inside * style.fill);
      const white = halo > inside * style.fill ? 1 : 0;
      const alpha = line + under * (1 - line);
      if (alpha === 0) continue;
      const share = line / alpha;
      out[o] = red * share + (white ? 255 : red) * (1 - share);
      out[o + 1] = green * share + (white ? 255 : green) * (1 - share);
      out[o + 2] = blue * share + (white ? 255 : blue) * (1 - share);
      out[o + 3] = alpha * 255;
    }
  }
}

/**
 * Whether the mask's edge is within three pixels to any of the four sides.
 * @param {Float32Array} values
 * @param {number} width
 * @param {number} height
 * @param {number} x
 * @param {number} y
 * @param {number} i place of (x, y) in the values
 */
function crosses(values, width, height, x, y, i) {
  const inside = values[i] > 0;
  for (let step = 1; step <= 3; step++) {
    if (x >= step && values[i - step] > 0 !== inside) return true;
    if (x + step < width && values[i + step] > 0 !== inside) return true;
    if (y >= step && values[i - step * width] > 0 !== inside) return true;
    if (y + step < height && values[i + step * width] > 0 !== inside) return true;
  }
  return false;
}
