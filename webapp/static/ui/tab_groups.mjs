/** The groups that the plugins' tabs stand in: one is open at a time, and shows its tabs. */

import { h } from "./dom.mjs";

/** @typedef {{name: string, title: string, tabs: string[]}} Group tabs: ids of their buttons */

/** Fills the component that names the groups. @param {HTMLElement} host with the groups as `data-groups` */
export function showGroups(host) {
  /** @type {Group[]} */
  const groups = JSON.parse(host.dataset.groups ?? "[]");
  const tabs = document.getElementById("ss-tabs");
  if (!tabs || host.childElementCount) return;
  /** @type {Map<string, string>} the tab that was open in each */
  const last = new Map(groups.map((group) => [group.name, group.tabs[0]]));
  const buttons = groups.map((group) =>
    h(
      "button",
      {
        type: "button",
        class: "ss-tab-group",
        "data-group": group.name,
        onclick: () => document.getElementById(last.get(group.name) ?? "")?.click(),
      },
      group.title,
    ),
  );
  host.append(h("div", { class: "ss-tab-groups", role: "group", "aria-label": "Groups of tools" }, ...buttons));
  const look = () => {
    const open = tabs.querySelector("[role=tab][aria-selected=true]")?.id ?? "";
    const group = groups.find((one) => one.tabs.includes(open));
    if (!group) return;
    last.set(group.name, open);
    document.documentElement.dataset.tabGroup = group.name;
    for (const [place, button] of buttons.entries())
      button.setAttribute("aria-pressed", String(groups[place] === group));
  };
  // Tabs are opened from elsewhere, too: by the palette, by a plugin.
  new MutationObserver(look).observe(tabs, { subtree: true, childList: true, attributeFilter: ["aria-selected"] });
  look();
}
