"""The door of our own HTTP routes: each address with every parameter, its fields, its query and its files."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

import numpy as np
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

import sam
from sam.formats import Annotations, Files, list_formats, write_annotations
from sam.formats.annotations import AnnotatedImage, AnnotatedObject
from webapp.models.offered import Models
from webapp.routes.requests import PREFIX
from webapp.routes.routes import static_version
from webapp.routes.table import make_all_routes
from webapp.scheduler import Scheduler
from webapp.workspace.registry import Workspaces
from webapp.workspace.results import propose_masks, show_pictures

from . import values

Way = tuple[str, str]
"""(method, address with its parameters in braces)."""

HERE = "/workspaces/{workspace}"
_RESULT = f"{HERE}/results/{{result}}"
_SAVED = ("objects", "what", "kind", "edge", "part", "format", "tolerance", "photos")

FIELDS: dict[Way, tuple[str, ...]] = {
    ("POST", "/workspaces"): (),
    ("POST", f"{HERE}/close"): (),
    ("POST", f"{HERE}/leave"): (),
    ("POST", f"{HERE}/stop"): (),
    ("POST", f"{HERE}/stop/opening"): (),
    ("POST", f"{HERE}/example"): ("name",),
    ("POST", f"{HERE}/address"): ("url",),
    ("POST", f"{HERE}/model"): ("model",),
    ("POST", f"{HERE}/encode"): ("picture",),
    ("POST", f"{HERE}/reading"): ("picture", "page", "brightness"),
    ("POST", f"{HERE}/restore"): ("picture",),
    ("POST", f"{HERE}/decode"): ("picture", "prompts"),
    ("POST", f"{HERE}/embedding"): (),
    ("POST", f"{HERE}/objects"): (
        *("picture", "prompts", "choice", "name", "answer", "logits", "shape", "score", "input"),
        *("refines", "class", "label"),
    ),
    ("PATCH", f"{HERE}/objects/{{object}}"): ("name", "color", "hidden", "locked", "place"),
    ("DELETE", f"{HERE}/objects/{{object}}"): (),
    ("POST", f"{HERE}/objects/{{object}}/restore"): (),
    ("POST", f"{HERE}/objects/{{object}}/edit"): ("picture", "change"),
    ("GET", f"{HERE}/objects/{{object}}/outline"): (),
    ("POST", f"{HERE}/objects/{{object}}/outline"): ("picture", "mask", "before", "after"),
    ("POST", f"{HERE}/project/open"): (),
    ("POST", f"{HERE}/project/save"): ("picture", "photo", "prompts", "selected", "sizes"),
    ("POST", f"{HERE}/replay"): ("picture", "model"),
    ("POST", f"{HERE}/replay/take"): ("picture", "model", "objects"),
    ("POST", f"{HERE}/combine"): ("picture", "ids", "how"),
    ("POST", f"{HERE}/version"): ("version",),
    ("POST", f"{HERE}/models"): ("do", "name"),
    ("POST", f"{HERE}/classes"): ("do", "id", "name", "color", "key", "place"),
    ("PUT", f"{HERE}/classes"): ("classes",),
    ("POST", f"{HERE}/classes/give"): ("picture", "objects", "class"),
    ("POST", f"{HERE}/sharpen"): ("picture", "objects", "wanted"),
    ("POST", f"{HERE}/snapshot"): ("pictures", "have"),
    ("POST", f"{_RESULT}/apply"): ("choice",),
    ("POST", f"{_RESULT}/take"): ("rows",),
    ("DELETE", _RESULT): (),
}
"""Routes that take JSON, or nothing; with their fields."""

QUERIES: dict[Way, tuple[str, ...]] = {
    ("GET", "/static/{version}/{name:path}"): (),
    ("GET", "/examples/{name}"): (),
    ("GET", "/decoders/{weights}.onnx"): (),
    ("GET", "/embeddings/{grant}"): (),
    ("GET", "/encoders/{weights}.onnx"): (),
    ("GET", "/runtime"): (),
    ("GET", "/runtime/{version}/{name}"): (),
    ("GET", f"{HERE}/state"): (),
    ("GET", f"{HERE}/encoder"): (),
    ("GET", f"{HERE}/models"): (),
    ("GET", f"{HERE}/work"): (),
    ("GET", f"{HERE}/pictures/{{picture}}"): (),
    **{("GET", f"{HERE}/pictures/{{picture}}/{one}"): () for one in ("lossless.png", "alpha.png", "source")},
    **{("GET", f"{HERE}/objects/{{object}}/{one}"): () for one in ("view.png", "mask.png", "guide")},
    ("POST", f"{HERE}/layer"): ("picture", "box"),
    **{("GET", f"{HERE}/export/{one}"): _SAVED for one in ("picture", "preview", "formats", "loss", "objects")},
    ("GET", f"{_RESULT}/pictures/{{choice}}"): ("part",),
    ("GET", f"{_RESULT}/pictures/{{choice}}/file"): ("kind",),
    ("GET", f"{_RESULT}/outlines"): (),
}
"""Routes that answer; with what they are asked."""

FILES: tuple[Way, ...] = (
    ("POST", f"{HERE}/image"),
    ("POST", f"{HERE}/import"),
    ("PUT", f"{HERE}/snapshot"),
    ("POST", f"{HERE}/classes/import"),
)
"""Routes that take files."""

WAYS = frozenset([*FIELDS, *QUERIES, *FILES])

_SIZE = (60, 80)


def photo() -> bytes:
    """A small picture file."""
    from PIL import Image

    pixels = np.full((*_SIZE, 3), 90, np.uint8)
    pixels[20:40, 20:50] = (200, 40, 30)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@cache
def annotation_files() -> dict[str, dict[str, bytes]]:
    """Two objects of that photo in every format that is written and read, by the format's name."""
    masks = np.zeros((2, *_SIZE), bool)
    masks[0, 20:40, 20:50], masks[1, 10:30, 40:60] = True, True
    masks[0, 25:30, 30:35] = False
    items = tuple(
        AnnotatedObject("a.png", sam.rle.encode(mask), label, f"{label} 1", 0.5)
        for mask, label in zip(masks, ("dog", "cat"), strict=True)
    )
    found = Annotations((AnnotatedImage("a.png", _SIZE, photo()),), items)
    return {
        one.name: write_annotations(found, None, one).files
        for one in list_formats()
        if one.read is not None and one.write is not None
    }


