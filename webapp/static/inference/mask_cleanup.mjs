/**
 * Masks as people mean them: in one piece under a click, without specks and pinholes, and right where they were
 * clicked. The same as sam/nano/postprocess.py does on the server, cell for cell; both must change together.
 */

const HOLE_SHARE = 0.02;
const ISLAND_SHARE = 0.01;
const EDGE = 1e-3;
/** What a logit under a click comes to at least, on the side that the click says. */
const MARGIN = 1;
/** How far a click changes the logits around it, in cells. */
const REACH = 6;
/** Within so many cells its change is the same: bilinear enlarging mixes cells up to 1.42 away. */
const SPOT = 1.5;

/**
 * Components of the cells that hold `value`.
 * @param {Uint8Array} cells
 * @param {number} width
 * @param {number} height
 * @param {number} value
 * @param {boolean} corners whether cells that share only a corner belong together
 * @returns {{labels: Int32Array, areas: number[]}} label 0 is all other cells
 */
export function components(cells, width, height, value, corners) {
  const labels = new Int32Array(cells.length);
  const areas = [0];
  const stack = new Int32Array(cells.length);
  for (let start = 0; start < cells.length; start += 1) {
    if (cells[start] !== value) {
      areas[0] += 1;
      continue;
    }
    if (labels[start]) continue;
    const label = areas.length;
    let top = 0;
    let area = 0;
    stack[top++] = start;
    labels[start] = label;
    while (top) {
      const cell = stack[--top];
      area += 1;
      const x = cell % width;
      const y = (cell - x) / width;
      for (let dy = -1; dy <= 1; dy += 1) {
        if (y + dy < 0 || y + dy >= height) continue;
        for (let dx = -1; dx <= 1; dx += 1) {
          if (x + dx < 0 || x + dx >= width || (!corners && dx && dy)) continue;
          const next = cell + dy * width + dx;
          if (cells[next] === value && !labels[next]) {
            labels[next] = label;
            stack[top++] = next;
          }
        }
      }
    }
    areas.push(area);
  }
  return { labels, areas };
}

/**
 * The component under a point, or the one nearest to it.
 * @param {Int32Array} labels
 * @param {number} width
 * @param {number} height
 * @param {number} x
 * @param {number} y
 */
function componentAt(labels, width, height, x, y) {
  const column = Math.min(Math.max(Math.trunc(x), 0), width - 1);
  const row = Math.min(Math.max(Math.trunc(y), 0), height - 1);
  const under = labels[row * width + column];
  if (under) return under;
  let best = Infinity;
  let nearest = 0;
  for (let cell = 0; cell < labels.length; cell += 1) {
    if (!labels[cell]) continue;
    const cx = cell % width;
    const distance = (cx + 0.5 - x) ** 2 + ((cell - cx) / width + 0.5 - y) ** 2;
    if (distance < best) {
      best = distance;
      nearest = labels[cell];
    }
  }
  return nearest;
}

/**
 * Make one mask (logits above 0) tidy, in place; where it changes, its logit changes sign.
 * @param {Float32Array} logits width * height cells
 * @param {number} width
 * @param {number} height
 * @param {[number, number][] | null} clicks foreground points in cells; only components that hold one of them, or are
 *   nearest to one, stay. null (a box says where the object is) keeps all but specks.
 * @param {[number, number][]} background background points in cells; a hole with one in it is meant, and stays
 * @returns {Float32Array} `logits`
 */
