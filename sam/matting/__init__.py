"""Soft edges: from a mask to alpha, and from alpha to the object's own colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy_names

if TYPE_CHECKING:
    from .alpha import MAX_CROP as MAX_CROP
    from .alpha import MAX_UNKNOWN as MAX_UNKNOWN
    from .alpha import AlphaEstimator as AlphaEstimator
    from .alpha import Matting as Matting
    from .alpha import estimate_alpha as estimate_alpha
    from .alpha import matte as matte
    from .foreground import estimate_foreground as estimate_foreground
    from .trimap import MAX_BAND as MAX_BAND
    from .trimap import auto_band as auto_band
    from .trimap import make_trimap as make_trimap

_HOME = {
    "AlphaEstimator": "alpha",
    "MAX_BAND": "trimap",
    "MAX_CROP": "alpha",
    "MAX_UNKNOWN": "alpha",
    "Matting": "alpha",
    "auto_band": "trimap",
    "estimate_alpha": "alpha",
    "estimate_foreground": "foreground",
    "make_trimap": "trimap",
    "matte": "alpha",
}

__all__ = list(_HOME)

__getattr__, __dir__ = lazy_names(__name__, _HOME)