def broken_files(files: dict[str, bytes]) -> st.SearchStrategy[dict[str, bytes]]:
    """The same files with one of them broken: a value of its JSON exchanged, or bytes; or under another name."""

    def breaks(name: str) -> st.SearchStrategy[dict[str, bytes]]:
        data = files[name]
        ways = [values.broken_bytes(data)]
        if name.endswith("json"):
            ways.append(values.broken_json(json.loads(data)).map(lambda value: json.dumps(value).encode()))
        same = st.one_of(*ways).map(lambda broken: {**files, name: broken})
        return st.one_of(same, values.file_names.map(lambda other: {other: data}), st.just(files))

    return st.sampled_from(sorted(files)).flatmap(breaks)


def listed(files: Mapping[str, bytes]) -> bytes:
    """Files as the route of imports takes them."""
    head = json.dumps([[name, len(data)] for name, data in files.items()]).encode()
    return head + b"\n" + b"".join(files.values())


def framed(fields: Any, image: bytes = b"", source: bytes = b"", alpha: bytes = b"") -> bytes:
    """A picture of a snapshot as its route takes it."""
    sizes = {"sizes": [len(image), len(source), len(alpha)]}
    text = json.dumps({**sizes, **fields} if isinstance(fields, dict) else fields).encode()
    return struct.pack("<I", len(text)) + text + image + source + alpha


