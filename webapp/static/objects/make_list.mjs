/** Puts the list of objects together with what its rows and menus do. */

import { editOutline, refine, sharpenSelected } from "../session/actions/objects.mjs";
import { ObjectList } from "./objects.mjs";
import { findSimilar } from "./similar.mjs";

/** The list, for actions, which are made before it. @param {() => ObjectList} list
 *  @param {import("../session/studio.mjs").Studio} studio */
export function later(list, studio) {
  return {
    similar: (/** @type {string[]} */ ids) => findSimilar(studio, ids),
    rename: (/** @type {string} */ id) => list().editName(id),
    list: {
      chooseClass: () => list().chooseClass(),
      get listed() {
        return list().listed;
      },
    },
  };
}

/** The list of objects.
 *  @param {import("../app.mjs").Core} core @param {import("../session/action_table.mjs").ActionTable} table
 *  @param {{show(): void}} classes */
export function makeList({ studio, tools, outlines, exporting, sharpening }, table, classes) {
  const { session, mask, objects, labels } = studio;
  /** @type {ObjectList} */
  const list = new ObjectList(
    {
      tick: (id, ticked) => session.select(id, ticked),
      pick: (id, how) => {
        const only = session.selected.size === 1 && session.selected.has(id);
        if (how === "toggle") session.select(id, !session.selected.has(id));
        else if (how === "range") session.selectOnly(list.between(session.current ?? id, id), id);
        else session.selectOnly(only ? [] : [id], id);
      },
      rename: (id, name) => objects.change(id, { name }),
      recolor: (id, color) => {
        const kind = labels.get(session.object(id)?.class ?? "");
        return kind ? void labels.change(kind.id, { color }) : objects.change(id, { color });
      },
      hide: (id, hidden) => objects.change(id, { hidden }),
      lock: (id, locked) => objects.change(id, { locked }),
      move: (id, place) => objects.change(id, { place }),
      remove: (id) => objects.remove([id]),
      edit: (id) => tools.edit(tools.editing === id ? null : id),
      refine: (id) => refine(studio, tools, mask.refined?.id === id ? null : id),
      outline: (id) => editOutline(tools, outlines, studio, id),
      sharpen: (ids) => sharpenSelected(studio, tools, sharpening, ids),
      saveMask: (id) => void exporting.show("mask", [id]),
      alike: (id) => {
        const kind = session.object(id)?.class;
        session.selectOnly(
          session.objects.filter((object) => object.class === kind).map((object) => object.id),
          id,
        );
      },
      similar: (ids) => void findSimilar(studio, ids),
      editClasses: () => classes.show(),
    },
    table,
    labels,
  );
  return list;
}
