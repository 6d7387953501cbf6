"""A named API endpoint for each tool, usable from gradio_client and, with `mcp_server=True`, as an MCP tool."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, get_args, get_origin

import numpy as np

from plugins import Host, Option, Tool, read_word
from sam import Boxes, Cutout, Image, Masks, Points, PromptError, SamError, read_image
from sam.cli.tool_commands import read_docstring
from sam.formats import Format
from sam.images import read_rgba
from sam.io.json_text import clean_json
from sam.io.prompts import (
    BOXES_FORM,
    MASKS_FORM,
    POINTS_FORM,
    read_boxes,
    read_masks,
    read_points,
    write_boxes,
    write_masks,
)
from sam.options import SCALARS
from sam.runtime.out_of_memory import enough_memory
from sam.types import Kind

from ..components.gradio_internals import gr
from ..models.offered import Models
from .masks_file import JsonOrFile, format_option, makes_file, read_format, write_file

_log = logging.getLogger("sam_studio")

_FORMATS = {
    "image": "a picture file",
    "Points": POINTS_FORM,
    "Boxes": BOXES_FORM,
    "Masks": MASKS_FORM,
}
_ROW = {"type": "array", "items": {"type": "number"}}
_RECORD = {"type": "object", "properties": {}}
_TEXT = {"type": "string"}
_SCHEMAS: dict[str, dict[str, Any]] = {
    "Points": {"anyOf": [{"type": "array", "items": _ROW}, _TEXT]},
    "Boxes": {"anyOf": [{"type": "array", "items": {"anyOf": [_ROW, _RECORD]}}, _TEXT]},
    "Masks": {"type": "array", "items": _RECORD},
}
_RESULTS = {
    "Masks": "a list of {rle: COCO RLE, score, box: [x0, y0, x1, y1], area, label}, best first",
    "Boxes": "a list of {box: [x0, y0, x1, y1], score, label}, best first",
    "Cutout": "a PNG with transparency",
    "Image": "a PNG",
}


class ImageFile(gr.Image):
    """A picture that comes in as a file and is read by `sam.read_image` alone: its limits and sentences hold."""

    is_template = True

    def __init__(self, label: str) -> None:
        super().__init__(label=label, type="filepath", sources=["upload"])

    def preprocess(self, payload: Any) -> str | None:
        # Gradio has checked by now that the path is one of its own uploads.
        return None if payload is None else payload.path


def _as_sent(self: Any, payload: Any) -> Any:
    """What comes is read in one place, by the tool's own rules (`read_word`), and not by Gradio before."""
    return payload


# Gradio takes the name of a component's part of the page from the first of its bases.
class Choice(gr.Dropdown):
    """One of several values."""

    is_template = True
    preprocess = _as_sent


class Flag(gr.Checkbox):
    """True or false."""

    is_template = True
    preprocess = _as_sent


class Text(gr.Textbox):
    """Text."""

    is_template = True
    preprocess = _as_sent


class Number(gr.Number):
    """A number."""

    is_template = True
    preprocess = _as_sent


class Rows(gr.JSON):
    """JSON that says what it holds: plain `gr.JSON` gives MCP a schema that its own check refuses."""

    is_template = True

    def __init__(self, label: str, kind: str) -> None:
        self.kind = kind
        super().__init__(label=label)

    def api_info(self) -> dict[str, Any]:
        return _SCHEMAS[self.kind]


def add_endpoints(host: Host, models: Models) -> set[str]:
    """One endpoint for each tool, inside the current `gr.Blocks`. Returns their names.

    A tool with a type that cannot go over the wire is left out, and the log says so.
    """
    names = set()
    formats = list(host.formats.values())
    with gr.Column(visible=False):
        for tool in host.tools.values():
            try:
                inputs = [_component(name, kind) for name, kind in tool.inputs.items()]
                inputs += [_option_component(option) for option in tool.options.values()]
                output, write = _output(tool.returns)
                if makes_file(tool):
                    inputs.append(_option_component(format_option(formats)))
                    output = JsonOrFile("masks", _SCHEMAS["Masks"])
            except TypeError as error:
                _log.info("%s is not served as an endpoint: %s", tool.name, error)
                continue
            gr.Button(visible=False).click(
                _endpoint(tool, models, write, formats),
                inputs,
                output,
                api_name=tool.name,
                api_description=_describe(tool, formats),
                concurrency_id="gpu",
            )
            names.add(tool.name)
    return names