class Places:
    """A visitor's workspace and a stranger's, with a photo, an object and a result each, put up again when gone."""

    def __init__(self, workspaces: Workspaces) -> None:
        self.workspaces = workspaces
        self.models = Models()
        self.models.allowed = False
        table = make_all_routes(workspaces, self.models, Scheduler())
        self.client = TestClient(
            Starlette(routes=table), base_url="http://test" + PREFIX, raise_server_exceptions=False
        )
        self.here, self.other = self.open(), self.open()
        self.snapshot = self.take_snapshot()

    def open(self) -> str:
        """A workspace with all that there may be in one."""
        token = self.client.post("/workspaces").json()["token"]
        here = f"/workspaces/{token}"
        picture = self.client.post(f"{here}/image?name=a.png", content=photo()).json()["picture"]["id"]
        click = {"picture": picture, "prompts": {"points": [[30, 30]], "labels": [1], "box": None}, "choice": 0}
        assert self.client.post(f"{here}/objects", json=click).status_code == 200
        return token

    def take_snapshot(self) -> dict[str, Any]:
        """One picture of it, as `PUT` takes it."""
        workspace = self.workspaces.get(self.here)
        asked = {"pictures": [workspace.current().id], "have": []}
        taken = self.client.post(f"/workspaces/{self.here}/snapshot", json=asked).json()
        return {**taken["pictures"][0], "masks": taken["masks"], "stage": False, "id": "spare1"}

    def known(self) -> dict[str, list[str]]:
        """Values that fit an address's parameters, by name; the first is right, those after it are a stranger's."""
        own = self.workspaces.get(self.here)
        if own.picture is None or not own.picture.objects or own.picture.size_hw != _SIZE:
            self.workspaces.close(self.here)
            self.here = self.open()
            own = self.workspaces.get(self.here)
        strange = self.workspaces.get(self.other)
        self._offer(own)
        return {
            "workspace": [own.token, own.token, own.token, strange.token],
            "picture": [own.current().id, strange.current().id],
            "object": [*own.current().objects, *strange.current().objects],
            "result": [own.offered.id if own.offered else "gone"],
            "choice": ["0", "1", "-1", "00000", "\u0663"],
            "name": ["app.mjs", "../routes/routes.py", "/etc/passwd", "ort.wasm.min.mjs"],
            "version": [static_version(), "x"],
            "weights": [own.current().weights, "x"],
            "grant": ["x"],
        }

    def _offer(self, workspace: Any) -> None:
        """A result that is not there is made, pictures and proposals in turn."""
        if workspace.offered is not None:
            return
        picture = workspace.current()
        if workspace.revision % 2:
            show_pictures(workspace, picture, [picture.image, 255 - picture.image], title="Made", file="made.png")
        else:
            propose_masks(workspace, picture, workspace.masks(), title="Found", source="test")


