/** "Find similar": the tab's own button, pressed for objects of the list. */

import { openTab } from "../ui/command_palette.mjs";

const TAB = "Similar";
const BUTTON = "#similar-find";
const TRIES = 40;

/**
 * Selects the objects, opens the tab, and presses its button once the tab is there.
 * @param {import("../session/studio.mjs").Studio} studio @param {string[]} ids
 */
export async function findSimilar({ session, status }, ids) {
  if (!ids.length) return status.say("Select an object, then look for others like it.");
  session.selectOnly(ids, ids[0]);
  openTab(TAB);
  for (let left = TRIES; left; left--) {
    const button = /** @type {HTMLElement | null} */ (document.querySelector(BUTTON));
    if (button?.offsetParent) return button.click();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  status.say("The tab Similar is not here: its plugin is switched off.");
}
