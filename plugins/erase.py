"""Erase objects: image + masks -> image."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from sam import Image, Masks, PromptError
from sam.compositing.shadows import find_shadow
from sam.inpainting import EraseOptions, check_hole
from sam.inpainting import inpaint as fill
from sam.options import read_options, spread

from . import make_field

if TYPE_CHECKING:
    from . import Host, Page

OPTIONS = 4
VARIED = ("auto", "patches", "blend", "diffusion")
"""Engines whose filling changes with the seed."""
HELP = """
Takes your objects out of the photo and fills the place with what is around it. Nothing else in the photo changes.
"""
ENGINES = [
    ("Automatic", "auto"),
    ("Copy patches of the photo (crispest)", "patches"),
    ("Half patches, half a smooth filling", "blend"),
    ("Smooth (Telea)", "telea"),
    ("Smooth (Navier-Stokes)", "navier-stokes"),
    ("LaMa (needs its file)", "lama"),
    ("Diffusion, from words (needs diffusers and a model)", "diffusion"),
]
FILLINGS: list[tuple[str, str, dict[str, Any]]] = [
    ("prompt", "What is to be there (empty: background)", {"visible": False}),
    ("strength", "How much is drawn anew", {"visible": False, "minimum": 0.1}),
    ("seed", "Seed", {}),
]


@spread(EraseOptions)
def inpaint(image: Image, masks: Masks, *, options: EraseOptions, shadow: bool = False) -> Image:
    """The image without what the masks cover; pixels further away than `grow` + `soften` are identical.

    Args:
        image: (H, W, 3) uint8 RGB.
        masks: of that image; all are erased.
        shadow: whether the shadow that the objects cast goes with them.

    Raises:
        PromptError: nothing in the masks or nearly everything, masks of another image, or a value out of range.
        ModelUnavailable: the engine "lama" or "diffusion" without what it needs.
    """
    return fill(image, area(image, masks, shadow), options=options)


def area(image: Image, masks: Masks, shadow: bool) -> Any:
    """(H, W) bool: what the masks cover, with their shadow if wanted."""
    union = masks.union()
    return union | find_shadow(image, union) if shadow and len(masks) else union


@dataclass(frozen=True)
class Handlers:
    """What the tab's buttons do."""

    page: Page

    @spread(EraseOptions)
    def erase(self, image: Image, masks: Masks, *, options: EraseOptions, shadow: bool = False) -> Any:
        """The photo without the objects."""
        result = fill(image, area(image, masks, shadow), options=options, progress=self.page.progress)
        self.page.record("inpaint", {**asdict(options), "shadow": bool(shadow)})
        return self.page.show(result, title="Erased", hide=True)

    @spread(EraseOptions)
    def propose(self, image: Image, masks: Masks, *, options: EraseOptions, shadow: bool = False) -> Any:
        """Four fillings to choose from.

        Raises:
            PromptError: the engine knows only one.
        """
        if options.engine not in VARIED:
            raise PromptError("Only patches and diffusion give different fillings: choose one, or press Erase.")
        wanted = area(image, masks, shadow)
        check_hole(image, wanted, options.grow)
        pictures, made_by = [], []
        for turn in range(OPTIONS):

            def tell(fraction: float, message: str, turn: int = turn) -> None:
                self.page.progress((turn + fraction) / OPTIONS, f"Option {turn + 1} of {OPTIONS}")

            tell(0, "")
            own = replace(options, seed=options.seed + turn)
            pictures.append(fill(image, wanted, options=own, progress=tell))
            made_by.append(("inpaint", {**asdict(own), "shadow": bool(shadow)}))
        return self.page.show(pictures, title="Erased", hide=True, made_by=made_by)


def make_fields() -> dict[str, Any]:
    """The form: name of an option -> its field."""
    import gradio as gr

    options = read_options(EraseOptions)
    fields: dict[str, Any] = {}
    fields["shadow"] = gr.Checkbox(False, label="Remove shadow too")
    with gr.Accordion("Edge and filling", open=False):
        for name, label in (("grow", "Grow the selection (pixels)"), ("soften", "Soft edge (pixels)")):
            fields[name] = make_field(options[name], label=label, info=None)
        fields["engine"] = make_field(options["engine"], label="Engine", info=None, choices=ENGINES)
        for name, label, look in FILLINGS:
            fields[name] = make_field(options[name], label=label, info=None, **look)
    return fields


def build_tab(page: Page) -> None:
    """Erase, or choose one of four fillings; either is looked at on the stage first."""
    import gradio as gr

    gr.Markdown(HELP)
    with gr.Row():
        button = gr.Button("Erase", variant="primary", min_width=80)
        several = gr.Button("Show 4 options", min_width=120)
    fields = make_fields()

    handlers = Handlers(page)
    inputs = [page.image, page.objects, *(fields[name] for name in (*read_options(EraseOptions), "shadow"))]
    slow: dict[str, Any] = {"concurrency_id": "gpu", "show_progress": "hidden"}
    button.click(page.run(handlers.erase), inputs, page.result, **slow)
    several.click(page.run(handlers.propose), inputs, page.result, **slow)
    quick: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    words = [fields["prompt"], fields["strength"]]
    fields["engine"].change(lambda one: [gr.update(visible=one == "diffusion")] * 2, fields["engine"], words, **quick)


def setup(host: Host) -> None:
    """The tool, and the tab."""
    host.add_tool(inpaint)
    host.add_tab("Erase", build_tab, order=35, group="edit")