def routes(workspaces: Workspaces) -> tuple[st.SearchStrategy[Any], Callable[[Any], str]]:
    """All of our own HTTP routes."""
    places = Places(workspaces)
    known = places.known()
    picture, item = known["picture"][0], known["object"][0]
    right = {"picture": picture, "prompts": {"points": [[30, 30]], "labels": [1], "box": None}, "choice": 0}
    field = st.one_of(
        values.anything, values.prompts, st.just(picture), st.just([item, item]), values.points, values.words
    )

    def body(way: Way) -> st.SearchStrategy[Any]:
        names = FIELDS.get(way, ())
        return st.one_of(
            st.dictionaries(st.sampled_from([*names, "x"]), field, max_size=5),
            st.fixed_dictionaries({name: st.just(right[name]) if name in right else field for name in names}),
            values.anything,
            st.binary(max_size=30),
        )

    imported = st.sampled_from(sorted(annotation_files())).flatmap(lambda name: broken_files(annotation_files()[name]))
    snapshot = values.broken_json(places.snapshot)
    content: dict[Way, st.SearchStrategy[Any]] = {
        FILES[0]: values.broken_bytes(photo()),
        FILES[1]: st.one_of(imported.map(listed), st.binary(max_size=60), values.anything),
        FILES[2]: st.one_of(
            st.tuples(snapshot, st.sampled_from([photo(), b"", b"x"]), st.sampled_from([b"", photo()])).map(
                lambda three: framed(*three)
            ),
            st.binary(max_size=60),
        ),
        FILES[3]: st.one_of(
            st.tuples(
                st.sampled_from(["a.txt", "a.yaml", "a.json"]),
                st.sampled_from([b"dog\ncat\n", b"names: [dog]\nnc: 1\n", b'[{"name": "dog", "color": "#123456"}]']),
            ).flatmap(lambda two: values.broken_bytes(two[1]).map(lambda data: listed({two[0]: data}))),
            imported.map(listed),
        ),
    }
    asked = st.one_of(values.words, values.texts, st.just(item), st.just(f"{item},{item}"))

    def draw(way: Way) -> st.SearchStrategy[Any]:
        query = st.dictionaries(st.sampled_from([*QUERIES.get(way, ()), "x"]), asked, max_size=4)
        chosen = st.one_of(st.integers(0, 5), st.integers(0, 5), values.texts)
        parameters = st.fixed_dictionaries(dict.fromkeys(_names(way[1]), chosen))
        return st.tuples(st.just(way), parameters, query, content.get(way, body(way)))

    def door(value: tuple[Way, dict[str, Any], dict[str, str], Any]) -> str:
        (method, address), chosen, query, body = value
        known, path = places.known(), address
        if address.endswith(("/close", "/leave")):
            known["workspace"] = [places.client.post("/workspaces").json()["token"]]
        for name, one in chosen.items():
            # Most are right, for what comes after them to be looked at.
            part = known[name][one % len(known[name]) if one > 2 else 0] if isinstance(one, int) else one
            path = path.replace(f"{{{name}}}", _quoted(part)).replace(f"{{{name}:path}}", _quoted(part))
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {name: text.encode("utf-8", "replace").decode() for name, text in query.items()}
        answer = places.client.request(method, path, params=sent, content=data if method != "GET" else None)
        return _judge(f"{method} {address}", answer, (body, chosen, query))

    return st.sampled_from(sorted(WAYS)).flatmap(draw), door


def _names(address: str) -> list[str]:
    return [part.partition("}")[0].partition(":")[0] for part in address.split("{")[1:]]


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")


def _judge(what: str, answer: Any, sent: Any) -> str:
    """What is wrong with an answer."""
    from .doors import tells_places

    kind = answer.headers.get("content-type", "")
    text = answer.text if kind.startswith(("application/json", "text/")) else ""
    if answer.status_code == 500 or "Traceback" in text:
        return f"{what}: {answer.status_code} {answer.text[:200]}"
    if answer.status_code >= 400 and text not in ("Not Found", "Method Not Allowed") and not _sentence(answer):
        return f"{what}: {answer.status_code} without a sentence: {answer.text[:200]}"
    if kind.startswith("application/json") and tells_places(text, sent):
        return f"{what}: a place of the server: {text[:300]}"
    return ""


def _sentence(answer: Any) -> bool:
    try:
        return bool(answer.json().get("error"))
    except (ValueError, AttributeError):
        return False


def formats() -> tuple[st.SearchStrategy[Any], Callable[[Any], str]]:
    """The readers of annotations, and the writers of what they could read."""
    written = [one.name for one in list_formats() if one.write is not None and not one.needs]
    drawn = st.tuples(
        st.sampled_from(sorted(annotation_files())).flatmap(lambda name: broken_files(annotation_files()[name])),
        st.one_of(st.just(""), st.sampled_from(sorted(annotation_files())), values.texts),
        st.sampled_from(written),
    )

    def door(value: tuple[dict[str, bytes], str, str]) -> str:
        files, source, to = value
        try:
            read = Files.of(files)
            read.know("a.png", _SIZE)
            found = sam.formats.read_annotations(read, source)
            for sentence in found.problems:
                sentence.encode()
            for name in write_annotations(found, None, to).names:
                if name.startswith("/") or ".." in name.split("/"):
                    return f"{to}: a file outside: {name!r}"
        except sam.SamError as error:
            str(error).encode()
        except Exception as error:
            return f"{source or 'found'} to {to}: {type(error).__name__}: {error}"
        return ""

    return drawn, door
