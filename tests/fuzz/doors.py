"""The doors: each takes one drawn value and says what was wrong with its answer, "" for nothing."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

import sam
from plugins import load_plugins, parse_recipe
from sam.__main__ import main
from sam.detection.phrases import read_phrases
from sam.io import prompts
from sam.io.json_text import parse_json
from sam.io.serialization import read_value
from webapp.components.gradio_internals import gr
from webapp.endpoints.api import _endpoint
from webapp.models.manager import Manager
from webapp.models.offered import Models
from webapp.models.settings import Settings
from webapp.routes.models import make_manager_routes
from webapp.routes.requests import PREFIX
from webapp.routes.routes import make_routes
from webapp.workspace.registry import Workspaces
from webapp.workspace.sharpen import make_sharpening_routes

from . import values

Door = Callable[[Any], str]

CHEAP = ("points_to_masks", "boxes_to_masks", "cutout_png", "compose", "frame_cutout", "pixelate", "recolour", "matte")
"""Tools that answer within milliseconds on a small photo; the others are refused their photo, and read all else."""


_PLACES = re.compile(r"(?<![\w.:/~<])/(?:etc|root|home|tmp|usr|var|opt|srv|mnt|work)/[\w.-]+")


def tells_places(text: str, sent: Any) -> bool:
    """Whether an answer names a path of this machine that was not in what was sent."""
    known = repr(sent)
    return any(place.rstrip(".") not in known and "sam-studio-files-" not in place for place in _PLACES.findall(text))


def photo() -> bytes:
    """A small picture file."""
    from PIL import Image

    pixels = np.full((60, 80, 3), 90, np.uint8)
    pixels[20:40, 20:50] = (200, 40, 30)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


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


def routes(workspaces: Workspaces) -> tuple[st.SearchStrategy[Any], Door]:
    """Our own HTTP routes, with bodies that are JSON or nearly."""
    models = Models()
    models.allowed = False
    table = [*make_routes(workspaces, models), *make_sharpening_routes(workspaces, models)]
    table += make_manager_routes(Manager(models, workspaces, Settings()))
    app = Starlette(routes=table)
    client = TestClient(app, base_url="http://test" + PREFIX, raise_server_exceptions=False)
    here = f"/workspaces/{client.post('/workspaces').json()['token']}"
    picture = client.post(f"{here}/image?name=a.png", content=photo()).json()["picture"]["id"]
    click = {"picture": picture, "prompts": {"points": [[30, 30]], "labels": [1], "box": None}, "choice": 0}
    item = client.post(f"{here}/objects", json=click).json()["added"][0]
    wanted = {
        ("POST", "/decode"): ("picture", "prompts"),
        ("POST", "/objects"): ("picture", "prompts", "choice", "name", "answer", "logits", "shape", "score", "input"),
        ("PATCH", f"/objects/{item}"): ("name", "color", "hidden", "locked", "place"),
        ("POST", f"/objects/{item}/edit"): ("picture", "change"),
        ("POST", f"/objects/{item}/restore"): (),
        ("POST", "/combine"): ("picture", "ids", "how"),
        ("POST", "/version"): ("version",),
        ("POST", "/restore"): ("picture",),
        ("POST", "/example"): ("name",),
        ("POST", "/model"): ("model",),
        ("POST", "/embedding"): (),
        ("POST", "/encode"): ("picture",),
        ("POST", "/address"): ("url",),
        ("POST", "/reading"): ("picture", "page", "brightness"),
        ("POST", "/models"): ("do", "name"),
        ("POST", "/sharpen"): ("picture", "objects", "wanted"),
    }
    field = st.one_of(values.anything, values.prompts, st.just(picture), st.just([item, item]), values.points)
    drawn = st.sampled_from(sorted(wanted)).flatmap(
        lambda way: st.tuples(
            st.just(way),
            st.one_of(
                st.dictionaries(st.sampled_from([*wanted[way], "x"]), field, max_size=5),
                st.fixed_dictionaries({name: st.just(click[name]) if name in click else field for name in wanted[way]}),
                values.anything,
                st.binary(max_size=30),
            ),
        )
    )

    def door(value: tuple[tuple[str, str], Any]) -> str:
        (method, path), body = value
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = client.request(method, here + path, content=data)
        if answer.status_code == 500 or "Traceback" in answer.text:
            return f"{method} {path}: {answer.status_code} {answer.text[:200]}"
        if answer.status_code >= 400 and not answer.json().get("error"):
            return f"{method} {path}: {answer.status_code} without a sentence"
        if answer.headers.get("content-type", "").startswith("application/json") and tells_places(answer.text, body):
            return f"{method} {path}: a place of the server: {answer.text[:300]}"
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
    """The command line, with options of every kind of value."""
    (folder / "photo.png").write_bytes(photo())
    picture = str(folder / "photo.png")
    flags = ["--point", "--background-point", "--box", "--model", "--tiles", "--json", "-o", "--mask-out", "--nothing"]
    word = st.one_of(values.texts, st.sampled_from(["30,30", "20 20 50 50", "nano", str(folder / "out.png")]))
    segment = st.lists(st.one_of(st.tuples(st.sampled_from(flags), word), st.tuples(word)), max_size=4)
    drawn = st.one_of(
        segment.map(lambda pairs: ["segment", picture, *(one for pair in pairs for one in pair)]),
        st.tuples(word, word).map(lambda two: ["points_to_masks", picture, two[0], "--model", two[1]]),
        st.tuples(word, word).map(lambda two: ["boxes_to_masks", picture, two[0], "--json"]),
        st.lists(word, max_size=3).map(lambda words: ["frame_cutout", picture, *words]),
    )

    def door(words: list[str]) -> str:
        # What is written goes into the folder only: the words name no other place.
        words = [
            one for one in words if "\x00" not in one and "\ud800" not in one and (one == picture or "/" not in one)
        ]
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = main(words)
        if code not in (0, 1, 2) or "Traceback" in said.getvalue():
            return f"{words}: code {code}, {said.getvalue()[-200:]}"
        return ""

    return drawn, door
