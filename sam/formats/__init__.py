"""Annotations out and in: one file a format, around the value `Annotations`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy_names

if TYPE_CHECKING:
    from ._core.class_names import read_classes as read_classes
    from ._core.format import Format as Format
    from ._core.format import FormatError as FormatError
    from ._core.format import Options as Options
    from ._core.format import Shape as Shape
    from ._core.loss import Loss as Loss
    from ._core.output import Output as Output
    from ._core.registry import find_format as find_format
    from ._core.registry import find_writable as find_writable
    from ._core.registry import list_formats as list_formats
    from ._core.registry import loss as loss
    from ._core.registry import pack_annotations as pack_annotations
    from ._core.registry import read_annotations as read_annotations
    from ._core.registry import recognise as recognise
    from ._core.registry import write_annotations as write_annotations
    from ._core.sources import Files as Files
    from .annotations import AnnotatedImage as AnnotatedImage
    from .annotations import AnnotatedObject as AnnotatedObject
    from .annotations import Annotations as Annotations
    from .annotations import LabelClass as LabelClass
    from .project import Project as Project
    from .project import ProjectObject as ProjectObject
    from .project import ProjectPhoto as ProjectPhoto
    from .samstudio import read_project as read_project
    from .samstudio import write_project as write_project

_HOME = {
    "AnnotatedImage": "annotations",
    "AnnotatedObject": "annotations",
    "Annotations": "annotations",
    "Files": "_core.sources",
    "Format": "_core.format",
    "FormatError": "_core.format",
    "LabelClass": "annotations",
    "Loss": "_core.loss",
    "Options": "_core.format",
    "Output": "_core.output",
    "Project": "project",
    "ProjectObject": "project",
    "ProjectPhoto": "project",
    "Shape": "_core.format",
    "find_format": "_core.registry",
    "find_writable": "_core.registry",
    "list_formats": "_core.registry",
    "loss": "_core.registry",
    "pack_annotations": "_core.registry",
    "read_annotations": "_core.registry",
    "read_classes": "_core.class_names",
    "read_project": "samstudio",
    "recognise": "_core.registry",
    "write_annotations": "_core.registry",
    "write_project": "samstudio",
}

__all__ = [*_HOME]

__getattr__, __dir__ = lazy_names(__name__, _HOME, ())
