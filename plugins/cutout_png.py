"""Save objects: image + masks -> a picture with a transparent background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sam import Cutout, Image, Masks, PromptError
from sam.masks import feather as soften

if TYPE_CHECKING:
    from . import Host, Page

MOST = 4096
"""Largest feather and margin in pixels: a slip of the finger must not ask for gigabytes."""

# The checkerboard lies behind the preview only; it is never part of the file.
CSS = """
.cutout-png-preview img {
  background: repeating-conic-gradient(#bbb 0% 25%, #eee 0% 50%) 0 0 / 20px 20px;
}
"""


def cutout_png(image: Image, masks: Masks, *, feather: float = 0.0, trim: bool = False, margin: int = 0) -> Cutout:
    """What the masks cover, all else transparent.

    Args:
        image: (H, W, 3) uint8 RGB.
        masks: of that image; several are cut out together.
        feather: radius in pixels over which the edge fades; 0 is a hard edge.
        trim: crop to what is visible.
        margin: transparent pixels around it on each side, exactly, also beyond the image; only with `trim`.

    Raises:
        PromptError: nothing in the masks, masks of another image, or a feather or margin out of range.
    """
    if not masks.masks.any():
        raise PromptError("There is nothing to cut out: click an object in the picture first, or select one.")
    if masks.size_hw != image.shape[:2]:
        raise PromptError(f"masks: expected the size of the image, {image.shape[:2]}, got {masks.size_hw}.")
    if not (0 <= feather <= MOST and 0 <= margin <= MOST):
        raise PromptError(f"feather and margin: expected 0 to {MOST} pixels, got {feather:g} and {margin}.")
    union = masks.union()
    alpha = np.round(soften(union, feather) * 255).astype(np.uint8) if feather else union.astype(np.uint8) * 255
    # Colours under full transparency go too, so that the removed background cannot be brought back.
    rgba = np.dstack([image * (alpha > 0)[..., None], alpha]).astype(np.uint8)
    if trim and alpha.any():  # a wide feather can fade a tiny mask away altogether
        rows, columns = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
        rgba = rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        rgba = np.pad(rgba, ((margin, margin), (margin, margin), (0, 0)))
    return rgba


def build_tab(page: Page) -> None:
    """Options, a preview on a checkerboard, and the file."""
    import gradio as gr

    feather = gr.Slider(0, 30, value=0, step=0.5, label="Soft edge (pixels)")
    trim = gr.Checkbox(label="Trim to the object")
    margin = gr.Number(0, precision=0, minimum=0, label="Margin after trimming (pixels)")
    button = gr.Button("Cut out", variant="primary")
    preview = gr.Image(
        label="Cut-out",
        image_mode="RGBA",
        format="png",
        interactive=False,
        buttons=["fullscreen"],
        elem_classes="cutout-png-preview",
    )
    save = gr.DownloadButton("Download PNG", interactive=False)

    def cut(image: Image, masks: Masks, *, feather: float = 0.0, trim: bool = False, margin: int = 0) -> Any:
        cutout = cutout_png(image, masks, feather=feather, trim=trim, margin=margin)
        return cutout, gr.DownloadButton(value=page.download(cutout, "cutout.png"), interactive=True)

    inputs = [page.image, page.objects, feather, trim, margin]
    button.click(page.run(cut), inputs, [preview, save])
    page.image.change(
        lambda: (None, gr.DownloadButton(value=None, interactive=False)),
        None,
        [preview, save],
        api_visibility="private",
    )


def setup(host: Host) -> None:
    """The tool, its tab, and the checkerboard."""
    host.add_tool(cutout_png)
    host.add_tab("Cut out", build_tab, order=80)
    host.add_asset(css=CSS)
