"""Plugin tabs in their groups: each is built whole or not at all, and one that fails keeps its place with the cause."""

from __future__ import annotations

import html
import json
import logging
import re
from collections.abc import Sequence

from plugins import Host, Page, Tab

from .gradio_internals import gr, transaction

GROUP_TITLES = {"select": "Select", "edit": "Edit", "automate": "Automate", "": "More"}

_log = logging.getLogger("sam_studio")


def build_tabs(host: Host, page: Page) -> None:
    """All tabs of the host, inside the current `gr.Blocks`; failures are noted in the host."""
    gr.HTML(make_groups(host.tabs), apply_default_css=False, js_on_load=None, elem_id="ss-groups-block")
    # "wrap": tabs that do not fit stay in sight instead of in a menu.
    with gr.Tabs(elem_id="ss-tabs", overflow_behavior="wrap"):
        for tab in host.tabs:
            with gr.Tab(tab.title, id=_slug(tab), elem_id=f"ss-tab-{_slug(tab)}", render_children=True) as shown:
                try:
                    with transaction():
                        tab.build(page)
                    _name_buttons(shown)
                except KeyboardInterrupt:
                    raise
                except BaseException as error:  # a plugin that calls exit() must not end the app either
                    _log.warning("tab %s of plugin %s could not be built", tab.title, tab.plugin, exc_info=error)
                    host.fail(tab.plugin, "build_tab", error, tab).build(page)


def _name_buttons(block: gr.blocks.BlockContext) -> None:
    """The page finds a button by its id, to say why it cannot work; Gradio gives none to those that have no name."""
    for child in block.children:
        if isinstance(child, gr.Button) and not child.elem_id:
            child.elem_id = f"ss-button-{child._id}"
        if isinstance(child, gr.blocks.BlockContext):
            _name_buttons(child)


def make_groups(tabs: Sequence[Tab]) -> str:
    """HTML of what the page makes the row of groups from: each with name, title and ids of its tabs' buttons."""
    groups: dict[str, list[str]] = {}
    for tab in tabs:
        groups.setdefault(tab.group, []).append(f"ss-tab-{_slug(tab)}-button")
    rows = [{"name": name or "more", "title": GROUP_TITLES[name], "tabs": ids} for name, ids in groups.items()]
    return f'<div id="ss-groups" data-groups="{html.escape(json.dumps(rows))}"></div>'


def group_css(tabs: Sequence[Tab]) -> str:
    """Rules by which the page shows the tabs of one group at a time; Gradio has no groups of tabs."""
    rows = (
        f':root[data-tab-group]:not([data-tab-group="{tab.group or "more"}"]) #ss-tab-{_slug(tab)}-button'
        for tab in tabs
    )
    return "".join(f"{row} {{ display: none; }}\n" for row in rows)


def _slug(tab: Tab) -> str:
    return re.sub(r"[^a-z0-9]+", "-", f"{tab.plugin}-{tab.title}".lower()).strip("-")
