"""The tab: background, frame, edge; the result is looked at on the stage."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

from sam import Cutout, Image, Masks, PromptError, SubjectFinder, load_model
from sam.compositing.backgrounds import cover, lay_over, make_backdrop
from sam.compositing.framing import Frame, crop_to, find_window
from sam.compositing.shadows import measure_shadow
from sam.matting import matte as soften
from sam.options import read_options, spread

from .. import make_field
from .options import BackgroundOptions, EdgeOptions, FrameOptions
from .shadow import keep_shadow, with_shadow

if TYPE_CHECKING:
    from .. import Page

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
HELP = """
Cuts out your objects, or the photo's main subject where there are none, with soft edges and hair, and without a rim of
the old background.
"""
FIELDS: dict[str, tuple[type, str, dict[str, Any]]] = {
    "background": (BackgroundOptions, "Background", {"choices": BACKGROUNDS}),
    "colour": (BackgroundOptions, "Background colour", {"visible": False}),
    "blur": (BackgroundOptions, "Blur (% of the photo)", {"visible": False, "minimum": 0.5}),
    "frame": (FrameOptions, "Frame", {"choices": FRAMES}),
    "band": (EdgeOptions, "Soft band (pixels to each side, 0 = automatic)", {}),
    "engine": (EdgeOptions, "How the edge is found", {"choices": MATTING}),
    "shadow": (BackgroundOptions, "Drawn shadow", {}),
    "margin": (FrameOptions, "Margin around the object (%)", {}),
}
"""Option -> where it is declared, its label, and what else its field is given."""
OPTIONS = (EdgeOptions, FrameOptions, BackgroundOptions)
DEFAULTS = {"background": "transparent", "frame": "full", "colour": "#7aa2f7"}
"""Of the tab, where it begins with something else than the tools."""


@dataclass(frozen=True)
class TabFrame(FrameOptions):
    """The whole photo, unless said."""

    frame: Frame = "full"


TabBackdrop = Annotated[
    Literal["transparent", "white", "black", "colour", "gradient", "blur", "picture"], "what goes behind it"
]


@dataclass(frozen=True)
class TabBackground(BackgroundOptions):
    """None, unless said; or a picture of the visitor's."""

    background: TabBackdrop = "transparent"  # type: ignore[assignment]


@dataclass(frozen=True)
class Handlers:
    """What the tab's button does."""

    page: Page

    @spread(EdgeOptions, TabFrame, TabBackground)
    def cut(
        self,
        image: Image,
        masks: Masks,
        picture: np.ndarray,
        *,
        options: EdgeOptions,
        options2: TabFrame,
        options3: TabBackground,
        keep: bool = False,
        kind: str = "PNG",
    ) -> Any:
        """The cut-out, or the picture over its new background."""
        edge, framing, behind = options, options2, options3
        if behind.background == "picture" and picture is None:
            raise PromptError("Choose the picture that goes behind the object first.")
        masks = self.with_subject(image, masks)
        check_masks(image, masks)
        cutout = soften(image, masks.union(), edge.band, self.page.progress, edge.engine)
        if keep:
            cutout = keep_shadow(cutout, measure_shadow(image, masks.union()))
        window = find_window(cutout[..., 3], framing.frame, framing.margin)
        before, cutout = crop_to(image, window, repeat=True), crop_to(cutout, window)
        self.page.progress(0.9, "Putting it together")
        self.remember(edge, framing, behind, keep)
        result = put_together(before, cutout, picture, behind)
        return self.page.show(result, title="Cut out", window=window, file=f"cutout.{FORMATS[kind]}")

    def with_subject(self, image: Image, masks: Masks) -> Masks:
        """The masks, or where nothing is selected the main subject.

        Raises:
            PromptError: nothing stands out either.
        """
        if masks.masks.any():
            return masks
        self.page.progress(0, "Looking for the subject")
        masks = load_model("nano-subject", SubjectFinder).find_subject(image)
        if not len(masks):
            raise PromptError("Nothing stands out in this photo: click the object that you want to keep.")
        self.page.record("find_subject")
        self.page.toast("Nothing was selected, so the photo's main subject is cut out.")
        return masks

    def remember(self, edge: EdgeOptions, framing: TabFrame, behind: TabBackground, keep: bool) -> None:
        """Into the tool history, with a note of what no step can repeat."""
        bare = behind.background == "transparent"
        lost = "The drawn shadow is left out: a step can draw one only on a background."
        if keep:
            lost = "The object's own shadow is left out: no step keeps it."
        self.page.record("matte", asdict(edge), lost if keep or (behind.shadow and bare) else "")
        for tool, options in steps_after(not bare, asdict(framing), asdict(behind)):
            self.page.record(tool, options)


