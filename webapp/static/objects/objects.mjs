/** The list of kept objects: select, name, hide, a menu; below it what can be done with the selected. */

import { ClassBar } from "../labels/class_bar.mjs";
import { classItems } from "../labels/class_menu.mjs";
import { actionButton, refresh } from "../ui/action_button.mjs";
import { h, TOUCH } from "../ui/dom.mjs";
import { ObjectMenu } from "./object_menu.mjs";
import { ObjectRow } from "./object_row.mjs";

/** @typedef {import("../server/api.mjs").ObjectInfo} ObjectInfo */
/**
 * @typedef {{pick(id: string, how: "only" | "toggle" | "range"): void, tick(id: string, ticked: boolean): void,
 *   rename(id: string, name: string): void, recolor(id: string, color: string): void,
 *   hide(id: string, hidden: boolean): void, lock(id: string, locked: boolean): void, move(id: string, place: number):
 *   void, remove(id: string): void, edit(id: string): void, refine(id: string): void, sharpen(ids: string[]): void,
 *   outline(id: string): void, similar(ids: string[]): void,
 *   saveMask(id: string): void, alike(id: string): void, editClasses(): void}} ObjectActions
 */

/** With fewer a list is seen at a glance. */
const FILTERED_FROM = 9;
const ON_SELECTED = ["set-class", "refine", "sharpen", "edit", "delete"];
const COMBINE = ["unite", "subtract", "intersect"];

export class ObjectList {
  /**
   * @param {ObjectActions} actions
   * @param {import("../session/action_table.mjs").ActionTable} table
   * @param {import("../labels/labels.mjs").Labels} labels
   */
  constructor(actions, table, labels) {
    this.labels = labels;
    this.classes = new ClassBar(labels, {
      menu: (at) => this.#classMenu(at, labels.current, (id) => labels.setNext(id)),
      filtered: () => this.#sift(),
    });
    this.actions = actions;
    this.table = table;
    this.menu = new ObjectMenu();
    this.count = h("span", { class: "ss-count" });
    this.filter = /** @type {HTMLInputElement} */ (
      h("input", {
        type: "search",
        class: "ss-object-filter",
        placeholder: "Filter by name",
        "aria-label": "Filter by name",
      })
    );
    this.filter.addEventListener("input", () => this.#sift());
    this.filter.addEventListener("keydown", (event) => event.stopPropagation());
    this.list = h("ul", { class: "ss-objects-list", "aria-label": "Objects" });
    this.hint = h(
      "p",
      { class: "ss-objects-hint" },
      "Kept objects appear here. ",
      ...(TOUCH
        ? ["Tap an object in the photo, then Keep."]
        : ["Click an object in the photo, then press ", h("kbd", {}, "Enter"), " to keep it."]),
    );
    this.ours = ON_SELECTED.map((id) => actionButton(table, id));
    this.combine = COMBINE.map((id) =>
      h(
        "button",
        { type: "button", class: "ss-choice", "data-action": id, title: table.title(id), onclick: () => table.run(id) },
        `${id[0].toUpperCase()}${id.slice(1)}`,
      ),
    );
    this.said = h("span", { class: "ss-selected-name" });
    this.bar = h(
      "div",
      { class: "ss-selected-bar", role: "toolbar", "aria-label": "Selected objects", hidden: true },
      this.said,
      h("span", { class: "ss-group ss-combine" }, ...this.combine),
      h("span", { class: "ss-group" }, ...this.ours),
    );
    this.panel = h(
      "section",
      { class: "ss-objects", "aria-label": "Objects" },
      h(
        "header",
        {},
        h("h2", {}, "Objects"),
        this.count,
        this.filter,
        actionButton(table, "classes", { class: "ss-icon-button ss-objects-classes" }),
      ),
      this.classes.node,
      this.hint,
      this.list,
      this.bar,
      this.menu.node,
    );
    /** @type {Map<string, ObjectRow>} */
    this.rows = new Map();
    /** @type {ObjectInfo[]} */
    this.objects = [];
  }

  /**
   * @param {ObjectInfo[]} objects
   * @param {Set<string>} selected
   * @param {{current: string | null, editing: string | null, refined: string | null,
   *   sharpening: {useful: boolean, ids: string[]}}} now current: what keys act on where nothing is selected; editing,
   *   refined: the object whose mask is edited by hand, by clicks; sharpening: whether the photo is large enough, and
   *   the objects that it is under way for
   */
  update(objects, selected, now) {
    this.objects = objects;
    this.now = now;
    const ids = new Set(objects.map((object) => object.id));
    for (const [id, row] of this.rows) if (!ids.has(id) && this.rows.delete(id)) row.node.remove();
    objects.forEach((object, index) => {
      const { id } = object;
      const row = this.rows.get(id) ?? this.#row(id);
      const there = this.list.children[index];
      if (there !== row.node) this.list.insertBefore(row.node, there ?? null);
      const current = id === now.current && !selected.size;
      const busy = now.sharpening.ids.includes(id) || id === now.editing || id === now.refined;
      const kind = this.labels.get(object.class)?.name ?? "";
      row.update(object, { selected: selected.has(id), current, busy, kind });
    });
    this.classes.update();
    this.hint.hidden = objects.length > 0;
    this.filter.hidden = objects.length < FILTERED_FROM;
    this.#sift();
    this.#bar(objects.filter(({ id }) => (selected.size ? selected.has(id) : id === now.current)));
  }

  /** @param {ObjectInfo[]} chosen what the buttons below the list act on */
  #bar(chosen) {
    this.bar.hidden = !chosen.length;
    this.said.textContent = chosen.length === 1 ? chosen[0].name : `${chosen.length} selected`;
    for (const one of this.combine) one.hidden = chosen.length < 2;
    refresh(this.table, this.ours);
    const [, refine, sharpen, edit] = this.ours;
    refine.setAttribute("aria-pressed", String(Boolean(this.now?.refined)));
    edit.setAttribute("aria-pressed", String(Boolean(this.now?.editing)));
    sharpen.hidden = !this.now?.sharpening.useful;
    sharpen.setAttribute("aria-pressed", String(Boolean(this.now?.sharpening.ids.length)));
  }

