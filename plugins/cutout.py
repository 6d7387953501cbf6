"""Cut out with a soft edge: image + masks -> cut-out -> picture over another background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from sam import Cutout, Image, Masks, ModelFor, PromptError, SubjectFinder, load_model
from sam.compositing.backgrounds import Backdrop, cover, lay_over, make_backdrop
from sam.compositing.framing import Frame, crop_to, find_window
from sam.compositing.shadows import measure_shadow
from sam.matting import Matting
from sam.matting import matte as soften
from sam.options import Between

if TYPE_CHECKING:
    from . import Host, Page

PREVIEW = 1400
"""Longest side of the preview in pixels; files have full size."""

FORMATS = {"PNG": "png", "WebP": "webp", "TIFF": "tiff"}
BACKGROUNDS = [
    ("Transparent", "transparent"),
    ("White", "white"),
    ("Black", "black"),
    ("Colour", "colour"),
    ("Gradient", "gradient"),
    ("Blurred photo", "blur"),
    ("Another picture", "picture"),
]
FRAMES = [
    ("Whole photo", "full"),
    ("Trim to object", "trim"),
    ("Product square", "square"),
    ("Passport 35 x 45", "passport"),
]
MATTING = [
    ("Built in (closed form)", "closed-form"),
    ("ViTMatte small (103 MB to get)", "vitmatte-small"),
    ("ViTMatte base (387 MB to get)", "vitmatte-base"),
]
# In the page itself: an answer of the server's may come late, and would take a newer cut-out away.
CLEARED = "() => [null, {__type__: 'update', value: null, interactive: false}]"
# As in every picture editor: what is transparent, or not there yet, is a checkerboard.
CSS = """
#cutout-preview .slider-wrap { background: repeating-conic-gradient(#bbb 0% 25%, #eee 0% 50%) 0 0 / 20px 20px; }
"""
HELP = """
Cuts out your objects, or the photo's main subject where there are none, with soft edges and hair, and without a rim of
the old background.
"""


def matte(
    image: Image, masks: Masks, *, band: int = 0, engine: Annotated[Matting, ModelFor("matte")] = "closed-form"
) -> Cutout:
    """What the masks cover, with a soft edge and without the background's colours in it.

    Args:
        image: (H, W, 3) uint8 RGB.
        masks: of that image; several are cut out together.
        band: pixels to both sides of the edge where hair and the like are looked for; 0: suits the object's size.
        engine: what finds the soft edge; the ViTMattes must be downloaded.

    Raises:
        PromptError: nothing in the masks, masks of another image, or a band out of range.
        ModelUnavailable: a ViTMatte that is not here.
    """
    _check(image, masks)
    return soften(image, masks.union(), band, engine=engine)


def compose(
    image: Image,
    cutout: Cutout,
    *,
    background: Backdrop = "white",
    colour: str = "#ffffff",
    blur: Annotated[float, Between(0, 20, "per cent")] = 3.0,
    shadow: Annotated[float, Between(0, 1)] = 0.0,
) -> Image:
    """The cut-out over a background of the same size.

    Args:
        image: the photo that it was cut from, which "blur" needs.
        cutout: of that photo.
        background: what goes behind it.
        colour: "#rrggbb", for the backgrounds "colour" and "gradient".
        blur: in per cent of the picture's longer side.
        shadow: a drawn one, 0 (none) to 1.

    Raises:
        PromptError: another size, or a value out of range.
    """
    return lay_over(cutout, make_backdrop(image, background, colour, blur), shadow)


def frame_cutout(cutout: Cutout, *, frame: Frame = "trim", margin: float = 5.0) -> Cutout:
    """The cut-out trimmed, in a square, or in a passport picture's shape.

    Args:
        cutout: RGBA.
        frame: what to keep.
        margin: per cent of the object's longer side that stays free around it.

    Raises:
        PromptError: an empty cut-out, or a margin out of range.
    """
    return crop_to(cutout, find_window(cutout[..., 3], frame, margin))


def _check(image: Image, masks: Masks) -> None:
    if not masks.masks.any():
        raise PromptError("There is nothing to cut out: click an object in the picture first, or select one.")
    if masks.size_hw != image.shape[:2]:
        raise PromptError(f"masks: expected the size of the image, {image.shape[:2]}, got {masks.size_hw}.")


def _small(picture: Any) -> Any:
    import cv2

    scale = PREVIEW / max(picture.shape[:2])
    if scale >= 1:
        return picture
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def build_tab(page: Page) -> None:
    """Edge, background, frame; before and after; the file."""
    import gradio as gr

    gr.Markdown(HELP)
    background = gr.Dropdown(BACKGROUNDS, value="transparent", label="Background")
    colour = gr.ColorPicker("#7aa2f7", label="Background colour", visible=False)
    blur = gr.Slider(0.5, 10, value=3, step=0.5, label="Blur (% of the photo)", visible=False)
    picture = gr.Image(label="Picture behind", type="numpy", image_mode="RGB", height=160, visible=False)
    frame = gr.Dropdown(FRAMES, value="full", label="Frame")
    with gr.Accordion("Edge, shadow, margin", open=False):
        band = gr.Slider(0, 150, value=0, step=1, label="Soft band (pixels to each side, 0 = automatic)")
        engine = gr.Dropdown(MATTING, value="closed-form", label="How the edge is found")
        keep = gr.Checkbox(False, label="Keep the object's own shadow")
        shadow = gr.Slider(0, 1, value=0, step=0.05, label="Drawn shadow")
        margin = gr.Slider(0, 50, value=5, step=1, label="Margin around the object (%)")
    with gr.Row():
        button = gr.Button("Cut out", variant="primary", min_width=120)
        stop = gr.Button("Stop", min_width=80)
    preview = gr.ImageSlider(
        label="Before and after",
        type="numpy",
        interactive=False,
        format="png",
        buttons=["fullscreen"],
        elem_id="cutout-preview",
        max_height=420,
    )
    with gr.Row():
        kind = gr.Dropdown(list(FORMATS), value="PNG", label="File format", min_width=120)
        save = gr.DownloadButton("Download", interactive=False, min_width=120, elem_id="cutout-download")

    def cut(
        image: Image,
        masks: Masks,
        picture: np.ndarray,
        *,
        background: str = "transparent",
        colour: str = "#ffffff",
        blur: float = 3.0,
        frame: str = "full",
        band: int = 0,
        shadow: float = 0.0,
        margin: float = 5.0,
        kind: str = "PNG",
        engine: str = "closed-form",
        keep: bool = False,
    ) -> Any:
        if background == "picture" and picture is None:
            raise PromptError("Choose the picture that goes behind the object first.")
        if not masks.masks.any():
            page.progress(0, "Looking for the subject")
            masks = load_model("nano-subject", SubjectFinder).find_subject(image)
            if not len(masks):
                raise PromptError("Nothing stands out in this photo: click the object that you want to keep.")
            page.record("find_subject")
            page.toast("Nothing was selected, so the photo's main subject is cut out.")
        _check(image, masks)
        cutout = soften(image, masks.union(), band, page.progress, engine)
        if keep:
            cutout = keep_shadow(cutout, measure_shadow(image, masks.union()))
        window = find_window(cutout[..., 3], frame, margin)
        before, cutout = crop_to(image, window, repeat=True), crop_to(cutout, window)
        page.progress(0.9, "Putting it together")
        lost = "The drawn shadow is left out: a step can draw one only on a background."
        if keep:
            lost = "The object's own shadow is left out: no step keeps it."
        left = keep or (shadow and background == "transparent")
        page.record("matte", {"band": band, "engine": engine}, lost if left else "")
        behind_it = {"background": background, "colour": colour, "blur": blur, "shadow": shadow}
        for tool, options in steps_after(background != "transparent", {"frame": frame, "margin": margin}, behind_it):
            page.record(tool, options)
        if background == "transparent":
            result = cutout
            after = lay_over(_small(cutout), make_backdrop(_small(before), "checker"), shadow)
            if shadow:
                result = with_shadow(cutout, shadow)
        else:
            behind = cover(picture, before.shape[:2]) if background == "picture" else None
            if behind is None:
                behind = make_backdrop(before, background, colour, blur)
            result = lay_over(cutout, behind, shadow)
            after = _small(result)
        file = page.download(result, f"cutout.{FORMATS[kind]}", **({} if frame == "full" else {"window": window}))
        return (_small(before), after), gr.DownloadButton(value=file, interactive=True)

    def show(choice: str) -> Any:
        wanted = (choice in ("colour", "gradient"), choice == "blur", choice == "picture")
        return tuple(gr.update(visible=one) for one in wanted)

    background.change(show, background, [colour, blur, picture], api_visibility="private", show_progress="hidden")
    inputs = [
        page.image,
        page.objects,
        picture,
        background,
        colour,
        blur,
        frame,
        band,
        shadow,
        margin,
        kind,
        engine,
        keep,
    ]
    button.click(page.run(cut), inputs, [preview, save], concurrency_id="gpu")
    stop.click(page.stop, page.image, queue=False, show_progress="hidden", api_visibility="private")
    page.image.change(None, None, [preview, save], js=CLEARED)


def steps_after(composed: bool, framing: dict[str, Any], behind: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The tools, with their options, that do to a cut-out what the tab does after `matte`."""
    steps: list[tuple[str, dict[str, Any]]] = []
    if framing["frame"] != "full":
        # The photo first: it is framed by the cut-out, which must still be whole.
        steps = [("frame_photo", framing)] if composed else []
        steps.append(("frame_cutout", framing))
    if behind["background"] == "picture":
        steps.append(("replace_background", {"shadow": behind["shadow"]}))
    elif composed:
        steps.append(("compose", behind))
    return steps


