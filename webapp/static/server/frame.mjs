/** Binary messages: the length of a JSON header (uint32, little-endian), the header, then numbers or files. */

/**
 * @param {ArrayBuffer} buffer
 * @returns {{header: any, at: number, buffer: ArrayBuffer}} at: where what follows the header begins
 */
export function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  return { header: JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length))), at: 4 + length, buffer };
}

/**
 * Half floats after a header that lists them.
 * @param {ArrayBuffer} message
 * @returns {{header: any, arrays: {name: string, shape: number[], data: Uint16Array<ArrayBuffer>}[]}}
 */
export function unpackArrays(message) {
  const { header, at, buffer } = unpack(message);
  let start = at;
  const listed = /** @type {{name: string, shape: number[]}[]} */ (header.arrays);
  const arrays = listed.map(({ name, shape }) => {
    const end = start + 2 * shape.reduce((product, side) => product * side, 1);
    const data = new Uint16Array(buffer.slice(start, end));
    start = end;
    return { name, shape, data };
  });
  return { header, arrays };
}

/** @param {unknown} header @param {Blob[]} files @returns {Blob} */
export function pack(header, files) {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, text.length, true);
  return new Blob([length, text, ...files]);
}
