/**
 * Writes docs/shortcuts.md from the page's table of actions: node webapp/make_shortcuts.mjs [--check]
 *
 * With --check it writes nothing, and ends with 1 where the file is not what the table says.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

// The page's modules ask at their start what they run on: a desktop that is no Mac.
Object.defineProperty(globalThis, "navigator", { value: { platform: "", userAgent: "" }, configurable: true });
Object.assign(globalThis, { matchMedia: () => ({ matches: false }) });
const { makeActions } = await import("./static/session/actions.mjs");
const { rows } = await import("./static/ui/shortcuts.mjs");

const FILE = fileURLToPath(new URL("../docs/shortcuts.md", import.meta.url));
const HEAD = `# Shortcuts

Press \`?\` on the page for this list. On a Mac, use Cmd for Ctrl and Option for Alt.
Keys count wherever you are not typing.
\`Ctrl+K\` searches everything that the page can do, with or without a key.
`;

/** Stands for every part of the page: no action is run here. @type {any} */
const anything = new Proxy(() => anything, { get: () => anything });

/** @param {string} text */
const cell = (text) => text.replaceAll("|", "\\|");

/** @param {[string, [string, string][]]} group */
function section([title, keys]) {
  const table = keys.map((row) => `| ${row.map(cell).join(" | ")} |\n`).join("");
  return `\n## ${title}\n\n| key | what it does |\n| --- | --- |\n${table}`;
}

const text = HEAD + rows(makeActions(anything)).map(section).join("");
if (!process.argv.includes("--check")) {
  writeFileSync(FILE, text);
} else if (readFileSync(FILE, "utf-8") !== text) {
  console.error("docs/shortcuts.md is not what the table of actions says. Run: node webapp/make_shortcuts.mjs");
  process.exitCode = 1;
}
