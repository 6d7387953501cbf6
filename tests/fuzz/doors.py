"""The doors: each takes one drawn value and says what was wrong with its answer, "" for nothing."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

import sam
from plugins import load_plugins, parse_recipe
from sam.__main__ import main
from sam.detection.phrases import read_phrases
from sam.formats.annotations import safe_name
from sam.io import prompts
from sam.io.json_text import parse_json
from sam.io.serialization import read_value
from webapp.components.gradio_internals import gr
from webapp.endpoints.api import _endpoint
from webapp.endpoints.masks_file import makes_file
from webapp.models.offered import Models

from . import values
from .route_doors import annotation_files, broken_files, photo

Door = Callable[[Any], str]

CHEAP = ("points_to_masks", "boxes_to_masks", "cutout_png", "compose", "frame_cutout", "pixelate", "recolour", "matte")
"""Tools that answer within milliseconds on a small photo; the others are refused their photo, and read all else."""


_PLACES = re.compile(r"(?<![\w.:/~<])/(?:etc|root|home|tmp|usr|var|opt|srv|mnt|work)/[\w.-]+")


def tells_places(text: str, sent: Any) -> bool:
    """Whether an answer names a path of this machine that was not in what was sent."""
    known = repr(sent)
    return any(place.rstrip(".") not in known and "sam-studio-files-" not in place for place in _PLACES.findall(text))


def readers() -> tuple[st.SearchStrategy[Any], Door]:
    """Everything that reads text, JSON and arrays into values of ours."""
    read: dict[str, Callable[[Any], Any]] = {
        "points": prompts.read_points,
        "boxes": prompts.read_boxes,
        "masks": prompts.read_masks,
        "prompt": prompts.read_prompt,
        "Points": sam.Points,
        "Boxes": sam.Boxes,
        "Masks": sam.Masks,
        "mask_input": lambda value: sam.Prompt(mask_input=value),
        "labels": lambda value: sam.Points([[1, 2]], value),
        "scores": lambda value: sam.Boxes([[1, 2, 3, 4]], value),
        "names": lambda value: sam.Boxes([[1, 2, 3, 4]], None, value),
        "rle": sam.rle.decode,
        "encode": sam.rle.encode,
        "size": sam.Masks.empty,
        "phrases": read_phrases,
        "json": lambda value: parse_json(value if isinstance(value, str) else json.dumps(value), "This"),
        "recipe": lambda value: parse_recipe(value if isinstance(value, str) else json.dumps(value)),
        "word": lambda value: read_value(sam.Points, value if isinstance(value, str) else json.dumps(value)),
    }
    drawn = st.tuples(
        st.sampled_from(sorted(read)),
        st.one_of(values.points, values.boxes, values.masks, values.prompts, values.texts),
    )

    def door(value: tuple[str, Any]) -> str:
        try:
            read[value[0]](value[1])
        except sam.SamError as error:
            str(error).encode()
        except (TypeError, ValueError) as error:
            if value[0] in ("json", "recipe", "word") and "not JSON serializable" in str(error):
                return ""  # what is no JSON was never sent
            return f"{type(error).__name__}: {error}"
        return ""

    return drawn, door


def endpoints(folder: Any) -> tuple[st.SearchStrategy[Any], Door]:
    """Each tool as the API and MCP call it."""
    (folder / "photo.png").write_bytes(photo())
    models, host = Models(), load_plugins()
    models.trust(host)
    calls = {name: _endpoint(tool, models, lambda value: value) for name, tool in host.tools.items()}
    picture = str(folder / "photo.png")

    def arguments(name: str) -> st.SearchStrategy[Any]:
        kinds = host.tools[name].inputs
        ours = {sam.Points: values.points, sam.Boxes: values.boxes, sam.Masks: values.masks}
        first = st.one_of(st.just(picture), values.anything) if name in CHEAP else st.none()
        data = [
            first if kind not in ours and kind is not str else ours.get(kind, values.texts) for kind in kinds.values()
        ]
        options = [st.one_of(st.just(option.default), values.anything) for option in host.tools[name].options.values()]
        options += [values.words] * makes_file(host.tools[name])
        return st.tuples(st.just(name), st.tuples(*data, *options))

    drawn = st.sampled_from(sorted(calls)).flatmap(arguments)

    def door(value: tuple[str, tuple[Any, ...]]) -> str:
        name, given = value
        if any(isinstance(one, str) and one != picture and "/" in one for one in given):
            return ""  # a path comes from Gradio alone, which has checked it
        try:
            calls[name](*given)
        except gr.Error as error:
            return f"{name}: {error.message}" if "failed on the server" in str(error.message) else ""
        return ""

    return drawn, door


def commands(folder: Any) -> tuple[st.SearchStrategy[Any], Door]:
    """The command line, with options of every kind of value, and files of annotations that are broken."""
    (folder / "photo.png").write_bytes(photo())
    picture = str(folder / "photo.png")
    flags = ["--point", "--background-point", "--box", "--model", "--tiles", "--json", "-o", "--mask-out", "--nothing"]
    flags += ["--format", "--page", "--brightness"]
    outs = [str(folder / name) for name in ("out.png", "out.json", "out.zip", "out", "out.svg", "out.csv")]
    word = st.one_of(values.texts, values.words, st.sampled_from(["30,30", "20 20 50 50", "nano", *outs]))
    given = st.lists(st.one_of(st.tuples(st.sampled_from(flags), word), st.tuples(word)), max_size=4)
    kinds = sorted(annotation_files())
    files = st.sampled_from(kinds).flatmap(lambda name: broken_files(annotation_files()[name]))
    changes = ["--from", "--to", "--tolerance", "--scale", "--photos", "--copy-photos", "--strict", "--json"]
    out = st.one_of(word, st.sampled_from(outs))
    kind = st.one_of(st.sampled_from(kinds), word)
    options = st.lists(st.one_of(st.tuples(st.sampled_from(changes), kind), st.tuples(word)), max_size=3)
    drawn = st.tuples(
        files,
        st.one_of(
            given.map(lambda pairs: ["segment", picture, *_flat(pairs)]),
            st.tuples(word, out, kind).map(
                lambda three: ["segment", picture, "--point", "30,30", "--mask-out", three[1], "--format", three[2]]
            ),
            st.tuples(word, word).map(lambda two: ["points_to_masks", picture, two[0], "--model", two[1]]),
            st.tuples(out, kind).map(
                lambda two: ["points-to-masks", picture, "30,30", "-o", two[0], "--format", two[1]]
            ),
            st.tuples(word, word).map(lambda two: ["boxes_to_masks", picture, two[0], "--json"]),
            st.lists(word, max_size=3).map(lambda words: ["frame_cutout", picture, *words]),
            st.tuples(out, kind, options).map(
                lambda three: ["convert", str(folder / "in"), "-o", three[0], "--to", three[1], *_flat(three[2])]
            ),
            options.map(lambda pairs: ["measure", str(folder / "in"), *_flat(pairs)]),
        ),
    )

    def door(value: tuple[dict[str, bytes], list[str]]) -> str:
        files, words = value
        # What is written goes into the folder only: the words name no other place.
        words = [
            one
            for one in words
            if "\x00" not in one and "\ud800" not in one and (one.startswith(str(folder)) or "/" not in one)
        ]
        if words[0] in ("convert", "measure"):
            _lay(folder / "in", files)
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = main(words)
        if code not in (0, 1, 2) or "Traceback" in said.getvalue():
            return f"{words}: code {code}, {said.getvalue()[-200:]}"
        return ""

    return drawn, door


def _flat(pairs: list[tuple[str, ...]]) -> list[str]:
    return [one for pair in pairs for one in pair]


def _lay(folder: Path, files: dict[str, bytes]) -> None:
    """Files in a folder of their own, those whose names a disk takes and that stay in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in files.items():
        safe = safe_name(name)
        if safe and len(safe.encode("utf-8", "replace")) < 200:
            (folder / safe).parent.mkdir(parents=True, exist_ok=True)
            (folder / safe).write_bytes(data)
