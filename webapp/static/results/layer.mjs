/** A picture that is laid over the photo: dragged to its place, scaled by its corners. It changes nothing by itself. */

import { drawPhoto } from "../canvas/checkerboard.mjs";

/**
 * @typedef {import("../canvas/viewport.mjs").View} View
 * @typedef {{x: number, y: number}} Place image pixels
 */

/** Share of the photo that a larger layer fills at first. */
const FIRST = 0.8;
/** Screen pixels around a corner that take hold of it. */
const REACH = 16;
const HANDLE = 5;
const LEAST = 4;

export class Layer {
  /**
   * @param {CanvasImageSource & {width: number, height: number}} picture
   * @param {{width: number, height: number}} photo
   */
  constructor(picture, photo) {
    this.picture = picture;
    this.photo = photo;
    const { width, height } = picture;
    this.scale = Math.min(1, (FIRST * photo.width) / width, (FIRST * photo.height) / height);
    this.x = (photo.width - width * this.scale) / 2;
    this.y = (photo.height - height * this.scale) / 2;
    /** @type {{from: Place, x: number, y: number, scale: number, corner: number} | null} while it is dragged */
    this.held = null;
  }

  get width() {
    return this.picture.width * this.scale;
  }
  get height() {
    return this.picture.height * this.scale;
  }

  /** Left, top, right, bottom in pixels of the photo. */
  get box() {
    return [this.x, this.y, this.x + this.width, this.y + this.height];
  }

  /** The largest scale that makes sense for this photo. */
  get most() {
    const { picture, photo } = this;
    return (4 * Math.max(photo.width, photo.height)) / Math.max(picture.width, picture.height);
  }

  get corners() {
    const [x0, y0, x1, y1] = this.box;
    return [
      { x: x0, y: y0 },
      { x: x1, y: y0 },
      { x: x1, y: y1 },
      { x: x0, y: y1 },
    ];
  }

  /** The corner at a place, -1 for none. @param {Place} at @param {number} scale screen pixels of an image pixel */
  cornerAt(at, scale) {
    return this.corners.findIndex(({ x, y }) => Math.hypot(x - at.x, y - at.y) * scale <= REACH);
  }

  /**
   * @param {Place} from where the drag began @param {Place} to
   * @param {boolean} done @param {number} scale screen pixels of an image pixel
   */
  drag(from, to, done, scale) {
    if (this.held?.from.x !== from.x || this.held.from.y !== from.y)
      this.held = { from, x: this.x, y: this.y, scale: this.scale, corner: this.cornerAt(from, scale) };
    const { held } = this;
    if (held.corner < 0) {
      this.x = held.x + to.x - from.x;
      this.y = held.y + to.y - from.y;
    } else this.#pull(held, to);
    if (done) this.held = null;
  }

  /** The corner across stays where it is. @param {NonNullable<Layer["held"]>} held @param {Place} to */
  #pull(held, to) {
    const { width, height } = this.picture;
    const [right, low] = [held.corner === 1 || held.corner === 2, held.corner > 1];
    const still = { x: right ? held.x : held.x + width * held.scale, y: low ? held.y : held.y + height * held.scale };
    const wide = ((to.x - still.x) * (right ? 1 : -1)) / width;
    const high = ((to.y - still.y) * (low ? 1 : -1)) / height;
    this.scale = this.#fair(Math.max(wide, high));
    this.x = right ? still.x : still.x - this.width;
    this.y = low ? still.y : still.y - this.height;
  }

  /** Around its middle. @param {number} scale */
  resize(scale) {
    const [x, y] = [this.x + this.width / 2, this.y + this.height / 2];
    this.scale = this.#fair(scale);
    this.x = x - this.width / 2;
    this.y = y - this.height / 2;
  }

  /** @param {number} scale */
  #fair(scale) {
    const { width, height } = this.picture;
    return Math.min(this.most, Math.max(LEAST / Math.min(width, height), scale));
  }

  /** @param {number} x @param {number} y image pixels */
  move(x, y) {
    this.x += x;
    this.y += y;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {View} view
   * @param {CanvasImageSource} bitmap
   * @param {boolean} peek
   */
  draw(context, view, bitmap, peek) {
    const { scale, x, y, image } = view;
    drawPhoto(context, bitmap, x, y, image.width * scale, image.height * scale);
    if (peek) return;
    const [left, top] = [x + this.x * scale, y + this.y * scale];
    const [width, height] = [this.width * scale, this.height * scale];
    context.save();
    context.beginPath();
    context.rect(x, y, image.width * scale, image.height * scale);
    context.clip();
    context.drawImage(this.picture, left, top, width, height);
    context.restore();
    for (const [color, line] of /** @type {const} */ ([
      ["rgba(0,0,0,.6)", 3],
      ["#fff", 1.25],
    ])) {
      context.strokeStyle = color;
      context.lineWidth = line;
      context.strokeRect(left, top, width, height);
    }
    context.fillStyle = "#fff";
    for (const corner of this.corners) {
      context.beginPath();
      context.arc(x + corner.x * scale, y + corner.y * scale, HANDLE, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    }
  }
}
