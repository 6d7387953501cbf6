/**
 * Finds commands by what is typed: every word has to occur in the label, the group or the other words, best matches
 * first.
 *
 * @typedef {{label: string, group: string, words?: string}} Named
 */

/** Whole words, then beginnings, then anything inside, then letters in their order. */
const SCORES = { word: 8, start: 5, inside: 2, letters: 1 };

/**
 * @template {Named} T
 * @param {T[]} all
 * @param {string} query
 * @returns {T[]} in their own order where nothing was typed, or where two fit equally
 */
export function search(all, query) {
  const asked = split(query);
  if (!asked.length) return all;
  return all
    .map((item, place) => ({ item, place, score: fit(item, asked) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.place - b.place)
    .map(({ item }) => item);
}

/** @param {Named} item @param {string[]} asked @returns {number} 0: it is not meant */
function fit(item, asked) {
  const label = split(item.label);
  const more = split(`${item.group} ${item.words ?? ""}`);
  let total = 0;
  for (const [place, word] of asked.entries()) {
    const own = Math.max(0, ...label.map((one) => score(one, word)));
    const other = Math.max(0, ...more.map((one) => score(one, word) / 2));
    const letters = asked.length === 1 && word.length > 2 && inOrder(label.join(""), word) ? SCORES.letters / 2 : 0;
    const found = Math.max(own, other, letters);
    if (!found) return 0;
    total += found + (place === 0 && label[0]?.startsWith(word) ? 1 : 0);
  }
  return total;
}

/** @param {string} word @param {string} asked */
function score(word, asked) {
  if (word === asked) return SCORES.word;
  if (word.startsWith(asked)) return SCORES.start;
  return asked.length > 1 && word.includes(asked) ? SCORES.inside : 0;
}

/** @param {string} text @param {string} letters */
function inOrder(text, letters) {
  let from = 0;
  for (const letter of letters) {
    const found = text.indexOf(letter, from);
    if (found < 0) return false;
    from = found + 1;
  }
  return true;
}

/** @param {string} text */
function split(text) {
  const plain = text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
}
