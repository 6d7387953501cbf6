"""Promptable segmentation: the engine under SAM Studio, usable alone.

    image = sam.read_image("truck.jpg")
    model = sam.load_model("nano")
    embedding = model.embed(image)
    masks = model.predict(embedding, points=[[500, 375]], labels=[1])

Names are loaded on first use, so that `import sam` costs nothing that is not asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .runtime.telemetry import turn_off_telemetry

if TYPE_CHECKING:
    from . import boxes as boxes
    from . import masks as masks
    from . import rle as rle
    from .detector import Detector as Detector
    from .errors import Cancelled as Cancelled
    from .errors import ImageError as ImageError
    from .errors import ModelUnavailable as ModelUnavailable
    from .errors import PromptError as PromptError
    from .errors import SamError as SamError
    from .everything import segment_everything as segment_everything
    from .images import read_image as read_image
    from .models import ModelSpec as ModelSpec
    from .models import list_models as list_models
    from .models import load_model as load_model
    from .segmenter import Segmenter as Segmenter
    from .subject import SubjectFinder as SubjectFinder
    from .types import Boxes as Boxes
    from .types import Cutout as Cutout
    from .types import Embedding as Embedding
    from .types import Image as Image
    from .types import Masks as Masks
    from .types import Points as Points
    from .types import Prompt as Prompt

turn_off_telemetry()

_HOME = {
    "Boxes": "types",
    "Cancelled": "errors",
    "Cutout": "types",
    "Detector": "detector",
    "Embedding": "types",
    "Image": "types",
    "ImageError": "errors",
    "Masks": "types",
    "ModelSpec": "models",
    "ModelUnavailable": "errors",
    "Points": "types",
    "Prompt": "types",
    "PromptError": "errors",
    "SamError": "errors",
    "Segmenter": "segmenter",
    "SubjectFinder": "subject",
    "list_models": "models",
    "load_model": "models",
    "read_image": "images",
    "segment_everything": "everything",
}
_MODULES = ("boxes", "errors", "images", "masks", "models", "rle", "segmenter", "types")

__version__ = "0.1.0"
__all__ = [*_HOME, *_MODULES]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f".{_HOME[name]}", __name__), name)
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
