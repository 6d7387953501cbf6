from __future__ import annotations

import html
import json

import gradio as gr
import pytest

from plugins import Host
from webapp.components.plugin_page import StudioPage
from webapp.components.tabs import build_tabs, group_css, make_groups
from webapp.models.offered import Models


def failing(page):
    gr.Button("half built")
    with gr.Blocks():
        raise ValueError("no luck <b>today</b>")


def exiting(page):
    raise SystemExit(3)


def working(page):
    gr.Button("whole")


def adding(build, order):
    """How a plugin that adds this tab is found."""
    return lambda: lambda host: host.add_tab(build.__name__, build, order=order)


@pytest.fixture
def built(workspaces):
    host = Host()
    for order, build in enumerate((failing, exiting, working)):
        host.load(build.__name__, adding(build, order))
    host.fail("gone", "import", ModuleNotFoundError("No module named 'gone'", name="gone"))
    with gr.Blocks() as demo:
        build_tabs(host, StudioPage(workspaces, Models()))
    return host, demo


def test_every_tab_is_there_and_failures_say_why(built):
    host, demo = built
    tabs = [block.label for block in demo.blocks.values() if isinstance(block, gr.Tab)]
    assert tabs == ["failing", "exiting", "working", "⚠ gone"]
    html = " ".join(str(block.value) for block in demo.blocks.values() if type(block) is gr.HTML)
    assert "no luck &lt;b&gt;today&lt;/b&gt;" in html
    assert "exit 3" in html
    assert "'gone' is not installed" in html.replace("&#x27;", "'")
    assert "pip install" not in html
    assert "Traceback" not in html
    assert set(host.failures) == {"failing", "exiting", "gone"}


def test_nothing_half_built_stays(built):
    _, demo = built
    assert [block.value for block in demo.blocks.values() if isinstance(block, gr.Button)] == ["whole"]


def test_a_keyboard_interrupt_gets_through(workspaces):
    def interrupted(page):
        raise KeyboardInterrupt

    host = Host()
    host.load("x", lambda: lambda host: host.add_tab("x", interrupted))
    with pytest.raises(KeyboardInterrupt), gr.Blocks():
        build_tabs(host, StudioPage(workspaces, Models()))


def test_tabs_stand_in_groups():
    host = Host()

    def setup(host):
        host.add_tab("Find it", working, order=2, group="select")
        host.add_tab("Click", working, order=1, group="select")
        host.add_tab("Mine", working)

    host.load("mine", lambda: setup)
    rows = json.loads(html.unescape(make_groups(host.tabs).split('"')[3]))
    assert rows == [
        {"name": "select", "title": "Select", "tabs": ["ss-tab-mine-click-button", "ss-tab-mine-find-it-button"]},
        {"name": "more", "title": "More", "tabs": ["ss-tab-mine-mine-button"]},
    ]
    css = group_css(host.tabs)
    assert ':root[data-tab-group]:not([data-tab-group="select"]) #ss-tab-mine-click-button { display: none; }' in css
    assert ':root[data-tab-group]:not([data-tab-group="more"]) #ss-tab-mine-mine-button { display: none; }' in css
