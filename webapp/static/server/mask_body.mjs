/** One mask of an answer as the server takes it to keep it: the logits that the page shows, packed. */

import { narrow } from "../inference/half_floats.mjs";

/** What stands for a logit that decides nothing. */
const SURE = 6;

/**
 * Logits with the same mask at every size in a tenth of the bytes: enlarging mixes each cell with its neighbours, so a
 * cell whose neighbours all have its sign can have any size. Those at the outline stay as they are.
 * @param {Float32Array} logits @param {number} width @param {number} height
 * @returns {Float32Array<ArrayBuffer>}
 */
export function outlineOnly(logits, width, height) {
  const out = new Float32Array(logits.length);
  for (let y = 0; y < height; y++) {
    const y0 = Math.max(0, y - 1),
      y1 = Math.min(height - 1, y + 1);
    for (let x = 0; x < width; x++) {
      const inside = logits[y * width + x] > 0;
      const x0 = Math.max(0, x - 1),
        x1 = Math.min(width - 1, x + 1);
      let alike = true;
      for (let row = y0; alike && row <= y1; row++)
        for (let column = x0; column <= x1; column++) if (logits[row * width + column] > 0 !== inside) alike = false;
      out[y * width + x] = alike ? (inside ? SURE : -SURE) : logits[y * width + x];
    }
  }
  return out;
}

/**
 * @param {import("../inference/request_queue.mjs").Answer} answer @param {number} choice which of its masks
 * @param {import("./api.mjs").Picture["input"]} input of the picture that the page shows
 * @returns {Promise<{logits: string, encoding: string, shape: [number, number], score: number, input: object}>}
 */
export async function maskBody(answer, choice, input) {
  const { width, height, scores } = answer;
  const area = width * height;
  const one = answer.logits.subarray(choice * area, (choice + 1) * area);
  const bytes = new Uint8Array(narrow(outlineOnly(one, width, height)).buffer);
  const packed = await deflate(bytes);
  const logits = base64(packed ?? bytes);
  return { logits, encoding: packed ? "deflate-raw" : "", shape: [height, width], score: scores[choice], input };
}

/** @param {Uint8Array<ArrayBuffer>} bytes @returns {Promise<Uint8Array | null>} null: this browser cannot */
async function deflate(bytes) {
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    return null;
  }
}

/** @param {Uint8Array} bytes */
function base64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}
