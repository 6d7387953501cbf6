/**
 * Editing the outline of an object: its vertices are handles on the stage, and the mask follows. Nothing is changed
 * on the server before it is applied, which is one step of undo.
 *
 * @typedef {import("./geometry.mjs").Rings} Rings
 * @typedef {import("./geometry.mjs").Place} Place
 * @typedef {import("./geometry.mjs").XY} XY
 * @typedef {{id: string, name: string, mask: string, box: number[], before: Rings, iou: number,
 *   base: import("../canvas/overlay.mjs").Field}} Edited
 */

import { recall, remember } from "../server/local_storage.mjs";
import { TOUCH } from "../ui/dom.mjs";
import { count, edgeAt, follow, inserted, moved, removed, vertexAt } from "./geometry.mjs";
import { Magnet } from "./magnet.mjs";
import { drawOutline } from "./outline_ink.mjs";

/** Pixels of the screen within which a vertex or an edge is taken. */
const REACH = 9;
const REACH_TOUCH = 22;
/** Within which an edge of the photo attracts a vertex. */
const PULL = 7;
const STORED = "sam-studio-magnetic";

export class OutlineEditor {
  /**
   * @param {import("../session/studio.mjs").Studio} studio
   * @param {import("../canvas/canvas.mjs").StageCanvas} surface
   * @param {() => void} changed
   * @param {{snap(at: XY, reach: number): XY}} [magnet]
   */
  constructor(studio, surface, changed, magnet = new Magnet(surface)) {
    this.studio = studio;
    this.surface = surface;
    this.changed = changed;
    this.magnet = magnet;
    this.magnetic = recall(STORED) !== "off";
    /** @type {Edited | null} */
    this.edited = null;
    /** @type {Rings} as they are now */
    this.rings = [];
    /** @type {Rings[]} as they were before each step */
    this.past = [];
    /** @type {Rings[]} */
    this.future = [];
    /** @type {Place | null} what Delete and the arrow keys mean */
    this.chosen = null;
    /** @type {{place: Place | null, rings: Rings} | null} the drag that is going on; no place: it took nothing */
    this.held = null;
    /** Raised whenever what was asked before counts for nothing any more. */
    this.turn = 0;
    this.applying = false;
  }

  /** The object, unless it has gone or got another mask. */
  get target() {
    const object = this.studio.session.object(this.edited?.id ?? null);
    return object && this.edited?.mask === object.mask ? object : null;
  }

  get touched() {
    return this.past.length > 0;
  }

  /** @param {string} id */
  async begin(id) {
    const { session, transport, kept, status } = this.studio;
    const object = session.object(id);
    if (!object) return;
    if (object.locked) return status.say(`${object.name} is locked. Unlock it in the list first.`);
    if (object.hidden) return status.say(`${object.name} is hidden. Show it in the list first.`);
    const turn = ++this.turn;
    await session.guard(async () => {
      const found = await transport.call("GET", `objects/${id}/outline`);
      await kept.load([object]);
      const base = kept.fields.get(object.mask);
      if (turn !== this.turn || !base || found.mask !== object.mask) return;
      const { name, mask, box } = object;
      this.edited = { id, name, mask, box, before: found.rings, iou: found.iou, base };
      Object.assign(this, { rings: found.rings, past: [], future: [], chosen: null });
      this.surface.canvas.focus({ preventScroll: true });
      this.#show();
      status.say(
        TOUCH
          ? `Outline of ${name}: drag a point; tap a line to add one, long-press a point to delete it.`
          : `Outline of ${name}: drag a point; click a line to add one. Enter applies, Esc discards.`,
      );
    });
  }

  /** As one step of undo. @returns {Promise<boolean>} whether it is done */
  async apply() {
    const { edited } = this;
    const { session, transport, kept, status } = this.studio;
    if (!edited || this.applying) return false;
    if (!this.touched) return this.discard();
    this.applying = true;
    const done = await session.guard(async () => {
      const body = {
        picture: session.picture?.id ?? "",
        mask: edited.mask,
        before: edited.before,
        after: this.rings,
      };
      const state = await transport.call("POST", `objects/${edited.id}/outline`, body);
      await kept.load(state.objects); // so that the mask does not blink between the two
      this.#end();
      session.apply(state);
      status.say(`Outline of ${edited.name} changed. Ctrl+Z takes it back.`);
    });
    this.applying = false;
    this.changed();
    return done;
  }

  /** @returns {boolean} whether there was something to discard */
  discard() {
    if (!this.edited) return false;
    const { name } = this.edited;
    const { touched } = this;
    this.#end();
    this.studio.status.say(touched ? `Outline of ${name}: nothing was changed.` : `Done with the outline of ${name}.`);
    return true;
  }

  /** It was deleted, or changed by something else. */
  check() {
    if (this.edited && !this.target && !this.applying) this.#end();
  }

