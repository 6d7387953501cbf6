/**
 * Object colours that stay apart for colour-blind eyes (Okabe and Ito, 2008, without its black), and colour parsing.
 */

export const PALETTE = ["#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#F0E442", "#0072B2", "#D55E00"];

/** The mask that is being made, before it becomes an object. */
export const CURRENT = "#3B82F6";
export const POSITIVE = "#0F6FD1";
export const NEGATIVE = "#D1490C";

/**
 * @param {string} hex "#rrggbb"
 * @returns {[number, number, number]} 0-255 each
 */
export function rgb(hex) {
  const value = parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}
