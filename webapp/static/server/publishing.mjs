/** What tabs see of the session through the ports, and what they put on the stage. */

import { listen, take, write } from "./gradio_ports.mjs";

/** @param {import("../session/studio.mjs").Studio} studio */
export function publish({ session, opening, transport }) {
  const { token: workspace } = transport;
  const { picture, revision, model } = session.state;
  if (!workspace) return;
  // Tabs then say so, and never take the photo before for it.
  const mark = opening.here ? { private: true } : {};
  write("image", { workspace, picture: picture?.id ?? null, ...mark });
  write("objects", { workspace, selected: [...session.selected], revision, ...mark });
  if (model) write("model", model);
}

/**
 * @param {import("../session/studio.mjs").Studio} studio
 * @param {{prompt(box: any, name: string): void, result(value: any): void}} on a tab puts a box in the user's hand, or
 *   has made something
 */
export function subscribe(studio, on) {
  const mine = (/** @type {any} */ value) =>
    value?.workspace === studio.transport.token && value.picture === studio.session.picture?.id;
  listen(() => studio.refresh());
  take("result", (value) => mine(value) && on.result(value));
  take("prompt", (value) => {
    if (mine(value)) on.prompt(value.box, value.name);
  });
}
