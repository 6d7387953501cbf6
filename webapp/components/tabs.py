"""Plugin tabs: each is built whole or not at all, and one that fails keeps its place with the cause."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

from plugins import Host, Page, Tab

from .gradio_internals import gr, transaction

GROUP_TITLES = {"select": "Select", "edit": "Edit", "automate": "Automate", "": "More"}

_log = logging.getLogger("sam_studio")


def build_tabs(host: Host, page: Page) -> None:
    """All tabs of the host, inside the current `gr.Blocks`; failures are noted in the host."""
    # "wrap": tabs that do not fit stay in sight instead of in a menu.
    with gr.Tabs(elem_id="ss-tabs", overflow_behavior="wrap"):
        for tab in host.tabs:
            with gr.Tab(tab.title, id=_slug(tab), elem_id=f"ss-tab-{_slug(tab)}", render_children=True):
                try:
                    with transaction():
                        tab.build(page)
                except KeyboardInterrupt:
                    raise
                except BaseException as error:  # a plugin that calls exit() must not end the app either
                    _log.warning("tab %s of plugin %s could not be built", tab.title, tab.plugin, exc_info=error)
                    host.fail(tab.plugin, "build_tab", error, tab).build(page)


def group_css(tabs: Sequence[Tab]) -> str:
    """Rules that write each group's name before its first tab, on a line of its own.

    Gradio has no groups of tabs; these are one row of tabs to it, laid out as a grid.
    """
    first: dict[str, Tab] = {}
    for tab in tabs:
        first.setdefault(tab.group, tab)
    return "\n".join(
        f"#ss-tab-{_slug(tab)}-button {{ grid-column-start: 1; }}\n"
        f'#ss-tab-{_slug(tab)}-button::before {{ content: "{GROUP_TITLES[group]}"; }}'
        for group, tab in first.items()
    )


def _slug(tab: Tab) -> str:
    return re.sub(r"[^a-z0-9]+", "-", f"{tab.plugin}-{tab.title}".lower()).strip("-")
