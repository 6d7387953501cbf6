/** The device's camera: a live view and a shutter. On phones the system's own camera is used instead. */

import { h, icon, iconButton, TOUCH } from "../ui/dom.mjs";

/** @type {Record<string, string>} */
const REASONS = {
  NotAllowedError: "The camera may not be used here. Allow it in the browser's address bar, then try again.",
  NotFoundError: "No camera was found. Connect one, or choose a photo.",
  NotReadableError: "Another program is using the camera. Close it, then try again.",
};

/** Whether there is a way to a camera; browsers hide theirs from pages without https. */
export const HAS_CAMERA = TOUCH || Boolean(navigator.mediaDevices?.getUserMedia);

export class Camera {
  /** @param {{shot(photo: Blob, name: string): void, failed(text: string): void}} on */
  constructor(on) {
    this.on = on;
    /** @type {MediaStream | null} */
    this.stream = null;
    this.front = false;
    this.video = /** @type {HTMLVideoElement} */ (
      h("video", { class: "ss-video", playsinline: true, "aria-label": "What the camera sees" })
    );
    this.video.muted = true;
    this.shutter = h(
      "button",
      { type: "button", class: "ss-button ss-primary", onclick: () => this.#shoot() },
      icon("camera", 16),
      "Take the photo",
    );
    this.dialog = /** @type {HTMLDialogElement} */ (
      h(
        "dialog",
        { class: "ss-help ss-camera", "aria-label": "Camera" },
        h(
          "header",
          {},
          h("h2", {}, "Camera"),
          iconButton("clear", "Close", () => this.dialog.close()),
        ),
        this.video,
        h(
          "footer",
          {},
          this.shutter,
          iconButton("undo", "The other camera", () => this.#turn()),
        ),
      )
    );
    this.dialog.addEventListener("close", () => this.#stop());
    this.dialog.addEventListener("keydown", (event) => event.stopPropagation());
    this.picker = /** @type {HTMLInputElement} */ (
      h("input", {
        type: "file",
        accept: "image/*",
        capture: "environment",
        hidden: true,
        "aria-label": "Photo from the camera",
      })
    );
    this.picker.addEventListener("change", () => {
      const file = this.picker.files?.[0];
      if (file) on.shot(file, file.name || "camera.jpg");
      this.picker.value = "";
    });
  }

  open() {
    if (TOUCH) return this.picker.click();
    this.#start();
  }

  async #start() {
    this.#stop();
    try {
      const facingMode = { ideal: this.front ? "user" : "environment" };
      this.stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode, width: { ideal: 1920 }, height: { ideal: 1080 } },
      });
    } catch (error) {
      this.dialog.close();
      return this.on.failed(
        REASONS[/** @type {Error} */ (error).name] ?? "The camera cannot be opened here. Choose a photo instead.",
      );
    }
    if (!this.dialog.open) this.dialog.showModal();
    this.video.srcObject = this.stream;
    await this.video.play().catch(() => {}); // closed again at once
    this.shutter.focus();
  }

  #turn() {
    this.front = !this.front;
    this.#start();
  }

  #shoot() {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!width) return; // no picture has come yet
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).drawImage(this.video, 0, 0);
    canvas.toBlob(
      (photo) => {
        this.dialog.close();
        if (photo) this.on.shot(photo, "camera.jpg");
      },
      "image/jpeg",
      0.95,
    );
  }

  #stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
  }
}