def _endpoint(
    tool: Tool, models: Models, write: Callable[[Any], Any], formats: Sequence[Format] = ()
) -> Callable[..., Any]:
    names = [*tool.inputs, *tool.options, *_more(tool, formats)]

    def endpoint(*values: Any) -> Any:
        with models.visiting():
            return answer(*values)

    def answer(*values: Any) -> Any:
        try:
            given = dict(zip(names, clean_json(list(values), tool.name)))
            format = read_format(given.get("format"), formats) if makes_file(tool) else None
            read: dict[str, Any] = {}
            for name, kind in tool.inputs.items():
                read[name] = _read(name, given[name], kind, read)
            options = {name: _read_option(given.get(name), option) for name, option in tool.options.items()}
            with enough_memory(f"for {tool.name}"):
                result = tool.run(*read.values(), **options)
                if format is None:
                    return write(result)
                photo = next(given[name] for name, kind in tool.inputs.items() if kind == Image)
                return write_file(result, photo, format, options)
        except SamError as error:
            raise gr.Error(str(error), print_exception=False) from error
        except Exception as error:
            _log.exception("endpoint %s failed", tool.name)
            raise gr.Error(
                f"{tool.name} failed on the server ({type(error).__name__}).", print_exception=False
            ) from error

    # Clients and MCP take the names of the parameters, and MCP that of the tool, from the function.
    import inspect

    endpoint.__name__ = endpoint.__qualname__ = tool.name
    endpoint.__doc__ = _describe(tool, formats)
    keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(name, keyword) for name in tool.inputs]
    known = {**tool.options, **_more(tool, formats)}
    parameters += [inspect.Parameter(name, keyword, default=option.default) for name, option in known.items()]
    endpoint.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return endpoint


def _more(tool: Tool, formats: Sequence[Format]) -> dict[str, Option]:
    """What an endpoint takes besides the options of its tool."""
    return {"format": format_option(formats)} if makes_file(tool) else {}


def _describe(tool: Tool, formats: Sequence[Format] = ()) -> str:
    """The tool's docstring up to its sections, then what goes in and out, in the form that MCP reads."""
    text, words = read_docstring(tool.doc)
    lines = [f"    {name}: {_FORMATS.get(_kind(kind), kind.__name__)}" for name, kind in tool.inputs.items()]
    for name, option in {**tool.options, **_more(tool, formats)}.items():
        said = words.get(name) or option.help
        about = f"{said.rstrip('.')}; " if said else ""
        lines.append(f"    {name}: {about}{option}, default {option.default!r}")
    result = _RESULTS.get(_kind(tool.returns).capitalize(), _kind(tool.returns))
    result += "; a file where a format is asked for" if makes_file(tool) else ""
    return f"{text}\n\nArgs:\n" + "\n".join(lines) + f"\n\nReturns:\n    {result}"


def _kind(annotation: Any) -> str:
    for extra in getattr(annotation, "__metadata__", ()):
        if isinstance(extra, Kind):
            return extra.name
    return getattr(annotation, "__name__", str(annotation))


def _component(name: str, kind: Any) -> Any:
    if kind in (Image, Cutout):
        return ImageFile(name)
    if kind in (Points, Boxes, Masks):
        return Rows(name, _kind(kind))
    if kind in SCALARS:
        return _option_component(Option(name, kind, {str: "", bool: False}.get(kind, 0)))
    raise TypeError(f"parameter {name} has type {_kind(kind)}")


def _option_component(option: Option) -> Any:
    if option.choices:
        return Choice(list(option.choices), value=option.default, label=option.name)
    if option.type is bool:
        return Flag(value=bool(option.default), label=option.name)
    if option.type is str:
        return Text(value=option.default or "", label=option.name)
    return Number(value=option.default, precision=0 if option.type is int else None, label=option.name)


def _read_option(value: Any, option: Option) -> Any:
    if value is None or (value == "" and option.default is None):
        return option.default
    return read_word(value, option, option.name)


def _read(name: str, value: Any, kind: Any, before: Mapping[str, Any]) -> Any:
    """A value from the wire as the tool's parameter wants it."""
    if kind == Image:
        return read_image(_picture(name, value))
    if kind == Cutout:
        return read_rgba(_picture(name, value))
    if kind in SCALARS:
        return read_word(value, Option(name, kind, kind()), name)
    if kind is Points:
        return read_points(value, name)
    if kind is Boxes:
        return read_boxes(value, name)
    if kind is Masks:
        image = next((item for item in before.values() if isinstance(item, np.ndarray)), None)
        return read_masks(value, name, image.shape[:2] if image is not None else (0, 0))
    return value


def _picture(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise PromptError(f"{name}: expected a picture file, got nothing.")
    return value


def _output(kind: Any) -> tuple[Any, Callable[[Any], Any]]:
    if kind is Masks:
        return Rows("masks", "Masks"), write_masks
    if kind is Boxes:
        return Rows("boxes", "Boxes"), write_boxes
    if kind in (Image, Cutout):
        picture = gr.Image(label=_kind(kind), format="png", image_mode="RGBA" if kind == Cutout else "RGB")
        return picture, lambda pixels: pixels
    base = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if base in (str, int, float, bool, dict, list):
        # Gradio takes text for JSON, and text that a tool has made is none.
        return gr.JSON(label="result"), json.dumps if base is str else lambda value: value
    raise TypeError(f"the result has type {_kind(kind)}")
