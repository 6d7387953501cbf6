"""Soft edges: from a mask to alpha, and from alpha to the object's own colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy_names

if TYPE_CHECKING:
    from .closed_form import MAX_BAND as MAX_BAND
    from .closed_form import MAX_CROP as MAX_CROP
    from .closed_form import MAX_UNKNOWN as MAX_UNKNOWN
    from .closed_form import AlphaEstimator as AlphaEstimator
    from .closed_form import Matting as Matting
    from .closed_form import auto_band as auto_band
    from .closed_form import estimate_alpha as estimate_alpha
    from .closed_form import estimate_foreground as estimate_foreground
    from .closed_form import make_trimap as make_trimap
    from .closed_form import matte as matte

_HOME = {
    "AlphaEstimator": "closed_form",
    "MAX_BAND": "closed_form",
    "MAX_CROP": "closed_form",
    "MAX_UNKNOWN": "closed_form",
    "Matting": "closed_form",
    "auto_band": "closed_form",
    "estimate_alpha": "closed_form",
    "estimate_foreground": "closed_form",
    "make_trimap": "closed_form",
    "matte": "closed_form",
}

__all__ = list(_HOME)

__getattr__, __dir__ = lazy_names(__name__, _HOME)
