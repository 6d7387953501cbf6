"""The stage as a Gradio component; what it does in a page is tested in tests/browser."""

from __future__ import annotations

import json

import pytest

from webapp.components.stage import Port, Stage


@pytest.mark.parametrize("make", [lambda: Stage([], "nano"), lambda: Port("image")], ids=["stage", "port"])
def test_components_have_a_plain_config(make):
    """Gradio takes any attribute that is not set for an event; one of these in the config breaks the page."""
    import gradio as gr

    with gr.Blocks():
        component = make()
    assert json.loads(json.dumps(component.get_config(), default=str)).keys() >= {"html_template", "js_on_load"}
    assert "functools.partial" not in str(component.get_config())


def test_a_port_can_be_left_as_it_is():
    """What Gradio does with the component of an output that a handler answers with gr.skip()."""
    import gradio as gr

    with gr.Blocks() as demo:
        port = Port("objects")
        again = Port(**{**port.constructor_args, "render": False})
    assert again.port == "objects"
    assert [block for block in demo.blocks.values() if isinstance(block, Port)] == [port]
