"""What plugins may add, all of it or nothing; and clashes that name both sides."""

from __future__ import annotations

import dataclasses

import pytest

from plugins import Host, PluginError
from sam.formats import Format, Shape

TOOL = """
    def {name}(image: Image) -> Masks:
        '''Nothing.'''
        return Masks.empty(image.shape[:2])
"""


def test_a_plugin_adds_tools_tabs_and_assets(load):
    host = load(
        sky=TOOL.format(name="find_sky")
        + """
    def build_tab(page): ...
    def setup(host):
        host.add_tool(find_sky, output="sky")
        host.add_tab("Sky", build_tab, order=7)
        host.add_asset(css=".sky {}", js="() => {}", head="<meta name='sky'>")
    """
    )
    assert host.failures == {}
    assert list(host.plugins) == ["sky"]
    assert (host.tools["find_sky"].plugin, host.tools["find_sky"].output) == ("sky", "sky")
    (tab,) = host.tabs
    assert (tab.plugin, tab.title, tab.order, tab.failure) == ("sky", "Sky", 7, None)
    assert tab.build.__name__ == "build_tab"
    (asset,) = host.assets
    assert (asset.plugin, asset.css, asset.js, asset.head) == ("sky", ".sky {}", "() => {}", "<meta name='sky'>")


def test_tabs_are_in_order_and_equal_ones_as_loaded(load):
    source = "    def setup(host):\n        host.add_tab({title!r}, print, order={order})\n"
    titles = {"a": ("Last", 200), "b": ("Second", 100), "c": ("Third", 100), "d": ("First", 1)}
    host = load(**{name: source.format(title=title, order=order) for name, (title, order) in titles.items()})
    assert [tab.title for tab in host.tabs] == ["First", "Second", "Third", "Last"]


def test_tabs_stand_in_their_groups_whatever_their_order(load):
    source = "    def setup(host):\n        host.add_tab({title!r}, print, order={order}, group={group!r})\n"
    tabs = {
        "a": ("Other", 1, ""),
        "b": ("Repeat", 2, "automate"),
        "c": ("Find", 90, "select"),
        "d": ("Erase", 3, "edit"),
    }
    host = load(**{name: source.format(title=t, order=o, group=g) for name, (t, o, g) in tabs.items()})
    assert [tab.title for tab in host.tabs] == ["Find", "Erase", "Repeat", "Other"]


def test_an_unknown_group_is_refused_with_those_that_there_are(load):
    host = load(odd='    def setup(host):\n        host.add_tab("Odd", print, group="tools")\n')
    assert "'select', 'edit', 'automate'" in str(host.failures["odd"])


@pytest.mark.parametrize(
    "last",
    ["raise ValueError('no luck')", "raise SystemExit(3)", "exit(1)", "raise GeneratorExit", "host.add_tol(f)"],
)
def test_a_plugin_that_fails_half_way_leaves_nothing_behind(load, last):
    host = load(
        bad=TOOL.format(name="f")
        + f"""
    def setup(host):
        host.add_tool(f)
        host.add_tab("Bad", print)
        host.add_asset(css="b {{}}")
        {last}
    """,
        good=TOOL.format(name="g") + "\n    def setup(host):\n        host.add_tool(g)\n",
    )
    assert list(host.tools) == ["g"]
    assert host.assets == []
    assert list(host.plugins) == ["good"]
    assert host.failures["bad"].stage == "setup"
    assert [(tab.plugin, tab.failure is not None) for tab in host.tabs] == [("bad", True)]


def test_ctrl_c_gets_through(load):
    with pytest.raises(KeyboardInterrupt):
        load(slow="    def setup(host):\n        raise KeyboardInterrupt\n")


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("host.add_tool(same)", "host.add_tool(same)", ["tool 'same'", "plugin b", "plugin a"]),
        ("host.add_tab('Sky', print)", "host.add_tab(' sky', print)", ["tab ' sky'", "plugin b", "plugin a"]),
        ("pass", "host.add_tool(same); host.add_tool(same)", ["b: tool 'same'", "twice"]),
        ("pass", "host.add_tab('X', print); host.add_tab('X', print)", ["b: tab 'X'", "twice"]),
    ],
)
def test_a_name_clash_names_both_plugins(load, first, second, words):
    tool = TOOL.format(name="same")
    host = load(a=f"{tool}\n    def setup(host):\n        {first}", b=f"{tool}\n    def setup(host):\n        {second}")
    assert list(host.plugins) == ["a"]
    message = str(host.failures["b"])
    assert not [word for word in words if word not in message], message


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("host.add_tab('', print)", "add_tab expects a title"),
        ("host.add_tab('X', None)", "add_tab expects a title and a function"),
        ("host.add_tab(print, 'X')", "add_tab expects a title"),
        ("host.add_asset()", "add_asset expects css"),
        ("host.add_asset(css=3)", "add_asset expects css"),
        ("host.add_tool(lambda image: image)", "def"),
        ("host.add_tol(print)", "add_tol"),
        ("host.add_tab('X', print, 3)", "positional"),
    ],
)
def test_misuse_is_explained(load, call, words):
    host = load(bad=f"    def setup(host):\n        {call}\n")
    assert words in str(host.failures["bad"])


def test_nothing_can_be_added_after_setup(load):
    host = load(
        late=TOOL.format(name="f")
        + """
    kept = []
    def setup(host):
        host.add_tool(f)
        kept.append(host)
    """
    )
    (kept,) = host.tools["f"].function.__globals__["kept"]
    for call in (
        lambda: kept.add_tab("Late", print),
        lambda: kept.add_asset(css="x"),
    ):
        with pytest.raises(PluginError, match="inside setup"):
            call()
    assert host.tabs == []
    assert host.assets == []


def test_a_failed_tab_is_replaced_in_its_place(load):
    host = load(a="    def setup(host):\n        host.add_tab('A', print)\n        host.add_tab('B', print)\n")
    shown = host.fail("a", "build_tab", RuntimeError("torn"), host.tabs[0])
    assert [tab.title for tab in host.tabs] == ["A", "B"]
    assert host.tabs[0] is shown
    assert shown.failure is not None
    assert shown.failure.stage == "build_tab"
    assert "torn" in str(host.failures["a"])
    assert host.tabs[1].failure is None
    assert "a" in host.plugins, "its tools go on working"


def test_two_plugins_of_one_name(load):
    host = load(click="    def setup(host):\n        host.add_tab('Other', print)\n")
    assert host.plugins["click"] == "built in"
    (message,) = map(str, host.failures.values())
    assert "'click'" in message
    assert "built in" in message
    assert "click.py" in message
    assert "points_to_masks" in host.tools


def test_a_host_by_itself_is_empty():
    host = Host()
    assert (host.tools, host.tabs, host.assets, host.failures) == ({}, [], [], {})


def test_formats_are_added_once_and_never_over_a_built_in_one():
    def write(*_: object) -> None:
        """Nothing."""

    own = Format("areas", "Areas", Shape.TABLE, write=write)
    host = Host()
    host.load("first", lambda: lambda host: host.add_format(own))
    host.load("second", lambda: lambda host: host.add_format(own))
    host.load("third", lambda: lambda host: host.add_format(dataclasses.replace(own, name="coco")))
    host.load("fourth", lambda: lambda host: host.add_format("areas"))
    assert list(host.formats) == ["areas"]
    assert "already taken by plugin first" in str(host.failures["second"])
    assert "already taken by plugin sam.formats" in str(host.failures["third"])
    assert "expects a sam.formats.Format" in str(host.failures["fourth"])
