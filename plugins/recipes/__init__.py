"""Recipes: what was done to one photo, as steps that can be changed, saved, and run on other photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .tab import build_tab

if TYPE_CHECKING:
    from plugins import Host

CSS = """
.recipes-step { border: 1px solid var(--border-color-primary); border-radius: 10px; padding: 10px 12px 12px; gap: 8px; }
.recipes-step .styler { background: none; }
.recipes-head { align-items: center; flex-wrap: nowrap; gap: 4px; }
.recipes-head .recipes-title { flex: 1 1 auto; min-width: 0; }
.recipes-title b { font-weight: 600; font-size: 14px; }
.recipes-title span { color: var(--body-text-color-subdued); font-size: 12.5px; display: block; }
.recipes-head button { flex: 0 0 32px; min-width: 32px; width: 32px; height: 32px; padding: 0; }
.recipes-step .dialog-button { border: 1px solid var(--border-color-primary); }
.recipes-verdict {
    font-size: 13.5px; line-height: 1.45; padding: 8px 12px; border-radius: 8px;
    border: 1px solid var(--border-color-primary);
}
#recipes-results .grid-wrap { min-height: 0; }
.recipes-notes { font-size: 13px; line-height: 1.45; color: var(--body-text-color-subdued); }
.recipes-notes ul { margin: 4px 0 0; padding-left: 18px; }
.recipes-notes li { list-style: disc; }
.recipes-verdict[data-state="ready"] { border-color: #1a7f4b66; background: #1a7f4b14; }
.recipes-verdict[data-state="here"] { border-color: #b7791f80; background: #b7791f1a; }
.recipes-verdict[data-state="wrong"] { border-color: #c0392b80; background: #c0392b14; }
.recipes-pair button, .recipes-pair a { padding-inline: 6px; font-size: 13.5px; white-space: nowrap; }
"""


def setup(host: Host) -> None:
    """The tab."""
    host.add_tab("Recipes", build_tab, order=95, group="automate")
    host.add_asset(css=CSS)
