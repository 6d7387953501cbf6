/** Where the image lies on the stage: zoom and offset. Stage lengths are CSS pixels, image lengths are image pixels. */

const MAX_SCALE = 64;

/**
 * @param {import("./overlay.mjs").Rect[]} rects
 * @returns {import("./overlay.mjs").Rect | null} the smallest that holds them all
 */
export function around(rects) {
  if (!rects.length) return null;
  return {
    x0: Math.min(...rects.map((rect) => rect.x0)),
    y0: Math.min(...rects.map((rect) => rect.y0)),
    x1: Math.max(...rects.map((rect) => rect.x1)),
    y1: Math.max(...rects.map((rect) => rect.y1)),
  };
}

export class View {
  constructor() {
    /** CSS pixels per image pixel */
    this.scale = 1;
    /** stage position of the image's top-left corner */
    this.x = 0;
    this.y = 0;
    this.image = { width: 0, height: 0 };
    this.stage = { width: 0, height: 0 };
    /** whether the user has left the zoom alone, so that a resize may fit again */
    this.fitted = true;
    /** free space around a fitted image, CSS pixels */
    this.margin = { x: 8, top: 8, bottom: 8 };
  }

  /** @param {number} width @param {number} height */
  setImage(width, height) {
    this.image = { width, height };
    this.fit();
  }

  /** Keeps the point in the middle of the stage there, or the fit. @param {number} width @param {number} height */
  resize(width, height) {
    const middle = this.toImage(this.stage.width / 2, this.stage.height / 2);
    this.stage = { width, height };
    if (this.fitted) return this.fit();
    this.x = width / 2 - middle.x * this.scale;
    this.y = height / 2 - middle.y * this.scale;
    this.#clamp();
  }

  /** The scale at which the whole image is seen. */
  get fitScale() {
    const { width, height } = this.image;
    if (!width || !this.stage.width) return 1;
    const room = Math.max(40, this.stage.height - this.margin.top - this.margin.bottom);
    return Math.min(Math.max(40, this.stage.width - 2 * this.margin.x) / width, room / height, 8);
  }

  fit() {
    this.scale = this.fitScale;
    this.x = (this.stage.width - this.image.width * this.scale) / 2;
    const room = this.stage.height - this.margin.top - this.margin.bottom;
    this.y = this.margin.top + (room - this.image.height * this.scale) / 2;
    this.fitted = true;
  }

  /**
   * The part of the image as large as the free stage holds.
   * @param {{x0: number, y0: number, x1: number, y1: number}} rect
   */
  show(rect) {
    const x0 = Math.max(0, rect.x0),
      y0 = Math.max(0, rect.y0);
    const width = Math.max(1, Math.min(this.image.width, rect.x1) - x0),
      height = Math.max(1, Math.min(this.image.height, rect.y1) - y0);
    const across = Math.max(40, this.stage.width - 2 * this.margin.x);
    const down = Math.max(40, this.stage.height - this.margin.top - this.margin.bottom);
    this.scale = Math.min(MAX_SCALE, across / width, down / height);
    this.x = this.margin.x + (across - width * this.scale) / 2 - x0 * this.scale;
    this.y = this.margin.top + (down - height * this.scale) / 2 - y0 * this.scale;
    this.fitted = false;
    this.#clamp();
  }

  /**
   * Zooms so that the image point under (x, y) stays there.
   * @param {number} x
   * @param {number} y
   * @param {number} factor
   */
  zoomAt(x, y, factor) {
    const lowest = Math.min(this.fitScale, 1) / 2;
    const scale = Math.min(MAX_SCALE, Math.max(lowest, this.scale * factor));
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.fitted = false;
    this.#clamp();
  }

  /** @param {number} dx @param {number} dy */
  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.fitted = false;
    this.#clamp();
  }

  /** @param {number} x @param {number} y stage @returns {{x: number, y: number}} image */
  toImage(x, y) {
    return { x: (x - this.x) / this.scale, y: (y - this.y) / this.scale };
  }

  /** @param {number} x @param {number} y image @returns {{x: number, y: number}} stage */
  toStage(x, y) {
    return { x: x * this.scale + this.x, y: y * this.scale + this.y };
  }

  /** @param {{x: number, y: number}} point in the image */
  contains(point) {
    return point.x >= 0 && point.y >= 0 && point.x <= this.image.width && point.y <= this.image.height;
  }

  /** The image point nearest to one that may lie outside. @param {{x: number, y: number}} point */
  clip(point) {
    return {
      x: Math.min(this.image.width, Math.max(0, point.x)),
      y: Math.min(this.image.height, Math.max(0, point.y)),
    };
  }

  /** Never lets the image leave the stage entirely. */
  #clamp() {
    const keep = 48;
    this.x = Math.min(this.stage.width - keep, Math.max(keep - this.image.width * this.scale, this.x));
    this.y = Math.min(this.stage.height - keep, Math.max(keep - this.image.height * this.scale, this.y));
  }
}
