/** COCO's compressed run lengths to pixels; see `_runs` in sam/rle.py. */

/**
 * Run lengths, column by column, background first.
 * @param {string} counts @returns {number[]}
 */
export function runs(counts) {
  /** @type {number[]} */
  const found = [];
  for (let at = 0; at < counts.length; ) {
    let value = 0,
      place = 0,
      more = true;
    while (more) {
      const digit = counts.charCodeAt(at++) - 48;
      value += (digit & 31) * 2 ** (5 * place++);
      more = (digit & 32) > 0;
      if (!more && digit & 16) value -= 2 ** (5 * place);
    }
    found.push(found.length > 2 ? value + found[found.length - 2] : value);
  }
  return found;
}

/**
 * The part of a mask in its box, row by row.
 * @param {string} counts @param {number} height of the photo @param {number[]} box xyxy, whole pixels
 * @returns {Uint8Array} 0 or 255
 */
export function cropOf(counts, height, [x0, y0, x1, y1]) {
  const width = x1 - x0,
    tall = y1 - y0;
  const data = new Uint8Array(width * tall);
  let place = 0;
  runs(counts).forEach((length, index) => {
    if (index % 2)
      for (let at = place; at < place + length; at++) {
        const x = Math.floor(at / height) - x0,
          y = (at % height) - y0;
        if (x >= 0 && x < width && y >= 0 && y < tall) data[y * width + x] = 255;
      }
    place += length;
  });
  return data;
}
