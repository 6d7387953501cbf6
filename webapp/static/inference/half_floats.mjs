/**
 * Half-precision numbers, of which not every browser has arrays. Logits are rounded to them as soon as they are
 * decoded, so that what the page shows is, to the bit, what it can send and what the server keeps (`half_logits` there
 * does the same).
 */

/** @type {Float32Array | null} value of each of the 65,536 half-precision numbers */
let halves = null;
const LARGEST = 60000;
/** The least number with all its digits; below it they are multiples of `STEP`. */
const NORMAL = 2 ** -14;
const STEP = 2 ** -24;

/** Half to single precision. @param {Uint16Array} bits @returns {Float32Array} */
export function widen(bits) {
  if (!halves) {
    halves = new Float32Array(65536);
    for (let i = 0; i < 65536; i++) {
      const exponent = (i >> 10) & 31,
        fraction = i & 1023;
      const size =
        exponent === 0
          ? fraction * STEP
          : exponent === 31
            ? fraction
              ? NaN
              : Infinity
            : (1 + fraction / 1024) * 2 ** (exponent - 15);
      halves[i] = i & 32768 ? -size : size;
    }
  }
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = halves[bits[i]];
  return values;
}

/**
 * Rounds logits to half precision, in place; a positive one stays positive.
 * @param {Float32Array<ArrayBuffer>} values @returns {Float32Array<ArrayBuffer>} `values`
 */
export function roundToHalf(values) {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i],
      size = Math.abs(value);
    if (size >= NORMAL && size <= LARGEST) {
      // To 10 binary digits behind the point, halves to even, as numpy and every processor do.
      bits[i] = (bits[i] + 0xfff + ((bits[i] >>> 13) & 1)) & 0xffffe000;
    } else if (size > LARGEST) values[i] = Math.sign(value) * LARGEST;
    else if (size > 0) {
      const rounded = toEven(value / STEP) * STEP;
      values[i] = rounded === 0 && value > 0 ? STEP : rounded;
    }
  }
  return values;
}

/** @param {number} value */
function toEven(value) {
  const floor = Math.floor(value),
    rest = value - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

/**
 * Single to half precision, for numbers that `roundToHalf` has rounded.
 * @param {Float32Array<ArrayBuffer>} values
 * @returns {Uint16Array<ArrayBuffer>}
 */
export function narrow(values) {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const sign = (bits[i] >>> 16) & 0x8000,
      size = bits[i] & 0x7fffffff;
    out[i] = sign | (size < 0x38800000 ? Math.abs(values[i]) / STEP : (size - 0x38000000) >>> 13);
  }
  return out;
}
