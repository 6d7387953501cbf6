"""A plugin whose tab has one of each component that tabs are made of: what the look of the page is tested on."""

from __future__ import annotations

from sam import Image


def invert(image: Image) -> Image:
    """The negative."""
    return 255 - image


def build_tab(page) -> None:
    import gradio as gr

    gr.Markdown("Some **words**.")
    gr.Textbox(label="Text", value="cat", interactive=True, elem_id="look-text")
    gr.Textbox(label="Lines", lines=3, interactive=True, elem_id="look-lines")
    gr.Number(label="Number", value=3, interactive=True, elem_id="look-number")
    gr.Dropdown(["One", "Two"], value="One", label="Choice", interactive=True, elem_id="look-dropdown")
    gr.Dropdown(
        ["One", "Two"], value=["One"], multiselect=True, label="Choices", interactive=True, elem_id="look-several"
    )
    gr.Slider(0, 10, value=3, step=1, label="Slider", interactive=True, elem_id="look-slider")
    gr.Checkbox(label="Yes", interactive=True, elem_id="look-checkbox")
    gr.Radio(["Left", "Right"], value="Left", label="Side", interactive=True, elem_id="look-radio")
    gr.CheckboxGroup(["A", "B"], value=["A"], label="Several", interactive=True, elem_id="look-group")
    gr.ColorPicker(label="Colour", value="#2563eb", interactive=True, elem_id="look-color")
    with gr.Row():
        gr.Button("First", variant="primary", elem_id="look-primary").click(page.run(invert), [page.image], page.image)
        gr.Button("Second", elem_id="look-secondary")
    gr.UploadButton("Upload", elem_id="look-upload")
    gr.DownloadButton("Download", elem_id="look-download")
    with gr.Accordion("More", open=False, elem_id="look-accordion"):
        gr.Markdown("More words.")


def setup(host) -> None:
    host.add_tab("Look", build_tab, order=1, group="select")
