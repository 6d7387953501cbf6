/** Pictures that a tool has made, over the photo up to a line that is moved: before to its left, after to its right. */

import { checks, drawPhoto } from "../canvas/checkerboard.mjs";

/** @typedef {import("../canvas/viewport.mjs").View} View */

const HANDLE = 16;
const SWEEP_MS = 550;

export class Wipe {
  /**
   * @param {CanvasImageSource} picture
   * @param {{window: number[], photo: {width: number, height: number}, alpha: boolean}} place window: the part of the
   *   photo that it is, xyxy in pixels of the photo
   */
  constructor(picture, { window, photo, alpha }) {
    this.picture = picture;
    this.window = window;
    this.photo = photo;
    this.alpha = alpha;
    /** where the line is: 0 shows all of it, 1 the photo alone */
    this.at = 0;
  }

  /** The line goes over the picture once, so that the eye sees what has changed. @param {() => void} redraw */
  sweep(redraw) {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return redraw();
    const began = performance.now();
    this.at = 1;
    const step = () => {
      if (this.held) return;
      const share = Math.min(1, (performance.now() - began) / SWEEP_MS);
      this.at = (1 - share) ** 3;
      redraw();
      if (share < 1) requestAnimationFrame(step);
    };
    step();
  }

  /** whether a hand has taken the line */
  held = false;

  /** @param {number} at */
  move(at) {
    this.held = true;
    this.at = Math.min(1, Math.max(0, at));
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {View} view
   * @param {CanvasImageSource} bitmap
   * @param {boolean} peek
   */
  draw(context, view, bitmap, peek) {
    const { scale, x, y, image } = view;
    const [width, height] = [image.width * scale, image.height * scale];
    const line = peek ? width : this.at * width;
    context.imageSmoothingEnabled = scale < 3;
    context.imageSmoothingQuality = "high";
    context.save();
    context.beginPath();
    context.rect(x, y, line, height);
    context.clip();
    this.#before(context, view, bitmap);
    context.restore();
    context.save();
    context.beginPath();
    context.rect(x + line, y, width - line, height);
    context.clip();
    if (this.alpha) this.#checkerboard(context, x, y, width, height);
    context.drawImage(this.picture, x, y, width, height);
    context.restore();
    if (!peek) this.#handle(context, x + line, y, height);
  }

  /** @param {CanvasRenderingContext2D} context @param {View} view @param {CanvasImageSource} bitmap */
  #before(context, { scale, x, y }, bitmap) {
    const [left, top] = this.window;
    const { width, height } = this.photo;
    drawPhoto(context, bitmap, x - left * scale, y - top * scale, width * scale, height * scale);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} x
   * @param {number} y
   * @param {number} w
   * @param {number} h
   */
  #checkerboard(context, x, y, w, h) {
    context.fillStyle = checks(context);
    context.fillRect(x, y, w, h);
  }

  /** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} height */
  #handle(context, x, y, height) {
    context.fillStyle = "#fff";
    context.shadowColor = "rgba(0,0,0,.45)";
    context.shadowBlur = 6;
    context.fillRect(x - 1, y, 2, height);
    context.beginPath();
    context.arc(x, y + height / 2, HANDLE, 0, 2 * Math.PI);
    context.fill();
    context.shadowBlur = 0;
    context.strokeStyle = "#1b1b1f";
    context.lineWidth = 2;
    context.lineCap = context.lineJoin = "round";
    for (const side of [-1, 1]) {
      context.beginPath();
      context.moveTo(x + side * 4, y + height / 2 - 5);
      context.lineTo(x + side * 9, y + height / 2);
      context.lineTo(x + side * 4, y + height / 2 + 5);
      context.stroke();
    }
  }
}
