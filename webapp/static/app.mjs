/** Puts the page together: builds the stage inside its Gradio component and connects the parts. */

import { StageCanvas } from "./canvas/canvas.mjs";
import { Cross } from "./canvas/cross.mjs";
import { Hover } from "./canvas/hover.mjs";
import { intentions } from "./canvas/intentions.mjs";
import { LooksMenu } from "./canvas/looks.mjs";
import { Gestures } from "./canvas/pointer.mjs";
import { Zooming } from "./canvas/zooming.mjs";
import { ExportDialog } from "./export/dialog.mjs";
import { ClassDialog } from "./labels/dialog.mjs";
import { Better } from "./models/better.mjs";
import { Manager } from "./models/manager.mjs";
import { offered } from "./models/model_text.mjs";
import { EditBar } from "./objects/edit_bar.mjs";
import { Importing } from "./objects/importing.mjs";
import { later, makeList } from "./objects/make_list.mjs";
import { Sharpening } from "./objects/sharpening.mjs";
import { OutlineEditor } from "./outlines/editor.mjs";
import { OutlineBar } from "./outlines/outline_bar.mjs";
import { nameOf } from "./photos/address.mjs";
import { copyCutout, looksLikeCutout } from "./photos/clipboard.mjs";
import { Intake } from "./photos/intake.mjs";
import { ReadingMenu } from "./photos/reading.mjs";
import { Sending } from "./photos/sending.mjs";
import { Sources } from "./photos/sources.mjs";
import { Projects } from "./projects/projects.mjs";
import { ReplayDialog } from "./projects/replay.mjs";
import { Tools } from "./prompts/tools.mjs";
import { Recovery } from "./recovery/recovery.mjs";
import { Store } from "./recovery/store.mjs";
import { ResultBar } from "./results/result_bar.mjs";
import { Results } from "./results/results.mjs";
import { Transport } from "./server/api.mjs";
import { publish, subscribe } from "./server/publishing.mjs";
import { ActionTable } from "./session/action_table.mjs";
import { makeActions } from "./session/actions.mjs";
import { Keyboard } from "./session/keyboard.mjs";
import { Studio } from "./session/studio.mjs";
import { Columns } from "./ui/columns.mjs";
import { CommandPalette, openTab, tabs } from "./ui/command_palette.mjs";
import { h, TOUCH } from "./ui/dom.mjs";
import { takeToasts } from "./ui/gradio_toasts.mjs";
import { Header } from "./ui/header.mjs";
import { Hints } from "./ui/hints.mjs";
import { shortcutsSheet } from "./ui/shortcuts.mjs";
import { show } from "./ui/stage_view.mjs";
import { Status } from "./ui/status.mjs";
import { TabButtons } from "./ui/tab_buttons.mjs";
import { followSliders } from "./ui/tab_fields.mjs";
import { showGroups } from "./ui/tab_groups.mjs";
import { Toolbar } from "./ui/toolbar.mjs";

const HELP =
  "The photo. Click what you want, right-click what you do not want, drag a box. " +
  "From the keyboard: arrow keys move a cross, A adds a point, X excludes, G takes hold of a box, " +
  "Enter keeps the object.";
const FETCHED_BY_SERVER =
  "Web addresses are fetched by the server. Turn Private off, or save the photo and open the file.";

/**
 * @typedef {{base: string, models: import("./ui/header.mjs").Model[], model: string, manager: boolean,
 *   examples: {name: string, title: string, tab?: string, shows?: string}[]}} Config base: the full URL of our routes
 */

