"""Plugin tabs: each is built whole or not at all, and one that fails keeps its place with the cause."""

from __future__ import annotations

import logging
import re

from plugins import Host, Page

from .gradio_internals import gr, transaction

_log = logging.getLogger("sam_studio")


def build_tabs(host: Host, page: Page) -> None:
    """All tabs of the host, inside the current `gr.Blocks`; failures are noted in the host."""
    # "wrap": tabs that do not fit stay in sight instead of in a menu.
    with gr.Tabs(elem_id="ss-tabs", overflow_behavior="wrap"):
        for tab in host.tabs:
            slug = re.sub(r"[^a-z0-9]+", "-", f"{tab.plugin}-{tab.title}".lower()).strip("-")
            with gr.Tab(tab.title, id=slug, elem_id=f"ss-tab-{slug}", render_children=True):
                try:
                    with transaction():
                        tab.build(page)
                except KeyboardInterrupt:
                    raise
                except BaseException as error:  # a plugin that calls exit() must not end the app either
                    _log.warning("tab %s of plugin %s could not be built", tab.title, tab.plugin, exc_info=error)
                    host.fail(tab.plugin, "build_tab", error, tab).build(page)
