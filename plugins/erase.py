"""Erase objects: image + masks -> image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from sam import Image, Masks, PromptError
from sam.compositing.shadows import find_shadow
from sam.inpainting.fill import MAX_SEED, Engine, check_hole
from sam.inpainting.fill import inpaint as fill
from sam.options import Between

if TYPE_CHECKING:
    from . import Host, Page

PREVIEW = 900
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


def inpaint(
    image: Image,
    masks: Masks,
    *,
    engine: Engine = "auto",
    grow: int = 4,
    soften: int = 4,
    seed: Annotated[int, Between(0, MAX_SEED)] = 0,
    shadow: bool = False,
    prompt: str = "",
    strength: Annotated[float, Between(0, 1)] = 1.0,
) -> Image:
    """The image without what the masks cover; pixels further away than `grow` + `soften` are identical.

    Args:
        image: (H, W, 3) uint8 RGB.
        masks: of that image; all are erased.
        engine: what fills the hole.
        grow: pixels by which the masks are grown, so that no rim of the object stays.
        soften: pixels beyond that over which old and new are blended.
        seed: another one gives another proposal.
        shadow: whether the shadow that the objects cast goes with them.
        prompt: what is to be there instead ("diffusion" only).
        strength: how little of what was there stays, above 0 to 1 ("diffusion" only).

    Raises:
        PromptError: nothing in the masks or nearly everything, masks of another image, or a value out of range.
        ModelUnavailable: the engine "lama" or "diffusion" without what it needs.
    """
    hole = area(image, masks, shadow)
    return fill(image, hole, engine=engine, grow=grow, soften=soften, seed=seed, prompt=prompt, strength=strength)


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


def build_tab(page: Page) -> None:
    """Erase at once, or look at several proposals first."""
    import gradio as gr

    gr.Markdown(HELP)
    with gr.Row():
        grow = gr.Slider(0, 60, value=4, step=1, label="Grow the selection (pixels)", min_width=240)
        soften = gr.Slider(0, 30, value=4, step=1, label="Soft edge (pixels)", min_width=240)
    shadow = gr.Checkbox(False, label="Its shadow too")
    with gr.Accordion("How it is filled", open=False):
        engine = gr.Dropdown(ENGINES, value="auto", label="Engine")
        prompt = gr.Textbox(label="What is to be there (empty: background)", visible=False)
        strength = gr.Slider(0.1, 1, value=1, step=0.05, label="How much is drawn anew", visible=False)
        seed = gr.Number(0, precision=0, minimum=0, label="Variant (another number, another filling)")
    with gr.Row():
        button = gr.Button("Erase", variant="primary", min_width=80)
        several = gr.Button("Four proposals", min_width=150)
        stop = gr.Button("Stop", min_width=60)
    gallery = gr.Gallery(
        label="Proposals", columns=2, height=320, visible=False, elem_id="erase-proposals", format="png"
    )
    chosen = gr.Radio([(f"{one + 1}", one) for one in range(4)], value=0, label="Which one", visible=False)
    use = gr.Button("Use the chosen proposal", visible=False, variant="primary")

    def hidden() -> Any:
        return gr.update(value=None, visible=False), gr.update(visible=False), gr.update(value=0, visible=False)

    def erase(
        image: Image,
        masks: Masks,
        *,
        engine: str = "auto",
        grow: int = 4,
        soften: int = 4,
        seed: int = 0,
        shadow: bool = False,
        prompt: str = "",
        strength: float = 1.0,
        chosen: int = 0,
    ) -> Any:
        options: Any = {"engine": engine, "grow": grow, "soften": soften, "seed": seed + chosen}
        options |= {"prompt": prompt, "strength": strength}
        result = fill(image, area(image, masks, shadow), progress=page.progress, **options)
        page.record("inpaint", {**options, "shadow": bool(shadow), "prompt": prompt or ""})
        return page.new_image(result, hide=True), *hidden()

    def propose(
        image: Image,
        masks: Masks,
        *,
        engine: str = "auto",
        grow: int = 4,
        soften: int = 4,
        seed: int = 0,
        shadow: bool = False,
        prompt: str = "",
        strength: float = 1.0,
    ) -> Any:
        if engine not in ("auto", "patches", "blend", "diffusion"):
            raise PromptError("Only patches and diffusion give different proposals: choose one, or press Erase.")
        wanted = area(image, masks, shadow)
        hole = check_hole(image, wanted, grow)
        pictures = []
        for turn in range(4):

            def tell(fraction: float, message: str, turn: int = turn) -> None:
                page.progress((turn + fraction) / 4, f"Proposal {turn + 1} of 4")

            tell(0, "")
            options: Any = {"engine": engine, "grow": grow, "soften": soften, "seed": seed + turn}
            filled = fill(image, wanted, prompt=prompt, strength=strength, progress=tell, **options)
            pictures.append((look(filled, hole), f"{turn + 1}"))
        return gr.update(value=pictures, visible=True), gr.update(visible=True), gr.update(value=0, visible=True)

    inputs = [page.image, page.objects, engine, grow, soften, seed, shadow, prompt, strength]
    after = [page.image, gallery, use, chosen]
    button.click(page.run(erase, chosen=0), inputs, after, concurrency_id="gpu")
    several.click(page.run(propose), inputs, [gallery, use, chosen], concurrency_id="gpu")
    use.click(page.run(erase), [*inputs, chosen], after, concurrency_id="gpu")
    engine.change(
        lambda choice: [gr.update(visible=choice == "diffusion")] * 2,
        engine,
        [prompt, strength],
        api_visibility="private",
        show_progress="hidden",
    )
    stop.click(page.stop, page.image, queue=False, show_progress="hidden", api_visibility="private")
    page.image.change(None, None, [gallery, use, chosen], js=CLEARED)


def setup(host: Host) -> None:
    """The tool, and the tab."""
    host.add_tool(inpaint)
    host.add_tab("Erase", build_tab, order=35)
