/**
 * An answer's mask at the photo's full size: the same bits as `sam.masks.logits_to_masks` gives on the server, where
 * OpenCV enlarges. Rows first along x, then along y, each number rounded to single precision as it is there.
 */

/**
 * The cells that a pixel lies between, and how far it is from the first to the second.
 * @param {number} count cells
 * @param {number} cells that the image covers, not whole
 * @param {number} from
 * @param {number} to pixels
 * @param {number} length pixels of the image
 */
function places(count, cells, from, to, length) {
  const scale = 1 / (length / cells);
  const first = new Int32Array(to - from),
    second = new Int32Array(to - from),
    share = new Float32Array(to - from);
  for (let i = from; i < to; i++) {
    const at = (i + 0.5) * scale - 0.5,
      cell = Math.floor(at);
    const inside = cell >= 0 && cell < count - 1;
    first[i - from] = Math.min(count - 1, Math.max(0, cell));
    second[i - from] = inside ? cell + 1 : first[i - from];
    share[i - from] = inside ? at - cell : 0;
  }
  return { first, second, share };
}

/**
 * @param {import("../inference/request_queue.mjs").Answer} answer @param {number} choice which of its masks
 * @param {import("../server/api.mjs").Picture} picture
 * @returns {(from: number, to: number) => Uint8Array} 1 inside, row by row, for rows `from` up to `to`
 */
export function enlarged(answer, choice, picture) {
  const { width: across, height: down } = answer;
  const logits = answer.logits.subarray(choice * across * down, (choice + 1) * across * down);
  const cellsX = (across * picture.input.width) / picture.input.size,
    cellsY = (down * picture.input.height) / picture.input.size;
  // Cells of pure padding say nothing about the image.
  const columns = Math.ceil(cellsX),
    rows = Math.ceil(cellsY);
  const { width, height } = picture;
  const x = places(columns, cellsX, 0, width, width);
  /** @type {Map<number, Float32Array>} rows of cells, enlarged along x */
  const lines = new Map();
  const line = (/** @type {number} */ row) => {
    let values = lines.get(row);
    if (!values) {
      if (lines.size > 2) lines.delete(/** @type {number} */ (lines.keys().next().value));
      values = new Float32Array(width);
      const start = row * across;
      for (let i = 0; i < width; i++) {
        const left = logits[start + x.first[i]];
        values[i] = left + Math.fround(logits[start + x.second[i]] - left) * x.share[i];
      }
      lines.set(row, values);
    }
    return values;
  };
  return (from, to) => {
    const y = places(rows, cellsY, from, to, height);
    const inside = new Uint8Array(width * (to - from));
    for (let j = 0; j < to - from; j++) {
      const upper = line(y.first[j]),
        lower = line(y.second[j]),
        share = y.share[j];
      for (let i = 0; i < width; i++)
        inside[j * width + i] = upper[i] + Math.fround(lower[i] - upper[i]) * share > 0 ? 1 : 0;
    }
    return inside;
  };
}