/** @param {{element: HTMLElement, config: Config}} options */
export function mount({ element, config }) {
  if (element.querySelector(".ss-stage")) return; // Gradio ran the loader twice
  let changed = () => {};
  const core = makeCore(config, () => changed());
  const { studio, surface, status, tools, frame } = core;
  const photos = makePhotos(core, config);
  const gestures = new Gestures(surface.canvas, intentions({ ...core, hover: new Hover(studio, surface) }));
  const sheet = shortcutsSheet(() => table.all);
  const palette = new CommandPalette(() => table.all, [tabs]);
  const { header, manager, better } = makeHeader(core, photos, config, { commands: () => palette.show() });
  const cross = new Cross(surface, studio, tools.adjusting);
  const classes = new ClassDialog(studio, () => table);
  const replaying = new ReplayDialog(studio, surface, () => header.usable);
  const copy = () => copyCutout(studio, () => core.exporting.here("cutout"));
  const parts = {
    copy,
    ...core,
    ...photos,
    gestures,
    cross,
    sheet,
    palette,
    header,
    manager,
    classes,
    replaying,
    ...later(() => list, studio),
  };
  /** @type {ActionTable} */
  const table = new ActionTable(makeActions(parts));
  const toolbar = new Toolbar(table, [new LooksMenu(surface).node]);
  const editBar = new EditBar(tools, table);
  const resultBar = new ResultBar(core.results);
  const outlineBar = new OutlineBar(core.outlines);
  const list = makeList(core, table, classes);
  new Keyboard(table, surface.canvas, element, (key) => studio.labels.press(key));
  surface.onViewChange = () => {
    const { scale, x, y } = surface.view;
    surface.canvas.dataset.view = `${scale} ${x} ${y}`;
    toolbar.setZoom(scale);
  };
  const reading = new ReadingMenu(studio);
  const hints = new Hints();
  const sending = new Sending(studio.opening);
  status.line.append(reading.node, sending.chip);
  const { empty, veil, picker } = photos.intake;
  frame.append(empty, veil, hints.node, status.bar, status.toasts);
  const strip = h(
    "div",
    { class: "ss-strip" },
    status.line,
    toolbar.bar,
    editBar.bar,
    outlineBar.bar,
    resultBar.bar,
    toolbar.zoom,
  );
  const card = h("div", { class: "ss-card" }, toolbar.rail, frame, strip);
  element.append(
    h("div", { class: "ss-stage" }, card, list.panel),
    picker,
    sheet.dialog,
    palette.dialog,
    sending.dialog,
    core.exporting.dialog,
    classes.dialog,
    replaying.dialog,
  );
  header.addHistory(toolbar.history);
  const columns = new Columns();
  header.bar.append(columns.button);
  place(header.bar, "ss-header", (bar) => element.prepend(bar));
  // In other apps the list stays below the stage.
  place(list.panel, "ss-objects", () => {});
  whenThere("ss-groups", showGroups);
  whenThere("ss-right", (column) => {
    column.prepend(better.node);
    columns.follow(column);
  });
  takeToasts(status);
  /** @type {TabButtons | null} */
  let buttons = null;
  whenThere("ss-tabs", (column) => {
    buttons = watchTabs(column, studio);
  });
  surface.resize();
  /** With the first photo of this page. */
  let offerBetter = () => {
    offerBetter = () => {};
    if (better.open) manager?.refresh();
  };
  changed = () => {
    show({ ...core, element, toolbar, editBar, outlineBar, resultBar, list, header, model: config.model });
    reading.update();
    sending.update();
    classes.update();
    const { session, mask } = studio;
    const other = session.busy || Boolean(core.results.open || tools.target || core.outlines.edited || mask.refined);
    const photo = session.picture !== null;
    hints.update({ picture: photo, mask: mask.present, objects: session.objects.length, other });
    if (photo && !session.busy) offerBetter();
    buttons?.update();
    publish(studio);
    core.recovery.changed();
  };
  connect(element, core);
  changed();
  const where = studio.opening.private
    ? "Private: your photo stays in this browser."
    : "Your photo stays on this server.";
  status.say(`Ready. ${where}`);
  studio.session.start(() => core.recovery.open());
  core.recovery
    .restore()
    .then(() => core.recovery.recents())
    .then((recents) => photos.intake.offer(recents));
  // What came here since the server started.
  if (manager)
    studio.session.ready.then(
      () => manager.refresh(),
      () => {},
    );
}

/** @typedef {ReturnType<typeof makeCore>} Core */

/** @param {Config} config @param {() => void} changed */
function makeCore(config, changed) {
  const transport = new Transport(config.base);
  const status = new Status();
  const frame = h("div", { class: "ss-frame" });
  const surface = new StageCanvas(frame);
  surface.canvas.setAttribute("role", "application");
  surface.canvas.setAttribute("aria-label", HELP);
  const studio = new Studio(transport, surface, status, changed);
  const tools = new Tools(studio, surface, changed);
  const outlines = new OutlineEditor(studio, surface, changed);
  const zooming = new Zooming(studio, surface, status);
  const sharpening = new Sharpening(studio, TOUCH);
  const results = new Results(studio, surface, frame, changed);
  results.begin = () => tools.edit(null);
  const projects = new Projects(studio);
  const exporting = new ExportDialog(studio, projects);
  const recovery = new Recovery(studio, results, new Store());
  return {
    transport,
    status,
    frame,
    surface,
    studio,
    tools,
    outlines,
    zooming,
    sharpening,
    results,
    exporting,
    projects,
    recovery,
  };
}

