"""Tools as commands: a typed function's data become arguments, its options become flags."""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from ..images import Choice
from ..io.color_profiles import read_original
from ..io.output import STDOUT, Inputs, check_outputs
from ..io.serialization import STDIN, check_output, is_picture, read_stdin, read_value, to_json, write_value
from ..options import Between
from ..types import Boxes, Cutout, Image, Masks, Points
from .masks_out import FORMAT_HELP, check_format, write_masks
from .plugin_formats import Extra


class UsageError(typer.BadParameter):
    """The command line itself is wrong: exit code 2, with the usage."""

    def format_message(self) -> str:
        """Without the words that typer puts before it, which are for one parameter."""
        return self.message


class Option(Protocol):
    """One setting of a tool."""

    @property
    def type(self) -> type:
        """str, int, float or bool."""

    @property
    def default(self) -> Any:
        """Value when the flag is not given."""

    @property
    def choices(self) -> tuple[Any, ...]:
        """The only values allowed; () when any value of the type is."""

    @property
    def within(self) -> Between | None:
        """Range of a number, or None where any will do."""


class Tool(Protocol):
    """What a command needs to know of a tool; the tools of plugins are like this, and `sam` need not know plugins."""

    @property
    def name(self) -> str: ...

    @property
    def inputs(self) -> Mapping[str, Any]:
        """Data parameter -> type, in order."""

    @property
    def options(self) -> Mapping[str, Option]:
        """Option -> what it may be, in order."""

    @property
    def returns(self) -> Any:
        """Type of the result."""

    @property
    def doc(self) -> str: ...

    def run(self, *data: Any, **values: Any) -> Any:
        """Data in order, options by name."""


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        name: as typed.
        run: its parameters are arguments and flags, read by typer; raises SamError for what the user did wrong.
        help: first a summary, then the rest.
        group: heading that it is listed under; "" for the first one.
    """

    name: str
    run: Callable[..., None]
    help: str
    group: str = ""


# Names that no parameter of a tool has, since a tool's own are identifiers that its author reads.
_OUT, _JSON, _PAGE, _BRIGHTNESS, _FORMAT = "__out", "__json", "__page", "__brightness", "__format"
_ENUM: Any = Enum
_TAKEN = ("out", "json", "help", "page", "brightness", "format")
_MEANS: dict[Any, str] = {
    Image: "picture file (- for standard input)",
    Cutout: "picture file with transparency (- for standard input)",
    Masks: "JSON file with masks (- for standard input), or a picture of the mask",
    Boxes: 'JSON file with boxes (- for standard input), or numbers "x0,y0,x1,y1"',
    Points: 'numbers "x,y" ("x,y:0" for background), or a JSON file',
}


_SIDES = (("min", "low"), ("max", "high"))
_FILES = (*_MEANS, bytes, Path)
PAGE_HELP = "Of a file with several pages; else the largest."
BRIGHTNESS_HELP = "Of more than 8 bits: auto, stored (as the file has it), extremes, or LOW,HIGH."


def tool_command(tool: Tool, group: str = "Tools", formats: Extra = lambda: ()) -> Command:
    """The command of a tool, under the tool's own name with hyphens.

    Data are arguments in the order of the signature: files, or values as text. The result goes to the file of
    -o, or to standard output as JSON; a picture needs -o, which may be "-".
    """
    summary, described = read_docstring(tool.doc)
    choices = {name: {str(choice): choice for choice in option.choices} for name, option in tool.options.items()}

    def run(**values: Any) -> None:
        out, as_json = values.pop(_OUT), values.pop(_JSON)
        page, brightness = values.pop(_PAGE, None), read_brightness(values.pop(_BRIGHTNESS, "auto"))
        if out is None and is_picture(tool.returns):
            raise UsageError("The result is a picture. Say where to write it, such as -o out.png.")
        sources = {name: values.pop(name) for name in tool.inputs}
        files = [source for name, source in sources.items() if tool.inputs[name] in _FILES]
        check_pipes(files, [out], as_json)
        asked = values.pop(_FORMAT, None)
        format = None if asked is None else check_format(asked, out, formats)
        if format is None and out is not None:
            check_output(tool.returns, out)
            check_outputs([out], files)
        for name, kind in tool.inputs.items():
            if is_picture(kind) and sources[name] == STDIN:
                sources[name] = read_stdin()
        photo = next((sources[name] for name, kind in tool.inputs.items() if kind is Image), None)
        data = [
            read_value(kind, sources[name], page=page, brightness=brightness, tell=tell_note)
            for name, kind in tool.inputs.items()
        ]
        options = {name: choices[name].get(getattr(value, "value", ""), value) for name, value in values.items()}
        result = tool.run(*data, **options)
        if format is not None and out is not None and photo is not None:
            write_masks(result, photo, out, format, str(options.get("model", "")))
            typer.echo(json.dumps({"out": str(out)}) if as_json else str(out))
            return
        report(result, tool.returns, out, as_json, photo if is_picture(tool.returns) else None, Inputs(files))

    parameters = _parameters(tool, choices, described)
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return Command(tool.name.replace("_", "-"), run, summary, group)


def _parameters(
    tool: Tool, choices: Mapping[str, Mapping[str, Any]], described: Mapping[str, str]
) -> list[inspect.Parameter]:
    """Of the command of a tool: its data, its options, then what every command has."""
    parameters = [_argument(name, kind, described.get(name, "")) for name, kind in tool.inputs.items()]
    for name, option in tool.options.items():
        parameters.append(_option(name, option, list(choices[name]), described.get(name, "")))
    out_help = "File to write the result to; - for standard output."
    parameters.append(_parameter(_OUT, Path, typer.Option("-o", "--out", help=out_help), None))
    if any(is_picture(kind) for kind in tool.inputs.values()):
        parameters.append(_parameter(_PAGE, int, typer.Option("--page", min=1, help=PAGE_HELP), None))
        parameters.append(_parameter(_BRIGHTNESS, str, typer.Option("--brightness", help=BRIGHTNESS_HELP), "auto"))
    if tool.returns is Masks and Image in tool.inputs.values():
        parameters.append(_parameter(_FORMAT, str, typer.Option("--format", help=FORMAT_HELP), None))
    parameters.append(_parameter(_JSON, bool, typer.Option("--json", help="Print JSON."), False))
    return parameters


def read_brightness(text: str) -> Choice:
    """What --brightness means.

    Raises:
        UsageError: neither a word that is known nor two numbers.
    """
    if text in ("auto", "stored", "extremes"):
        return text  # type: ignore[return-value]
    try:
        low, high = (float(word) for word in text.split(","))
    except ValueError as error:
        raise UsageError(f"--brightness: expected auto, stored, extremes or two numbers, got {text!r}.") from error
    return low, high


def tell_note(note: str) -> None:
    """Say on standard error how a picture was read."""
    typer.echo(note, err=True)


def check_pipes(inputs: Sequence[str], outputs: Sequence[Path | None], as_json: bool) -> None:
    """Standard input can be read once, and standard output takes one result.

    Raises:
        UsageError: else.
    """
    if sum(source == STDIN for source in inputs) > 1:
        raise UsageError("Standard input (-) can be read once. Give the other one as a file.")
    if STDOUT not in outputs:
        return
    if as_json:
        raise UsageError("--json prints to standard output, where -o - writes the result. Choose one.")
    if sys.stdout.isatty():
        raise UsageError("Standard output is a terminal. Give a file: -o out.png, or add > out.png.")


def report(
    result: Any,
    kind: Any,
    out: Path | None,
    as_json: bool,
    photo: str | bytes | None = None,
    inputs: Inputs | None = None,
) -> None:
    """Write a result to `out`, and say so; or print it: text as it is, everything else as JSON.

    A picture made from the file `photo` is written in that one's colour profile, see `write_value`; `inputs` stay.

    Raises:
        SamError: it cannot be written.
    """
    if out is not None:
        write_value(result, kind, out, read_original(photo) if photo else None, inputs)
        if out != STDOUT:
            typer.echo(json.dumps({"out": str(out)}) if as_json else str(out))
    elif isinstance(result, str) and not as_json:
        typer.echo(result)
    else:
        typer.echo(json.dumps(to_json(result)))


def read_docstring(doc: str) -> tuple[str, dict[str, str]]:
    """(everything before the first section, parameter -> its text under "Args:")."""
    lines = inspect.cleandoc(doc).splitlines()
    sections = [i for i, line in enumerate(lines) if re.fullmatch(r"(Args|Returns|Raises|Yields|Attributes):", line)]
    summary = "\n".join(lines[: sections[0]] if sections else lines).strip()
    described: dict[str, str] = {}
    name = ""
    for start in (i for i in sections if lines[i] == "Args:"):
        for line in lines[start + 1 :]:
            if line and not line.startswith(" "):
                break
            entry = re.match(r" {4}(\w+)(?: \([^)]*\))?: (.*)", line)
            if entry:
                name = entry[1]
                described[name] = entry[2].strip()
            elif name and line.strip():
                described[name] += " " + line.strip()
    return summary, described


def _argument(name: str, kind: Any, text: str) -> inspect.Parameter:
    means = _MEANS.get(kind, "")
    words = f"{means}; {text}" if text and means else text or means
    return _parameter(name, str, typer.Argument(metavar=name.upper(), help=words, show_default=False))


def _option(name: str, option: Option, choices: list[str], text: str) -> inspect.Parameter:
    # A tool may call an option like one of ours; both must be reachable.
    flag = f"--{'option-' if name in _TAKEN else ''}{name.replace('_', '-')}"
    default: Any = option.default
    kind: Any = option.type
    if choices:
        kind = _ENUM(name, {choice: choice for choice in choices}, type=str)
        default = None if default is None else kind(str(default))
    names = [f"{flag}/--no-{flag[2:]}"] if kind is bool else [flag]
    # typer compares in the parameter's own type: 0.0 <= x would read oddly for whole numbers.
    limits = {side: kind(getattr(option.within, end)) for side, end in _SIDES} if option.within else {}
    return _parameter(name, kind, typer.Option(*names, help=text, **limits), default)


def _parameter(name: str, kind: Any, info: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    kind = kind | None if default is None else kind
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[kind, info], default=default)
