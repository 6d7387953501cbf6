"""Turn the selected objects grey: image + masks -> image."""

from sam import Image, Masks

from .grey import mix_grey

REQUIRES = {"numpy": "pip install numpy"}


def grey_out(image: Image, masks: Masks, *, strength: float = 1.0) -> Image:
    """The image with the colour taken out of the masks; strength 0 changes nothing, 1 leaves no colour."""
    return mix_grey(image, masks.union(), strength)


def build_tab(page) -> None:
    """One slider, one button, the result."""
    import gradio as gr

    strength = gr.Slider(0, 1, value=1, label="Strength")
    button = gr.Button("Turn grey", elem_id="sample-button")
    result = gr.Image(label="Result", interactive=False)
    button.click(page.run(grey_out), [page.image, page.objects, strength], result)


def setup(host) -> None:
    """One tool, one tab, one style."""
    host.add_tool(grey_out)
    host.add_tab("Grey", build_tab, order=60)
    host.add_asset(css="#sample-button { filter: grayscale(1) }")