/** How photos come in. @param {Core} core @param {Config} config */
function makePhotos({ studio, status, transport, projects, results }, config) {
  const { opening } = studio;
  const refuse = (/** @type {string} */ text) => void status.toast(text);
  const openFile = (/** @type {Blob} */ file, /** @type {string} */ name) => opening.file(file, name);
  const importing = new Importing(studio);
  const openAddress = (/** @type {string} */ address) => {
    if (opening.private) {
      status.say(FETCHED_BY_SERVER, "error");
      return Promise.resolve(FETCHED_BY_SERVER);
    }
    return opening.from(nameOf(address), (signal) => transport.fetchAddress(address, signal));
  };
  const sources = new Sources({ openFile, openAddress, browse: () => intake.browse(), refuse });
  const examples = config.examples.map((one) => ({ ...one, thumb: `${config.base}/examples/${one.name}` }));
  const intake = new Intake(document.documentElement, examples, {
    openFile,
    openExample: ({ name, tab }) => {
      if (tab) openTab(tab);
      opening.from(name, (signal) => transport.example(name, signal), null, name);
    },
    openAddress,
    openProject: (file) => projects.open(file),
    openObjects: (files) => importing.add(files),
    mayBeMask: (file) => importing.mayBeMask(file),
    isMask: (file) => opening.beforehand(() => importing.isMask(file)),
    // What is private does not go to the server, which lays it.
    mayLay: () => studio.session.picture !== null && !opening.here && !opening.private,
    isCutout: looksLikeCutout,
    lay: (file) => void studio.session.guard(() => results.lay(file)),
    more: () => sources.show(),
    refuse,
  });
  return { sources, intake };
}

/**
 * The bar at the top, with the model manager where there is one.
 * @param {Core} core
 * @param {{sources: Sources, intake: Intake}} photos
 * @param {Config} config
 * @param {{commands(): void}} open
 */
function makeHeader({ studio, status, transport, exporting }, { sources, intake }, config, open) {
  const { session, opening } = studio;
  // A closed workspace is opened anew only where nothing was in it: looking at models must not hide a photo's end.
  /** @template T @param {() => Promise<T>} run */
  const asking = async (run) => {
    if (!session.picture) return session.withWorkspace(run);
    await session.ready;
    return run();
  };
  const manager = new Manager({
    look: () => asking(() => transport.models()),
    act: (action, name) => asking(() => transport.manage(action, name)),
    use: (name) => studio.setModel(name),
    current: () => session.state.model || config.model,
    say: (text, more) => status.toast(text, more),
    rows: (panel) => {
      header.setModels(offered(panel));
      header.setModel(session.state.model || config.model, session.busy);
      if (session.picture) better.update(panel);
    },
  });
  const better = new Better({
    act: (action, name) => manager.act(action, name),
    use: (name) => studio.setModel(name),
    current: () => session.state.model || config.model,
    show: () => void manager.show(),
  });
  const header = new Header(
    config.models,
    config.model,
    {
      ...open,
      open: () => intake.browse(),
      export: () => void exporting.show(),
      model: (name) => (config.manager ? manager.pick(name) : studio.setModel(name)),
      keepPrivate: (on) => opening.setPrivate(on),
    },
    [sources.button, ...sources.nodes],
    config.manager ? [manager.button, manager.dialog] : [],
  );
  return { header, manager: config.manager ? manager : null, better };
}

/**
 * What tabs do is shown at the stage, and what they cannot do they say.
 * @param {HTMLElement} column @param {Studio} studio
 */
function watchTabs(column, studio) {
  for (const event of ["click", "change", "submit"]) column.addEventListener(event, () => studio.work.watch());
  column.addEventListener("keydown", (event) => event.key === "Enter" && studio.work.watch());
  const there = () => ({
    photo: studio.session.picture !== null,
    here: studio.opening.here !== null,
    objects: studio.session.objects.filter((object) => !object.hidden).length,
  });
  followSliders(column);
  const wiring = /** @type {any} */ (window).gradio_config;
  return new TabButtons(column, wiring, there, (text) => void studio.status.toast(text));
}

/** Tabs, and the life of the page. @param {HTMLElement} element @param {Core} core */
function connect(element, { studio, surface, tools, recovery, results }) {
  subscribe(studio, {
    result: (value) => void results.show(value),
    prompt: (box, name) => {
      tools.edit(null);
      tools.adjusting.letGo();
      studio.mask.prompts.replace({ points: [], box, name });
      surface.canvas.focus({ preventScroll: true });
      element.scrollIntoView({ block: "nearest" });
    },
  });
  window.addEventListener("pagehide", () => recovery.leave());
  window.addEventListener("beforeunload", (event) => recovery.unsafe && event.preventDefault());
  // It has left its workspace.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
}

/**
 * Header and list have components of their own outside the stage's, which Gradio may mount later.
 * @param {HTMLElement} part @param {string} id of its component
 * @param {(part: HTMLElement) => void} otherwise in an app without such a component
 */
function place(part, id, otherwise) {
  whenThere(
    id,
    (host) => host.replaceChildren(part),
    () => otherwise(part),
  );
}

/**
 * @param {string} id @param {(host: HTMLElement) => void} run once the component is there
 * @param {() => void} otherwise in an app without it
 */
function whenThere(id, run, otherwise = () => {}, tries = 50) {
  const host = document.getElementById(id);
  if (host) run(host);
  else if (tries) setTimeout(whenThere, 30, id, run, otherwise, tries - 1);
  else otherwise();
}
