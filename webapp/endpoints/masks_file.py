"""Masks as a file of annotations, for endpoints that are asked for one by `format`, as --format asks on a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from plugins import Option, Tool
from sam import Image, Masks, PromptError
from sam.formats import Format, find_writable, list_formats, pack_annotations
from sam.formats.annotations import of_photo
from sam.io.arrays import shown

from ..components.gradio_internals import file_for_visitor, gr

NAME = "format"
FILE = {"type": "object", "properties": {"path": {"type": "string"}, "url": {"type": "string"}}}
"""What the schema of a result says of a file."""


class MasksFile(NamedTuple):
    """A file to hand over."""

    data: bytes
    name: str


class JsonOrFile(gr.JSON):
    """JSON, or a file in its place: one value, since clients read the result of an endpoint as such."""

    is_template = True

    def __init__(self, label: str, schema: dict[str, Any]) -> None:
        self.schema = schema
        super().__init__(label=label)

    def get_block_name(self) -> str:
        """What the page draws it with, also of a class made from this one."""
        return "json"

    def postprocess(self, value: Any) -> Any:
        if isinstance(value, MasksFile):
            return file_for_visitor(value.data, value.name, self.GRADIO_CACHE)
        # Gradio takes text for JSON, and text that a tool has made is none.
        return super().postprocess(json.dumps(value) if isinstance(value, str) else value)

    def api_info(self) -> dict[str, Any]:
        return {"anyOf": [self.schema, FILE]}


def makes_file(tool: Tool) -> bool:
    """Whether a tool's masks can be asked for as a file: they are of a photo, and the name of the option is free."""
    return tool.returns is Masks and Image in tool.inputs.values() and NAME not in (*tool.inputs, *tool.options)


def format_option(formats: Sequence[Format] = ()) -> Option:
    """The option of such an endpoint.

    Args:
        formats: those of plugins.
    """
    names = [one.name for one in list_formats(formats) if one.write is not None]
    about = "a file of annotations instead of JSON"
    return Option(NAME, str, "", choices=("", *names), help=about)


def read_format(value: Any, formats: Sequence[Format] = ()) -> Format | None:
    """The format that was asked for, before the work that it is for; None for JSON.

    Raises:
        PromptError: there is none of that name.
        SamError: a library for it is not installed.
    """
    if value in (None, ""):
        return None
    if not isinstance(value, str):
        raise PromptError(f"format: expected a name, such as coco, got {shown(value)}.")
    return find_writable(value, formats)


def write_file(masks: Masks, photo: str, format: Format, options: Mapping[str, Any]) -> MasksFile:
    """What a tool found in a photo, as a file.

    Args:
        masks: labels are classes.
        photo: its path.
        format: that was asked for.
        options: of the tool; the model among them is named as who made the masks.

    Raises:
        SamError: the format cannot hold them.
    """
    model = str(options.get("model") or options.get("segmenter") or "")
    return MasksFile(*pack_annotations(of_photo(masks, photo, model), format))
