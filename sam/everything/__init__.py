"""Everything mode: masks of all objects, without a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy_names

if TYPE_CHECKING:
    from .generator import PRESETS as PRESETS
    from .generator import propose as propose
    from .generator import segment_everything as segment_everything
    from .generator import sure as sure
    from .options import FilterOptions as FilterOptions
    from .options import SearchOptions as SearchOptions

_HOME = {
    "FilterOptions": "options",
    "PRESETS": "generator",
    "SearchOptions": "options",
    "propose": "generator",
    "segment_everything": "generator",
    "sure": "generator",
}

__all__ = list(_HOME)

__getattr__, __dir__ = lazy_names(__name__, _HOME)