def put_together(before: Image, cutout: Cutout, picture: Any, behind: TabBackground) -> Any:
    """The result at full size: RGBA, or RGB over a background.

    Args:
        before: the framed photo.
        cutout: of the same size.
        picture: of the visitor's, where that goes behind it.
        behind: what goes there.
    """
    if behind.background == "transparent":
        return with_shadow(cutout, behind.shadow) if behind.shadow else cutout
    if behind.background == "picture":
        backdrop = cover(picture, before.shape[:2])
    else:
        backdrop = make_backdrop(before, behind.background, behind.colour, behind.blur)
    return lay_over(cutout, backdrop, behind.shadow)


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


def check_masks(image: Image, masks: Masks) -> None:
    """Make sure that there is something to cut out.

    Raises:
        PromptError: nothing in the masks, or masks of another image.
    """
    if not masks.masks.any():
        raise PromptError("There is nothing to cut out: click an object in the picture first, or select one.")
    if masks.size_hw != image.shape[:2]:
        raise PromptError(f"masks: expected the size of the image, {image.shape[:2]}, got {masks.size_hw}.")


def make(name: str) -> Any:
    """The field of an option."""
    kind, label, look = FIELDS[name]
    option = read_options(kind)[name]
    return make_field(option, DEFAULTS.get(name, option.default), label=label, info=None, **look)


def make_fields() -> dict[str, Any]:
    """The form: name of a parameter of `Handlers.cut` -> its field."""
    import gradio as gr

    fields = {name: make(name) for name in ("background", "colour", "blur")}
    fields["picture"] = gr.Image(label="Picture behind", type="numpy", image_mode="RGB", height=160, visible=False)
    fields["frame"] = make("frame")
    with gr.Accordion("Edge, shadow, margin", open=False):
        fields |= {name: make(name) for name in ("band", "engine")}
        fields["keep"] = gr.Checkbox(False, label="Keep the object's own shadow")
        fields |= {name: make(name) for name in ("shadow", "margin")}
    return fields


def build_tab(page: Page) -> None:
    """The form, and the button that shows the result on the stage."""
    import gradio as gr

    gr.Markdown(HELP)
    fields = make_fields()
    fields["kind"] = gr.Dropdown(list(FORMATS), value="PNG", label="File format")
    button = gr.Button("Cut out", variant="primary")

    quick: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    hideable = [fields[name] for name in ("colour", "blur", "picture")]
    fields["background"].change(show_fields, fields["background"], hideable, **quick)
    names = ("picture", *(name for kind in OPTIONS for name in read_options(kind)), "keep", "kind")
    inputs = [page.image, page.objects, *(fields[name] for name in names)]
    button.click(page.run(Handlers(page).cut), inputs, page.result, concurrency_id="gpu", show_progress="hidden")


def show_fields(background: str) -> Any:
    """Colour, blur and picture are there for the backgrounds that need them."""
    import gradio as gr

    wanted = (background in ("colour", "gradient"), background == "blur", background == "picture")
    return tuple(gr.update(visible=one) for one in wanted)
