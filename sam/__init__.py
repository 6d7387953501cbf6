"""Promptable segmentation: the engine under SAM Studio, usable alone.

    image = sam.read_image("truck.jpg")
    model = sam.load_model("nano")
    embedding = model.embed(image)
    masks = model.predict(embedding, points=[[500, 375]], labels=[1])

Names are loaded on first use, so that `import sam` costs nothing that is not asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazy import lazy_names
from .renamed import find_renamed
from .runtime.telemetry import turn_off_telemetry

if TYPE_CHECKING:
    from . import boxes as boxes
    from . import formats as formats
    from . import masks as masks
    from . import rle as rle
    from .detection.detector import Detector as Detector
    from .errors import Cancelled as Cancelled
    from .errors import ImageError as ImageError
    from .errors import ModelUnavailable as ModelUnavailable
    from .errors import PromptError as PromptError
    from .errors import SamError as SamError
    from .everything.generator import segment_everything as segment_everything
    from .images import read_image as read_image
    from .models.names import DetectorName as DetectorName
    from .models.names import ModelFor as ModelFor
    from .models.names import SegmenterName as SegmenterName
    from .models.names import SubjectFinderName as SubjectFinderName
    from .models.registry import list_models as list_models
    from .models.registry import load_model as load_model
    from .models.spec import ModelSpec as ModelSpec
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
    "Detector": "detection.detector",
    "DetectorName": "models.names",
    "Embedding": "types",
    "Image": "types",
    "ImageError": "errors",
    "Masks": "types",
    "ModelFor": "models.names",
    "ModelSpec": "models.spec",
    "ModelUnavailable": "errors",
    "Points": "types",
    "Prompt": "types",
    "PromptError": "errors",
    "SamError": "errors",
    "Segmenter": "segmenter",
    "SegmenterName": "models.names",
    "SubjectFinder": "subject",
    "SubjectFinderName": "models.names",
    "list_models": "models.registry",
    "load_model": "models.registry",
    "read_image": "images",
    "segment_everything": "everything.generator",
}
_MODULES = ("boxes", "errors", "formats", "images", "masks", "models", "rle", "segmenter", "types")

__version__ = "0.1.0"
__all__ = [*_HOME, *_MODULES]


__getattr__, __dir__ = lazy_names(__name__, _HOME, _MODULES)

find_renamed()