def keep_shadow(cutout: Cutout, dark: np.ndarray) -> Cutout:
    """The cut-out with its own shadow below it: black, as transparent as the shadow leaves light.

    Args:
        cutout: (H, W, 4) uint8 RGBA.
        dark: (H, W) float32 of `sam.compositing.shadows.measure_shadow`.
    """
    own = cutout[..., 3].astype(np.float32) / 255
    alpha = own + (1 - own) * np.clip(dark, 0, 1)
    share = np.divide(own, alpha, out=np.zeros_like(own), where=alpha > 0)[..., None]
    return np.dstack([np.round(cutout[..., :3] * share), np.round(alpha * 255)]).astype(np.uint8)


def with_shadow(cutout: Cutout, strength: float) -> Cutout:
    """The cut-out with a drawn shadow in its own transparency: black under the object, as dark as `lay_over` draws it.

    Args:
        cutout: (H, W, 4) uint8 RGBA.
        strength: 0 to 1.
    """
    white = np.full((*cutout.shape[:2], 3), 255, np.uint8)
    bare = cutout.copy()
    bare[..., :3] = 0
    # Black over white is as bright as what shows through: so the shadow's own alpha can be read off.
    through = lay_over(bare, white, strength)[..., 0]
    alpha = 255 - through
    own = np.divide(cutout[..., 3], alpha, out=np.zeros(alpha.shape, np.float32), where=alpha > 0)[..., None]
    return np.dstack([np.round(cutout[..., :3] * own).astype(np.uint8), alpha])


def setup(host: Host) -> None:
    """The tools, and the tab."""
    host.add_tool(matte)
    host.add_tool(compose)
    host.add_tool(frame_cutout)
    host.add_tab("Cut out", build_tab, order=30)
    host.add_asset(css=CSS)
