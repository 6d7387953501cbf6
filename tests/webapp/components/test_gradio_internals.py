"""The only use of Gradio's private parts: these tests say what an upgrade must keep."""

from __future__ import annotations

import subprocess
import sys

import pytest

from webapp.components.gradio_internals import gr, hide_endpoints, transaction


def names(demo: gr.Blocks) -> list[str]:
    return [type(block).__name__ for block in demo.blocks.values()]


def raise_in_rows() -> None:
    with gr.Row(), gr.Column():
        gr.Button("half").click(lambda: None, None, None, api_name="half_built")
        gr.Timer(1)
        raise ValueError("row")


def raise_in_nested_blocks() -> None:
    gr.Textbox("before")
    with gr.Blocks():
        gr.Button("inside").click(lambda: None, None, None, api_name="half_built")
        raise ValueError("blocks")


def raise_in_interface() -> None:
    gr.Interface(lambda text: text, "text", "text", api_name="half_built")
    raise ValueError("interface")


def exit_() -> None:
    gr.Markdown("bye")
    raise SystemExit(1)


@pytest.mark.parametrize("build", [raise_in_rows, raise_in_nested_blocks, raise_in_interface, exit_])
def test_what_fails_leaves_nothing_behind(build):
    with gr.Blocks() as demo:
        gr.Textbox(label="first")
        with gr.Tabs(), gr.Tab("a") as tab:
            before, endpoints, children = names(demo), dict(demo.fns), list(tab.children)
            with pytest.raises((ValueError, SystemExit)), transaction():
                build()
            assert (names(demo), dict(demo.fns), tab.children) == (before, endpoints, children)
            button = gr.Button("after")
        button.click(lambda: "x", None, gr.Textbox(label="last"), api_name="after")
    assert [fn.api_name for fn in demo.fns.values()] == ["after"]
    kinds = [component["type"] for component in demo.get_config_file()["components"]]
    assert {kind: kinds.count(kind) for kind in ("textbox", "button", "tabitem")} == {
        "textbox": 2,
        "button": 1,
        "tabitem": 1,
    }
    assert not {"row", "column", "timer", "markdown", "interface"} & set(kinds)


def test_what_works_is_kept():
    with gr.Blocks() as demo, transaction(), gr.Blocks():
        gr.Button("in").click(lambda: None, None, None, api_name="kept")
    assert [fn.api_name for fn in demo.fns.values()] == ["kept"]


def test_outside_of_blocks_is_an_error():
    with pytest.raises(RuntimeError, match="inside"), transaction():
        pass


def test_only_public_endpoints_are_shown():
    with gr.Blocks() as demo:
        button = gr.Button()
        button.click(lambda: 1, None, gr.Number(), api_name="shown")
        button.click(lambda: 1, None, gr.Number(), api_name="hidden")
        button.click(lambda: 1, None, gr.Number())
    hide_endpoints(demo, {"shown"})
    assert list(demo.get_api_info()["named_endpoints"]) == ["/shown"]


@pytest.mark.slow
@pytest.mark.parametrize("first", ["", "import gradio\n"])
def test_gradio_is_loaded_without_writing_editor_stubs(first):
    """In a process of its own, since here Gradio may have been loaded by another test."""
    script = (
        f"{first}import webapp.components.gradio_internals, gradio.component_meta as meta\n"
        "assert meta.create_or_modify_pyi.__name__ == '<lambda>', meta.create_or_modify_pyi\n"
        "import gradio, sys, os\n"
        "assert gradio.Textbox(label='x').label == 'x'\n"
        "assert os.environ['GRADIO_ANALYTICS_ENABLED'] == 'False'\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


@pytest.mark.slow
@pytest.mark.parametrize("first", ["", "import gradio, gradio.mcp; "])
def test_gradio_keeps_files_where_we_say_whoever_imports_it_first(first):
    code = (
        f"{first}import webapp.components.gradio_internals as ours, gradio.mcp, gradio.route_utils, gradio.utils; "
        "print({gradio.mcp.DEFAULT_TEMP_DIR, gradio.route_utils.DEFAULT_TEMP_DIR, gradio.utils.get_upload_folder()} "
        "== {str(ours.FILES)})"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "True\n"


def test_whose_an_event_is():
    from types import SimpleNamespace

    from webapp.components.gradio_internals import event_visitor

    client = SimpleNamespace(session_hash="abc", client=SimpleNamespace(host="10.0.0.1"))
    assert event_visitor([1, {"workspace": "token"}], client, "event") == "token"
    assert event_visitor([1, {"workspace": None}], client, "event") == "session abc"
    # A client that gives no session is given one for each event: its address says who it is.
    assert event_visitor([], SimpleNamespace(session_hash="event", client=client.client), "event") == "address 10.0.0.1"
    assert event_visitor([], None, None) == "address "
