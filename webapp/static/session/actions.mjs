/**
 * What can be done in the page, group by group. The order is that of the shortcuts sheet and of the command palette.
 *
 * @typedef {import("./action_table.mjs").Action} Action
 * @typedef {{
 *   studio: import("./studio.mjs").Studio,
 *   surface: import("../canvas/canvas.mjs").StageCanvas,
 *   tools: import("../prompts/tools.mjs").Tools,
 *   outlines: import("../outlines/editor.mjs").OutlineEditor,
 *   zooming: import("../canvas/zooming.mjs").Zooming,
 *   cross: import("../canvas/cross.mjs").Cross,
 *   sharpening: import("../objects/sharpening.mjs").Sharpening,
 *   exporting: import("../export/dialog.mjs").ExportDialog,
 *   projects: import("../projects/projects.mjs").Projects,
 *   replaying: import("../projects/replay.mjs").ReplayDialog,
 *   intake: import("../photos/intake.mjs").Intake,
 *   sources: import("../photos/sources.mjs").Sources,
 *   status: import("../ui/status.mjs").Status,
 *   gestures: {escape(): boolean, holdSpace(held: boolean): void},
 *   header: {toggleTheme(): void},
 *   manager: {show(): void} | null,
 *   sheet: {show(): void},
 *   palette: {show(): void},
 *   rename(id: string): void,
 *   classes: {show(): void},
 *   similar(ids: string[]): Promise<void>,
 *   list: {chooseClass(): void, listed: string[]},
 *   results: {open: object | null, accept(): void, discard(): boolean, nudge(x: number, y: number): boolean},
 *   copy(): Promise<boolean>,
 * }} Parts
 */

import { files, ofTheApp } from "./actions/app.mjs";
import { ofClasses } from "./actions/labels.mjs";
import { byHand, cleaning, onObjects } from "./actions/objects.mjs";
import { choosing, pointing, selecting } from "./actions/select.mjs";
import { looking } from "./actions/view.mjs";

/** @param {Parts} parts @returns {Action[]} */
export function makeActions(parts) {
  return [
    ...selecting(parts),
    ...choosing(parts),
    ...pointing(parts),
    ...onObjects(parts),
    ...ofClasses(parts),
    ...byHand(parts),
    ...cleaning(parts),
    ...looking(parts),
    ...files(parts),
    ...ofTheApp(parts),
  ];
}
