/** Puts the page together: builds the stage inside its Gradio component and connects the parts. */

import { StageCanvas } from "./canvas/canvas.mjs";
import { Hover } from "./canvas/hover.mjs";
import { LooksMenu } from "./canvas/looks.mjs";
import { Gestures } from "./canvas/pointer.mjs";
import { Zooming } from "./canvas/zooming.mjs";
import { Manager } from "./models/manager.mjs";
import { size } from "./models/model_text.mjs";
import { EditBar } from "./objects/edit_bar.mjs";
import { ObjectList } from "./objects/objects.mjs";
import { Sharpening, worthIt } from "./objects/sharpening.mjs";
import { nameOf } from "./photos/address.mjs";
import { Intake } from "./photos/intake.mjs";
import { Saving } from "./photos/saving.mjs";
import { Sources } from "./photos/sources.mjs";
import { Tools } from "./prompts/tools.mjs";
import { Transport } from "./server/api.mjs";
import { listen, take, write } from "./server/gradio_ports.mjs";
import { Keyboard } from "./session/keyboard.mjs";
import { Studio } from "./session/studio.mjs";
import { h, TOUCH } from "./ui/dom.mjs";
import { Header } from "./ui/header.mjs";
import { Status } from "./ui/status.mjs";
import { Toolbar } from "./ui/toolbar.mjs";

const HELP =
  "The photo. Click what you want, right-click what you do not want, drag a box. " +
  "From the keyboard: arrow keys move a cross, A adds a point, X excludes, G takes hold of a box, Enter keeps the object.";

/**
 * @typedef {{base: string, models: import("./ui/header.mjs").Model[], model: string, manager: boolean,
 *   examples: {name: string, title: string}[]}} Config
 * @param {{element: HTMLElement, config: Config}} options `base` is the full URL of our routes
 */
