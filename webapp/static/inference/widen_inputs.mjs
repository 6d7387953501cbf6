/**
 * The one thing that the page changes in an .onnx file: inputs of float16 become float32. Graphics cards without 16-bit
 * floats cannot run the Cast that follows such an input, and after this it has nothing to do.
 *
 * A protobuf message is a row of fields: a varint of (number << 3 | kind), then a varint (kind 0), 8 bytes (1), a
 * length and as many bytes (2), or 4 bytes (5).
 */

/** Fields on the way to an input's type in onnx.proto: ModelProto.graph, .input, .type, .tensor_type, .elem_type. */
const PATH = [7, 11, 2, 1, 1];
const FLOAT = 1;
const FLOAT16 = 10;

/**
 * @param {Uint8Array} bytes of a model; changed in place, and as long as before
 * @returns {number} how many inputs were changed
 */
export function widenInputs(bytes) {
  return walk(bytes, 0, bytes.length, 0);
}

/** @param {Uint8Array} bytes @param {number} from @param {number} to @param {number} depth @returns {number} */
function walk(bytes, from, to, depth) {
  let changed = 0;
  let at = from;
  while (at < to) {
    const [tag, afterTag] = varint(bytes, at);
    const kind = tag & 7;
    const wanted = Math.floor(tag / 8) === PATH[depth];
    const last = depth === PATH.length - 1;
    if (kind === 0) {
      const [value, end] = varint(bytes, afterTag);
      if (wanted && last && value === FLOAT16) {
        bytes[afterTag] = FLOAT; // both fit into one byte
        changed++;
      }
      at = end;
    } else if (kind === 2) {
      const [length, start] = varint(bytes, afterTag);
      at = start + length;
      if (wanted && !last) changed += walk(bytes, start, at, depth + 1);
    } else if (kind === 1 || kind === 5) at = afterTag + (kind === 1 ? 8 : 4);
    else throw new Error("this is no .onnx file");
  }
  if (at !== to) throw new Error("this is no .onnx file");
  return changed;
}

/** @param {Uint8Array} bytes @param {number} at @returns {[value: number, end: number]} */
function varint(bytes, at) {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    if (at >= bytes.length) throw new Error("this is no .onnx file");
    const byte = bytes[at++];
    value += (byte & 127) * scale;
    if (byte < 128) return [value, at];
  }
}