  #end() {
    this.turn++;
    this.edited = null;
    this.held = null;
    this.past = [];
    this.future = [];
    this.surface.outline = null;
    this.studio.kept.live = null;
    this.surface.canvas.style.cursor = "";
    this.studio.scene.showObjects();
    this.changed();
  }

  setMagnetic(/** @type {boolean} */ on) {
    this.magnetic = on;
    remember(STORED, on ? "on" : "off");
    this.studio.status.announce(on ? "Points snap to edges" : "Points go where you put them");
    this.changed();
  }

  /**
   * @param {XY} at image pixels @param {string} kind of the pointer
   * @returns {{vertex: Place | null, edge: Place | null}}
   */
  #at(at, kind) {
    const reach = (kind === "touch" ? REACH_TOUCH : REACH) / this.surface.view.scale;
    const vertex = vertexAt(this.rings, at, reach);
    return { vertex, edge: vertex ? null : edgeAt(this.rings, at, reach) };
  }

  /** @param {XY} at image pixels @param {string} [kind] */
  hover(at, kind = "mouse") {
    const { vertex, edge } = this.#at(at, kind);
    this.surface.canvas.style.cursor = vertex ? "move" : edge ? "copy" : "default";
  }

  /** A click: with label 0 a vertex goes. @param {XY} at image pixels @param {0 | 1} label @param {string} [kind] */
  click(at, label, kind = "mouse") {
    const { vertex, edge } = this.#at(at, kind);
    if (vertex && label === 0) return this.#remove(vertex);
    if (vertex) this.chosen = vertex;
    else if (edge && label === 1) {
      this.#step(inserted(this.rings, edge, at));
      this.chosen = { ring: edge.ring, index: edge.index + 1 };
    } else this.chosen = null;
    this.#show();
  }

  /** @param {XY} from @param {XY} to image pixels @param {boolean} done @param {string} kind of the pointer */
  drag(from, to, done, kind) {
    if (!this.held) {
      const { vertex, edge } = this.#at(from, kind);
      const rings = edge ? inserted(this.rings, edge, from) : this.rings;
      const place = vertex ?? (edge && { ring: edge.ring, index: edge.index + 1 });
      this.held = { place, rings };
      this.chosen = place;
      if (place) this.#step(rings);
    }
    const { place, rings } = this.held;
    if (place) this.rings = moved(rings, place, this.#placed(to));
    if (done) this.held = null;
    this.#show();
  }

  /** The pinch that a drag has become, or Esc. @returns {boolean} whether there was a drag */
  cancel() {
    if (!this.held) return false;
    if (this.held.place) this.rings = this.past.pop() ?? this.rings;
    this.held = null;
    this.#show();
    return true;
  }

  /** @param {XY} at @returns {XY} */
  #placed(at) {
    const { image, scale } = this.surface.view;
    const [x, y] = this.magnetic ? this.magnet.snap(at, PULL / scale) : at;
    return [Math.min(image.width, Math.max(0, x)), Math.min(image.height, Math.max(0, y))];
  }

  /** The chosen vertex by keys. @param {number} dx @param {number} dy image pixels @returns {boolean} */
  nudge(dx, dy) {
    if (!this.edited) return false;
    if (!this.chosen) return true;
    const [x, y] = this.rings[this.chosen.ring][this.chosen.index];
    const { width, height } = this.surface.view.image;
    const to = /** @type {XY} */ ([Math.min(width, Math.max(0, x + dx)), Math.min(height, Math.max(0, y + dy))]);
    this.#step(moved(this.rings, this.chosen, to));
    this.#show();
    return true;
  }

  /** Another vertex is chosen, along the outlines. @param {1 | -1} step @returns {boolean} whether one is edited */
  next(step) {
    if (!this.edited) return false;
    const all = this.rings.flatMap((ring, at) => ring.map((_, index) => ({ ring: at, index })));
    const { chosen } = this;
    const now = chosen ? all.findIndex(({ ring, index }) => ring === chosen.ring && index === chosen.index) : -1;
    this.chosen = all[(now + step + all.length) % all.length] ?? null;
    this.studio.status.announce(`Point ${all.indexOf(this.chosen) + 1} of ${all.length}`);
    this.#show();
    return true;
  }

  /** The chosen vertex goes. @returns {boolean} whether an outline is edited */
  remove() {
    if (!this.edited) return false;
    if (this.chosen) this.#remove(this.chosen);
    else this.studio.status.say("Click a point of the outline first.");
    return true;
  }

  /** @param {Place} place */
  #remove(place) {
    const rings = removed(this.rings, place);
    if (rings === this.rings) return this.studio.status.say("An outline needs three points.");
    this.#step(rings);
    this.chosen = null;
    this.#show();
  }

  /** @param {Rings} rings */
  #step(rings) {
    this.past.push(this.rings);
    this.future = [];
    this.rings = rings;
  }

  /** @param {"past" | "future"} from @param {"past" | "future"} to @returns {boolean} whether an outline is edited */
  #turn(from, to) {
    if (!this.edited) return false;
    const rings = this[from].pop();
    if (!rings) return true;
    this[to].push(this.rings);
    this.rings = rings;
    this.chosen = null;
    this.#show();
    return true;
  }

  undo = () => this.#turn("past", "future");
  redo = () => this.#turn("future", "past");

  /** What the bar says. */
  get text() {
    if (!this.edited) return "";
    return `${count(this.rings)} points`;
  }

  /** How much of the mask the outline shows; "" where that is all of it, or the outline was moved. */
  get likeness() {
    const { edited, touched } = this;
    if (!edited || touched || edited.iou === 1) return "";
    return `, ${(Math.floor(edited.iou * 1000) / 10).toFixed(1)} % of the mask`;
  }

  #show() {
    const { edited, surface, studio } = this;
    if (!edited) return;
    const image = surface.view.image;
    studio.kept.live = { id: edited.id, field: follow(edited.base, edited.box, edited.before, this.rings, image) };
    surface.outline = { draw: (context, view) => drawOutline(context, view, this.rings, this.chosen) };
    studio.scene.showObjects();
    this.changed();
  }
}
