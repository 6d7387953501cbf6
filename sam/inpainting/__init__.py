"""Erasing: what a mask covers is replaced by what could have been behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy_names

if TYPE_CHECKING:
    from .fill import MAX_HOLE as MAX_HOLE
    from .fill import MAX_SHARE as MAX_SHARE
    from .fill import THIN as THIN
    from .fill import check_hole as check_hole
    from .fill import inpaint as inpaint
    from .options import MAX_GROW as MAX_GROW
    from .options import Engine as Engine
    from .options import EraseOptions as EraseOptions

_HOME = {
    "Engine": "options",
    "EraseOptions": "options",
    "MAX_GROW": "options",
    "MAX_HOLE": "fill",
    "MAX_SHARE": "fill",
    "THIN": "fill",
    "check_hole": "fill",
    "inpaint": "fill",
}

__all__ = list(_HOME)

__getattr__, __dir__ = lazy_names(__name__, _HOME)