  /** Shows the rows of the class that is chosen whose names hold what is typed. */
  #sift() {
    const wanted = this.filter.hidden ? "" : this.filter.value.trim().toLowerCase();
    let shown = 0;
    for (const object of this.objects) {
      const row = this.rows.get(object.id)?.node;
      if (!row) continue;
      row.hidden = !object.name.toLowerCase().includes(wanted) || !this.classes.shows(object);
      shown += row.hidden ? 0 : 1;
    }
    const all = this.objects.length;
    this.count.textContent = shown < all ? `${shown} of ${all}` : all ? String(all) : "";
  }

  /** The ids of the rows that are shown, from the top. */
  get listed() {
    return this.objects.map((object) => object.id).filter((id) => !this.rows.get(id)?.node.hidden);
  }

  /** Asks for a class: of the mask in hand, of the selected objects, or of the next one. */
  chooseClass() {
    const { labels } = this;
    const { session } = labels.studio;
    const kinds = new Set(session.chosen.map((object) => object.class));
    const now = kinds.size === 1 ? [...kinds][0] : session.chosen.length ? "mixed" : labels.current;
    const at = this.bar.hidden ? this.panel : this.ours[0];
    this.#classMenu(at, now, (id) => void labels.choose(id));
  }

  /** @param {HTMLElement | MouseEvent} at @param {string} now @param {(id: string) => void} choose */
  #classMenu(at, now, choose) {
    this.menu.show(
      classItems(this.labels, now, choose, () => this.actions.editClasses()),
      at,
    );
  }

  /** The ids from one row to another, of those that are shown. @param {string} from @param {string} to */
  between(from, to) {
    const ids = this.listed;
    const [a, b] = [ids.indexOf(from), ids.indexOf(to)].sort((x, y) => x - y);
    return a < 0 ? [to] : ids.slice(a, b + 1);
  }

  /** Starts editing the name. @param {string} id */
  editName(id) {
    this.rows.get(id)?.editName();
  }

  /**
   * @param {string} id
   * @param {CanvasImageSource} picture
   * @param {HTMLCanvasElement} mask alpha, cut to the box
   * @param {number[]} box
   * @param {number} [scale] pixels of `picture` for one of the photo
   */
  setThumb(id, picture, mask, box, scale = 1) {
    this.rows.get(id)?.draw(picture, mask, box, scale);
  }

  /** @param {string} id */
  #row(id) {
    const row = new ObjectRow(id, {
      ...this.actions,
      move: (one, step) => this.#move(one, step),
      menu: (one, at) => this.menu.show(this.#items(one, at), at),
    });
    this.rows.set(id, row);
    return row;
  }

  /** @param {string} id @param {number} step */
  #move(id, step) {
    const place = this.objects.findIndex((object) => object.id === id) + step;
    if (place >= 0 && place < this.objects.length) this.actions.move(id, place);
  }

  /**
   * @param {string} id @param {HTMLElement | MouseEvent} at where its menu is
   * @returns {import("./object_menu.mjs").Item[]}
   */
  #items(id, at) {
    const { actions, now } = this;
    const place = this.objects.findIndex((object) => object.id === id);
    const object = this.objects[place];
    const why = object.locked ? `${object.name} is locked.` : "";
    const sharpen = now?.sharpening.useful
      ? [
          {
            label: "Sharpen outline",
            icon: /** @type {const} */ ("sharpen"),
            key: "D",
            why,
            run: () => actions.sharpen([id]),
          },
        ]
      : [];
    const { labels } = this;
    const kind = labels.get(object.class);
    const { selected } = labels.studio.session;
    const meant = selected.has(id) ? [...selected] : [id];
    const give = (/** @type {string} */ to) => void labels.give(meant, to);
    const alike = kind
      ? [{ label: `Select all ${kind.name}`, icon: /** @type {const} */ ("check"), run: () => actions.alike(id) }]
      : [];
    return [
      { label: "Rename", icon: "text", key: "F2", run: () => this.editName(id) },
      {
        label: kind ? `Class: ${kind.name}` : "Set the class",
        icon: "tag",
        key: "C",
        run: () => this.#classMenu(at, object.class, give),
      },
      ...alike,
      { label: "Find similar", icon: "similar", key: "I", run: () => actions.similar(meant) },
      { label: "Refine by clicks", icon: "target", key: "R", why, run: () => actions.refine(id) },
      ...sharpen,
      { label: "Edit by hand", icon: "pencil", key: "M", why, run: () => actions.edit(id) },
      { label: "Edit outline", icon: "outline", key: "N", why, run: () => actions.outline(id) },
      {
        label: object.locked ? "Unlock" : "Lock",
        icon: object.locked ? "unlock" : "lock",
        run: () => actions.lock(id, !object.locked),
      },
      { label: "Move up", icon: "up", why: place ? "" : "Already first.", run: () => this.#move(id, -1) },
      {
        label: "Move down",
        icon: "down",
        why: place < this.objects.length - 1 ? "" : "Already last.",
        run: () => this.#move(id, 1),
      },
      { label: "Export the mask", icon: "download", run: () => actions.saveMask(id) },
      { label: "Delete", icon: "trash", key: "Del", why, run: () => actions.remove(id) },
    ];
  }
}
