"""Erase objects: image + masks -> image."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sam import Image, Masks, PromptError
from sam.compositing.shadows import find_shadow
from sam.inpainting import EraseOptions, check_hole
from sam.inpainting import inpaint as fill
from sam.options import read_options, spread

from . import make_field

if TYPE_CHECKING:
    from . import Host, Page

PREVIEW = 900
PROPOSALS = 4
VARIED = ("auto", "patches", "blend", "diffusion")
"""Engines whose filling changes with the seed."""
# In the page itself: an answer of the server's may come late, and would take newer proposals away.
CLEARED = """() => {
    const update = { __type__: "update", value: null, visible: false };
    return [update, { __type__: "update", visible: false }, { ...update, value: 0 }];
}"""
HELP = """
Takes your objects out of the photo and fills the place with what is around it. Nothing else in the photo changes. The
result becomes the photo on the stage; the objects stay in the list, hidden.
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
    ("seed", "Variant (another number, another filling)", {}),
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


def look(image: Image, hole: Any) -> Image:
    """The surroundings of a hole, small enough for a gallery."""
    import cv2

    rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    margin = max(40, len(rows) // 2, len(columns) // 2)
    top, left = max(0, rows[0] - margin), max(0, columns[0] - margin)
    part = image[top : rows[-1] + 1 + margin, left : columns[-1] + 1 + margin]
    scale = min(1.0, PREVIEW / max(part.shape[:2]))
    size = max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale))
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA))


@dataclass(frozen=True)
class Handlers:
    """What the tab's buttons do."""

    page: Page

    @spread(EraseOptions)
    def erase(self, image: Image, masks: Masks, *, options: EraseOptions, shadow: bool = False, chosen: int = 0) -> Any:
        """The photo without the objects, in the filling of the chosen proposal."""
        options = replace(options, seed=options.seed + chosen)
        result = fill(image, area(image, masks, shadow), options=options, progress=self.page.progress)
        self.page.record("inpaint", {**asdict(options), "shadow": bool(shadow)})
        return self.page.new_image(result, hide=True), *hidden()

    @spread(EraseOptions)
    def propose(self, image: Image, masks: Masks, *, options: EraseOptions, shadow: bool = False) -> Any:
        """Four fillings to choose from.

        Raises:
            PromptError: the engine knows only one.
        """
        import gradio as gr

        if options.engine not in VARIED:
            raise PromptError("Only patches and diffusion give different proposals: choose one, or press Erase.")
        wanted = area(image, masks, shadow)
        hole = check_hole(image, wanted, options.grow)
        pictures = []
        for turn in range(PROPOSALS):

            def tell(fraction: float, message: str, turn: int = turn) -> None:
                self.page.progress((turn + fraction) / PROPOSALS, f"Proposal {turn + 1} of {PROPOSALS}")

            tell(0, "")
            filled = fill(image, wanted, options=replace(options, seed=options.seed + turn), progress=tell)
            pictures.append((look(filled, hole), f"{turn + 1}"))
        return gr.update(value=pictures, visible=True), gr.update(visible=True), gr.update(value=0, visible=True)


def hidden() -> tuple[Any, ...]:
    """Gallery, button and choice without proposals."""
    import gradio as gr

    return gr.update(value=None, visible=False), gr.update(visible=False), gr.update(value=0, visible=False)


def make_fields() -> dict[str, Any]:
    """The form: name of an option -> its field."""
    import gradio as gr

    options = read_options(EraseOptions)
    fields: dict[str, Any] = {}
    with gr.Row():
        for name, label in (("grow", "Grow the selection (pixels)"), ("soften", "Soft edge (pixels)")):
            fields[name] = make_field(options[name], label=label, info=None, min_width=240)
    fields["shadow"] = gr.Checkbox(False, label="Its shadow too")
    with gr.Accordion("How it is filled", open=False):
        fields["engine"] = make_field(options["engine"], label="Engine", info=None, choices=ENGINES)
        for name, label, look in FILLINGS:
            fields[name] = make_field(options[name], label=label, info=None, **look)
    return fields


def build_tab(page: Page) -> None:
    """Erase at once, or look at several proposals first."""
    import gradio as gr

    gr.Markdown(HELP)
    fields = make_fields()
    with gr.Row():
        button = gr.Button("Erase", variant="primary", min_width=80)
        several = gr.Button("Four proposals", min_width=150)
        stop = gr.Button("Stop", min_width=60)
    gallery = gr.Gallery(
        label="Proposals", columns=2, height=320, visible=False, elem_id="erase-proposals", format="png"
    )
    numbers = [(f"{one + 1}", one) for one in range(PROPOSALS)]
    chosen = gr.Radio(numbers, value=0, label="Which one", visible=False)
    use = gr.Button("Use the chosen proposal", visible=False, variant="primary")

    handlers = Handlers(page)
    inputs = [page.image, page.objects, *(fields[name] for name in (*read_options(EraseOptions), "shadow"))]
    after = [page.image, gallery, use, chosen]
    button.click(page.run(handlers.erase, chosen=0), inputs, after, concurrency_id="gpu")
    several.click(page.run(handlers.propose), inputs, [gallery, use, chosen], concurrency_id="gpu")
    use.click(page.run(handlers.erase), [*inputs, chosen], after, concurrency_id="gpu")
    quick: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    words = [fields["prompt"], fields["strength"]]
    fields["engine"].change(lambda one: [gr.update(visible=one == "diffusion")] * 2, fields["engine"], words, **quick)
    stop.click(page.stop, page.image, queue=False, **quick)
    page.image.change(None, None, [gallery, use, chosen], js=CLEARED)


def setup(host: Host) -> None:
    """The tool, and the tab."""
    host.add_tool(inpaint)
    host.add_tab("Erase", build_tab, order=35, group="edit")