export function tidy(logits, width, height, clicks, background = []) {
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (logits[y * width + x] > 0) {
        if (x < left) left = x;
        if (x > right) right = x;
        if (y < top) top = y;
        bottom = y;
      }
    }
  }
  if (right < 0) return logits;
  // One cell of frame, so that outside is one component; what lies beyond it needs no look.
  const w = right - left + 3;
  const h = bottom - top + 3;
  const on = new Uint8Array(w * h);
  let area = 0;
  for (let y = top; y <= bottom; y += 1) {
    for (let x = left; x <= right; x += 1) {
      if (logits[y * width + x] > 0) {
        on[(y - top + 1) * w + x - left + 1] = 1;
        area += 1;
      }
    }
  }
  const found = components(on, w, h, 1, true);
  let keep = found.areas.map((size, label) => label > 0 && size > ISLAND_SHARE * area);
  if (clicks?.length) {
    keep = found.areas.map(() => false);
    for (const [x, y] of clicks) keep[componentAt(found.labels, w, h, x - left + 1, y - top + 1)] = true;
  }
  const kept = new Uint8Array(w * h);
  for (let cell = 0; cell < kept.length; cell += 1) kept[cell] = found.labels[cell] && keep[found.labels[cell]] ? 1 : 0;
  const around = components(kept, w, h, 0, false);
  const outside = around.labels[0];
  const most = HOLE_SHARE * around.areas[0];
  const meant = new Set([outside]);
  for (const [x, y] of background) {
    const column = Math.trunc(x) - left + 1;
    const row = Math.trunc(y) - top + 1;
    if (column >= 0 && column < w && row >= 0 && row < h) meant.add(around.labels[row * w + column]);
  }
  for (let y = 1; y < h - 1; y += 1) {
    for (let x = 1; x < w - 1; x += 1) {
      const cell = y * w + x;
      const hole = around.labels[cell];
      const now = kept[cell] || (!meant.has(hole) && around.areas[hole] <= most) ? 1 : 0;
      if (now !== on[cell]) {
        const place = (y + top - 1) * width + x + left - 1;
        logits[place] = now ? Math.max(-logits[place], EDGE) : Math.min(-logits[place], -EDGE);
      }
    }
  }
  return logits;
}

/**
 * Give each click's own spot its label, in place: what is missing there is added around it, less with distance. The
 * newest click comes last, and wins where two contradict each other.
 * @param {Float32Array} logits width * height cells
 * @param {number} width
 * @param {number} height
 * @param {[number, number][]} clicks in cells
 * @param {number[]} labels 1 foreground, 0 background
 * @returns {Float32Array} `logits`
 */
export function obey(logits, width, height, clicks, labels) {
  for (const [i, [x, y]] of clicks.entries()) {
    const side = labels[i] === 1 ? 1 : -1;
    let nearest = Infinity;
    for (const [j, [ox, oy]] of clicks.entries())
      if ((labels[j] === 1) !== (labels[i] === 1)) nearest = Math.min(nearest, (ox - x) ** 2 + (oy - y) ** 2);
    const reach = Math.max(1, Math.min(REACH, Math.sqrt(nearest) / 2 - SPOT));
    const left = Math.min(Math.max(Math.floor(x - 0.5), 0), width - 1);
    const top = Math.min(Math.max(Math.floor(y - 0.5), 0), height - 1);
    let least = Infinity; // of the four cells that enlarging mixes at this point
    for (let row = top; row < Math.min(top + 2, height); row += 1)
      for (let column = left; column < Math.min(left + 2, width); column += 1)
        least = Math.min(least, side * logits[row * width + column]);
    const missing = MARGIN - least;
    if (missing <= 0) continue;
    const whole = reach + SPOT;
    const bottom = Math.min(height, Math.floor(y - 0.5 + whole) + 1);
    const right = Math.min(width, Math.floor(x - 0.5 + whole) + 1);
    for (let row = Math.max(0, Math.ceil(y - 0.5 - whole)); row < bottom; row += 1) {
      const dy = row + 0.5 - y;
      for (let column = Math.max(0, Math.ceil(x - 0.5 - whole)); column < right; column += 1) {
        const dx = column + 0.5 - x;
        const away = Math.max(Math.sqrt(dx * dx + dy * dy) - SPOT, 0) / reach;
        const fall = Math.max(1 - away * away, 0);
        logits[row * width + column] += side * missing * (fall * fall);
      }
    }
  }
  return logits;
}
