/** Puts the page together: builds the stage inside its Gradio component and connects the parts. */

import { StageCanvas } from "./canvas.mjs";
import { h } from "./dom.mjs";
import { Gestures } from "./gestures.mjs";
import { Header } from "./header.mjs";
import { Hover } from "./hover.mjs";
import { Intake } from "./intake.mjs";
import { Keyboard } from "./keyboard.mjs";
import { ObjectList } from "./objects.mjs";
import { listen, write } from "./ports.mjs";
import { Status } from "./status.mjs";
import { Studio } from "./studio.mjs";
import { Toolbar } from "./toolbar.mjs";
import { Transport } from "./transport.mjs";

const HELP = "The photo. Click what you want, right-click what you do not want, drag a box. "
  + "From the keyboard: arrow keys move a cross, A adds a point, X excludes, Enter keeps the object.";

/**
 * @typedef {{base: string, models: import("./header.mjs").Model[], model: string,
 *   examples: {name: string, title: string}[]}} Config
 * @param {{element: HTMLElement, config: Config}} options `base` is the full URL of our routes
 */
export function mount({ element, config }) {
  if (element.querySelector(".ss-stage")) return; // Gradio ran the loader twice
  const transport = new Transport(config.base);
  const status = new Status();
  const frame = h("div", { class: "ss-frame" });
  const surface = new StageCanvas(frame);
  surface.canvas.setAttribute("role", "img");
  surface.canvas.setAttribute("aria-label", HELP);

  /** @type {Toolbar} */
  let toolbar;
  /** @type {ObjectList} */
  let list;
  const studio = new Studio(transport, surface, status, { changed: () => show() });

  const intake = new Intake(document.documentElement, config.examples.map((example) => ({ ...example, thumb: `${config.base}/examples/${example.name}` })), {
    openFile: (file, name) => studio.openFile(file, name),
    openExample: (name) => studio.openExample(name),
    refuse: (text) => status.toast(text),
  });
  const header = new Header(config.models, config.model, { open: () => intake.browse(), model: (name) => studio.setModel(name) });

  const zoom = (factor) => {
    surface.view.zoomAt(surface.view.stage.width / 2, surface.view.stage.height / 2, factor);
    surface.viewChanged();
  };
  const fit = () => {
    surface.view.fit();
    surface.viewChanged();
  };
  toolbar = new Toolbar({ undo: () => studio.prompts.undo(), redo: () => studio.prompts.redo(), clear: () => studio.prompts.clear(),
    choose: (index) => studio.choose(index), commit: () => studio.commit(),
    zoomIn: () => zoom(1.25), zoomOut: () => zoom(0.8), fit });
  list = new ObjectList({
    select: (id, selected) => studio.select(id, selected),
    rename: (id, name) => studio.change(id, { name }),
    recolor: (id, color) => studio.change(id, { color }),
    hide: (id, hidden) => studio.change(id, { hidden }),
    remove: (id) => studio.remove([id]),
    saveMask: (id) => studio.saveMask(id),
    saveCutout: () => studio.saveCutout(),
  });
  surface.onViewChange = () => {
    const { scale, x, y } = surface.view;
    surface.canvas.dataset.view = `${scale} ${x} ${y}`;
    toolbar.setZoom(scale);
  };

  const hover = new Hover(studio, surface);
  const gestures = new Gestures(surface.canvas, {
    active: () => studio.state.picture !== null,
    point: (x, y, label) => {
      surface.cursor = null;
      const at = surface.view.toImage(x, y);
      if (surface.view.contains(at)) studio.addPoint(at.x, at.y, label);
    },
    drag: (x0, y0, x1, y1, done) => {
      const from = surface.view.clip(surface.view.toImage(x0, y0)), to = surface.view.clip(surface.view.toImage(x1, y1));
      const box = /** @type {[number, number, number, number]} */ ([Math.min(from.x, to.x), Math.min(from.y, to.y),
        Math.max(from.x, to.x), Math.max(from.y, to.y)]);
      surface.rubber = done ? null : box;
      if (done && box[2] - box[0] >= 1 && box[3] - box[1] >= 1) studio.setBox(box);
      surface.redraw();
    },
    dragCancelled: () => {
      surface.rubber = null;
      surface.redraw();
    },
    zoom: (x, y, factor) => {
      surface.view.zoomAt(x, y, factor);
      surface.viewChanged();
    },
    pan: (dx, dy) => {
      surface.view.pan(dx, dy);
      surface.viewChanged();
    },
    hover: (x, y, label) => hover.move(x, y, label),
    press: () => hover.hide(),
    leave: () => hover.leave(),
    dial: (step) => studio.turn(step),
  });

  const cursor = () => {
    surface.cursor ??= { x: surface.view.image.width / 2, y: surface.view.image.height / 2 };
    return surface.cursor;
  };
  new Keyboard(surface.canvas, element, {
    undo: () => studio.prompts.undo(),
    redo: () => studio.prompts.redo(),
    escape: () => gestures.escape() || studio.prompts.clear(),
    commit: () => studio.commit(),
    choose: (index) => studio.choose(index),
    fit, zoom,
    toggleMasks: () => {
      surface.hideMasks = !surface.hideMasks;
      status.say(surface.hideMasks ? "Masks hidden. H shows them." : "Masks shown.");
      surface.redraw();
    },
    removeSelected: () => studio.remove([...studio.selected]),
    browse: () => intake.browse(),
    holdSpace: (held) => gestures.holdSpace(held),
    moveCursor: (dx, dy) => {
      if (!studio.state.picture) return;
      const { x, y } = cursor();
      surface.cursor = surface.view.clip({ x: x + dx / surface.view.scale, y: y + dy / surface.view.scale });
      status.announce(`${Math.round(surface.cursor.x)}, ${Math.round(surface.cursor.y)}`);
      surface.redraw();
    },
    pointAtCursor: (label) => surface.cursor && studio.addPoint(surface.cursor.x, surface.cursor.y, label),
    help: () => header.help.showModal(),
  });

  frame.append(intake.empty, intake.veil, toolbar.bar, toolbar.zoom, h("div", { class: "ss-progress", "aria-hidden": "true" }));
  element.append(h("div", { class: "ss-stage" }, h("div", { class: "ss-card" }, frame, status.line), list.panel), intake.picker, status.toasts);
  place(header.bar);
  surface.resize();

  function show() {
    const { state, prompts, choices } = studio;
    // What the page shows, for style sheets and tests.
    Object.assign(element.dataset, { picture: state.picture?.id ?? "", points: prompts.state.points.length, box: prompts.state.box ? 1 : 0,
      mask: studio.hasMask ? studio.choice + 1 : 0, decoder: studio.page.phase, objects: state.objects.length, pending: studio.decoder.pending ? 1 : 0 });
    frame.classList.toggle("ss-has-picture", state.picture !== null);
    frame.classList.toggle("ss-busy", studio.busy);
    frame.setAttribute("aria-busy", String(studio.busy));
    toolbar.update({ canUndo: prompts.canUndo, canRedo: prompts.canRedo, hasPrompts: !prompts.empty, hasMask: studio.hasMask,
      scores: choices.scores, choice: choices.place });
    list.update(state.objects, studio.selected, studio.hasMask);
    if (surface.bitmap && state.picture)
      for (const object of state.objects) {
        const mask = studio.thumbs.get(object.id);
        if (mask) list.setThumb(object.id, surface.bitmap, mask, object.box);
      }
    header.setModel(state.model || config.model, studio.busy);
    document.body.classList.toggle("ss-open", state.picture !== null);
    publish();
  }

  function publish() {
    const { state, selected } = studio;
    if (!transport.token) return;
    const workspace = transport.token;
    write("image", { workspace, picture: state.picture?.id ?? null });
    write("objects", { workspace, selected: [...selected], revision: state.revision });
    if (state.model) write("model", state.model);
  }

  listen(() => studio.refresh());
  window.addEventListener("pagehide", () => transport.close());
  window.addEventListener("pageshow", (event) => event.persisted && location.reload()); // its workspace was closed
  show();
  status.say("Ready. Your photo stays on this server.");
  studio.start();
}

/** The header has a component of its own above the columns, which Gradio may mount later. @param {HTMLElement} bar */
function place(bar, tries = 100) {
  const host = document.getElementById("ss-header");
  if (host) host.replaceChildren(bar);
  else if (tries) setTimeout(place, 30, bar, tries - 1);
}