export function mount({ element, config }) {
  if (element.querySelector(".ss-stage")) return; // Gradio ran the loader twice
  const transport = new Transport(config.base);
  const status = new Status();
  const frame = h("div", { class: "ss-frame" });
  const surface = new StageCanvas(frame);
  surface.canvas.setAttribute("role", "application");
  surface.canvas.setAttribute("aria-label", HELP);

  /** @type {Toolbar} */
  let toolbar;
  /** @type {ObjectList} */
  let list;
  const studio = new Studio(transport, surface, status, { changed: () => show() });
  const saving = new Saving(studio);
  const tools = new Tools(studio, surface, () => show());
  const { adjusting } = tools;
  const editBar = new EditBar(
    tools,
    (kind) => tools.editing && studio.edit(tools.editing, { kind }),
    () => sharpen(),
  );

  const openAddress = (/** @type {string} */ address) => {
    if (studio.opening.private)
      return status.say(
        "Web addresses are fetched by the server. Turn Private off, or save the photo and open the file.",
        "error",
      );
    studio.opening.from(nameOf(address), () => transport.fetchAddress(address));
  };
  const sources = new Sources({
    openFile: (file, name) => studio.opening.file(file, name),
    openAddress,
    browse: () => intake.browse(),
    refuse: (text) => status.toast(text),
  });
  const intake = new Intake(
    document.documentElement,
    config.examples.map((example) => ({ ...example, thumb: `${config.base}/examples/${example.name}` })),
    {
      openFile: (file, name) => studio.opening.file(file, name),
      openExample: (name) => studio.opening.from(name, () => transport.example(name)),
      openAddress,
      more: () => sources.show(),
      refuse: (text) => status.toast(text),
    },
  );
  // A closed workspace is opened anew only where nothing was in it: looking at models must not hide that a photo is gone.
  /** @template T @param {() => Promise<T>} run */
  const asking = async (run) => (studio.state.picture ? (await studio.ready, run()) : studio.withWorkspace(run));
  const manager = new Manager({
    look: () => asking(() => transport.models()),
    act: (action, name) => asking(() => transport.manage(action, name)),
    use: (name) => studio.setModel(name),
    current: () => studio.state.model || config.model,
    say: (text, more) => status.toast(text, more),
    rows: (panel) => {
      header.setModels(
        panel.models
          .filter((row) => row.tasks.includes("segment"))
          .map((row) => ({
            ...row,
            get: row.needs.length ? `needs ${row.needs[0]}` : row.gated ? "on request" : `download, ${size(row.bytes)}`,
          })),
      );
      header.setModel(studio.state.model || config.model, studio.busy);
    },
  });
  const header = new Header(
    config.models,
    config.model,
    {
      open: () => intake.browse(),
      model: (name) => (config.manager ? manager.pick(name) : studio.setModel(name)),
      keepPrivate: (on) => studio.opening.setPrivate(on),
    },
    [sources.button, ...sources.nodes],
    config.manager ? [manager.button, manager.dialog] : [],
  );

  /** @param {string | null} id */
  const refine = (id) => {
    if (tools.target) tools.edit(null);
    if (id) studio.refine(id);
    else studio.prompts.clear();
  };
  const sharpening = new Sharpening(studio, TOUCH);
  const sharpen = (ids = tools.target ? [tools.target.id] : [...studio.selected]) => {
    sharpening.run(ids).finally(() => show()); // what the button says depends on whether it is under way
    show();
  };
  const zoom = (/** @type {number} */ factor) => {
    surface.view.zoomAt(surface.view.stage.width / 2, surface.view.stage.height / 2, factor);
    surface.viewChanged();
  };
  const fit = () => {
    surface.view.fit();
    surface.viewChanged();
  };
  toolbar = new Toolbar({
    undo: studio.steps.undo,
    redo: studio.steps.redo,
    clear: () => studio.prompts.clear(),
    tool: (name) => tools.choose(name),
    choose: (index) => studio.choose(index),
    commit: () => studio.commit(),
    zoomIn: () => zoom(1.25),
    zoomOut: () => zoom(0.8),
    fit,
  });
  list = new ObjectList({
    select: (id, selected) => studio.select(id, selected),
    rename: (id, name) => studio.change(id, { name }),
    recolor: (id, color) => studio.change(id, { color }),
    hide: (id, hidden) => studio.change(id, { hidden }),
    remove: (id) => studio.remove([id]),
    edit: (id) => tools.edit(tools.editing === id ? null : id),
    refine: (id) => refine(studio.refined?.id === id ? null : id),
    lock: (id, locked) => studio.change(id, { locked }),
    move: (id, place) => studio.change(id, { place }),
    combine: (how) => studio.combine(how),
    sharpen,
    saveMask: (id) => saving.mask(id),
    saveCutout: () => saving.cutout(),
    savePhoto: () => saving.photo(),
  });
  surface.onViewChange = () => {
    const { scale, x, y } = surface.view;
    surface.canvas.dataset.view = `${scale} ${x} ${y}`;
    toolbar.setZoom(scale);
  };

  const zooming = new Zooming(studio, surface, status);
  const hover = new Hover(studio, surface);
  const gestures = new Gestures(surface.canvas, {
    active: () => studio.state.picture !== null,
    point: (x, y, label) => {
      surface.cursor = null;
      const at = surface.view.toImage(x, y);
      if (surface.view.contains(at)) tools.point(at.x, at.y, label);
    },
    pick: (x, y) => {
      const at = surface.view.toImage(x, y),
        object = studio.objectAt(at.x, at.y);
      if (object) studio.select(object.id, !studio.selected.has(object.id));
      else status.say("There is no kept object here.");
    },
    double: (x, y) => {
      const at = surface.view.toImage(x, y),
        object = tools.target ? null : studio.objectAt(at.x, at.y);
      if (object) studio.refine(object.id);
      return object !== null;
    },
    drag: (x0, y0, x1, y1, done, label, kind) => {
      const from = surface.view.clip(surface.view.toImage(x0, y0)),
        to = surface.view.clip(surface.view.toImage(x1, y1));
      tools.drag([from.x, from.y], [to.x, to.y], done, label, kind);
    },
    dragCancelled: () => tools.cancel(),
    zoom: (x, y, factor) => {
      surface.view.zoomAt(x, y, factor);
      surface.viewChanged();
    },
    pan: (dx, dy) => {
      surface.view.pan(dx, dy);
      surface.viewChanged();
    },
    hover: (x, y, label) => {
      if (tools.target) surface.showBrush({ x, y, radius: tools.radius });
      else if (tools.tool === "box" && adjusting.hover(x, y))
        hover.leave(); // a click's mask would hide the edge
      else hover.move(x, y, label);
    },
    press: () => hover.hide(),
    leave: () => (surface.showBrush(null), hover.leave()),
    dial: (step) =>
      tools.target ? tools.resize(step > 0 ? 1.2 : 1 / 1.2) : studio.choose(studio.choices.place + step),
  });

  const cursor = () => {
    surface.cursor ??= { x: surface.view.image.width / 2, y: surface.view.image.height / 2 };
    return surface.cursor;
  };
  new Keyboard(surface.canvas, element, {
    undo: studio.steps.undo,
    redo: studio.steps.redo,
    grip: () => adjusting.next(),
    sharpen: () => sharpen(),
    escape: () =>
      sharpening.stop() ||
      gestures.escape() ||
      adjusting.letGo() ||
      (tools.target ? tools.edit(null) : studio.prompts.clear()),
    tool: (name) => tools.choose(name),
    hand: (name) => tools.target && tools.take(name),
    size: (factor) => tools.target && tools.resize(factor),
    refine: () => {
      const [one, ...more] = studio.selected;
      if (studio.refined) refine(null);
      else if (one && !more.length) refine(one);
      else status.say("Select one object in the list, or double-click it, to refine it by clicks.");
    },
    next: (step) => {
      const ids = studio.state.objects.map((object) => object.id);
      const place =
        ids.findIndex((id) => studio.selected.has(id)) +
        (step < 0 && !studio.selected.size ? ids.length + 1 : 0) +
        step;
      if (!ids[place]) return false;
      for (const id of [...studio.selected]) studio.select(id, false);
      studio.select(ids[place], true);
      status.announce(`${studio.state.objects[place].name} selected, ${place + 1} of ${ids.length}`);
      return true;
    },
    edit: () => {
      const [one, ...more] = studio.selected;
      if (tools.target) tools.edit(null);
      else if (one && !more.length) tools.edit(one);
      else status.say("Select one object in the list to edit its mask.");
    },
    commit: () => studio.commit(),
    choose: (index) => studio.choose(index),
    fit,
    zoom,
    toggleMasks: () => {
      surface.hideMasks = !surface.hideMasks;
      status.say(surface.hideMasks ? "Masks hidden. H shows them." : "Masks shown.");
      surface.redraw();
    },
    removeSelected: () => studio.remove([...studio.selected]),
    browse: () => intake.browse(),
    holdSpace: (held) => gestures.holdSpace(held),
    peek: (held) => zooming.peek(held && studio.state.picture !== null),
    actual: () => zooming.actual(),
    toSelection: () => zooming.toSelection(),
    moveCursor: (dx, dy) => {
      if (!studio.state.picture || adjusting.nudge(dx / surface.view.scale, dy / surface.view.scale)) return;
      const { x, y } = cursor();
      surface.cursor = surface.view.clip({ x: x + dx / surface.view.scale, y: y + dy / surface.view.scale });
      status.announce(`${Math.round(surface.cursor.x)}, ${Math.round(surface.cursor.y)}`);
      surface.redraw();
    },
    pointAtCursor: (label) => surface.cursor && studio.addPoint(surface.cursor.x, surface.cursor.y, label),
    help: () => header.help.showModal(),
  });

  frame.append(
    intake.empty,
    intake.veil,
    toolbar.bar,
    editBar.bar,
    toolbar.zoom,
    h("div", { class: "ss-progress", "aria-hidden": "true" }),
  );
  element.append(
    h("div", { class: "ss-stage" }, h("div", { class: "ss-card" }, frame, status.line), list.panel),
    intake.picker,
    status.toasts,
  );
  toolbar.zoom.append(zooming.buttons, new LooksMenu(surface).node);
  place(header.bar, element);
  surface.resize();

  function show() {
    const { state, prompts, choices, history } = studio;
    if (!prompts.state.box) adjusting.letGo();
    if (tools.editing && !tools.target) tools.editing = null; // it was deleted, or another photo was opened
    const editing = tools.target;
    // What the page shows, for style sheets and tests.
    Object.assign(element.dataset, {
      picture: state.picture?.id ?? "",
      points: prompts.state.points.length,
      box: prompts.state.box ? 1 : 0,
      mask: studio.hasMask ? studio.choice + 1 : 0,
      decoder: studio.page.phase,
      engine: studio.page.engine,
      tool: tools.tool,
      editing: editing?.id ?? "",
      objects: state.objects.length,
      pending: studio.pending ? 1 : 0,
      refined: studio.refined?.id ?? "",
    });
    frame.classList.toggle("ss-has-picture", state.picture !== null);
    frame.classList.toggle("ss-busy", studio.busy);
    frame.setAttribute("aria-busy", String(studio.busy));
    frame.classList.toggle("ss-editing", editing !== null);
    editBar.update(editing, tools, history.canUndo, history.canRedo, sharpening.control !== null);
    toolbar.update({
      tool: tools.tool,
      canUndo: history.canUndo,
      canRedo: history.canRedo,
      hasPrompts: !prompts.empty || studio.refined !== null,
      hasMask: studio.hasMask,
      scores: choices.scores,
      choice: choices.place,
    });
    list.update(
      state.objects,
      studio.selected,
      studio.hasMask,
      tools.editing,
      studio.refined?.id ?? null,
      { useful: worthIt(state.picture), ids: sharpening.ids },
      state.picture?.revised ?? false,
    );
    if (surface.bitmap && state.picture)
      for (const object of state.objects) {
        const mask = studio.kept.thumbs.get(object.mask);
        if (mask)
          list.setThumb(object.id, surface.bitmap, mask, object.box, surface.bitmap.width / state.picture.width);
      }
    header.setModel(state.model || config.model, studio.busy);
    header.setPrivate(studio.opening.private);
    document.body.classList.toggle("ss-open", state.picture !== null);
    publish();
  }

  function publish() {
    const { state, selected } = studio;
    if (!transport.token) return;
    const workspace = transport.token;
    const mark = studio.opening.here ? { private: true } : {}; // tabs then say so, and never take the photo before for it
    write("image", { workspace, picture: state.picture?.id ?? null, ...mark });
    write("objects", { workspace, selected: [...selected], revision: state.revision, ...mark });
    if (state.model) write("model", state.model);
  }

  listen(() => studio.refresh());
  const mine = (/** @type {any} */ value) =>
    value?.workspace === transport.token && value.picture === studio.state.picture?.id;
  take("boxes", (value) => {
    surface.marks = mine(value) ? value.boxes : [];
    element.dataset.marks = String(surface.marks.length);
    surface.redraw();
  });
  take("prompt", (value) => {
    if (!mine(value)) return;
    tools.edit(null);
    adjusting.letGo();
    studio.prompts.replace({ points: [], box: value.box, name: value.name });
    surface.canvas.focus({ preventScroll: true });
    element.scrollIntoView({ block: "nearest" });
  });
  window.addEventListener("pagehide", () => transport.close());
  window.addEventListener("pageshow", (event) => event.persisted && location.reload()); // its workspace was closed
  show();
  status.say(
    studio.opening.private
      ? "Ready. Private: your photo stays in this browser."
      : "Ready. Your photo stays on this server.",
  );
  studio.start();
  if (config.manager)
    studio.ready.then(
      () => manager.refresh(),
      () => {},
    ); // what came here since the server started
}

/**
 * The header has a component of its own above the columns, which Gradio may mount later; in other apps it is part of
 * the stage.
 * @param {HTMLElement} bar @param {HTMLElement} element
 */
function place(bar, element, tries = 50) {
  const host = document.getElementById("ss-header");
  if (host) host.replaceChildren(bar);
  else if (tries) setTimeout(place, 30, bar, element, tries - 1);
  else element.prepend(bar);
}
