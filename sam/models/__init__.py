"""The models: their registry, where their files are, and how they get there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy_names

if TYPE_CHECKING:
    from .registry import MODELS as MODELS
    from .registry import how_to_get as how_to_get
    from .registry import list_models as list_models
    from .registry import load_here as load_here
    from .registry import load_model as load_model
    from .spec import ModelSpec as ModelSpec

_HOME = {
    "MODELS": "registry",
    "ModelSpec": "spec",
    "how_to_get": "registry",
    "list_models": "registry",
    "load_here": "registry",
    "load_model": "registry",
}

__all__ = list(_HOME)

__getattr__, __dir__ = lazy_names(__name__, _HOME)
