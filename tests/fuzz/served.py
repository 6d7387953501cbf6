"""The doors of the app as it is served to strangers: uploads, the API's three ways to call, MCP, and files."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import httpx
from hypothesis import strategies as st

from . import values
from .doors import CHEAP, Door, tells_places
from .route_doors import photo

STRANGERS = {"SAM_STUDIO_FETCH": "off", "SAM_STUDIO_MANAGE": "off", "SAM_STUDIO_RUNTIME": "off"}
_MCP = {"Accept": "application/json, text/event-stream"}


@contextmanager
def serving() -> Iterator[Any]:
    """The app, for nobody but this machine."""
    with mock.patch.dict(os.environ, STRANGERS):
        from webapp.studio import build_studio

        demo = build_studio()
        demo.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True)
        try:
            yield demo
        finally:
            demo.close()
            demo.workspaces.close_all()


def doors(demo: Any) -> tuple[st.SearchStrategy[Any], Door]:
    """What a stranger sends to Gradio's routes."""
    client = httpx.Client(base_url=f"{demo.local_url}gradio_api", trust_env=False, timeout=300)
    path = client.post("/upload", files={"files": ("a.png", photo())}).json()[0]
    sent = {"path": path, "meta": {"_type": "gradio.FileData"}}
    address = "data:image/png;base64," + base64.b64encode(photo()).decode()
    file = st.one_of(
        st.just(sent),
        values.anything,
        st.sampled_from(
            ["/etc/passwd", "/proc/self/environ", "../../etc/passwd", "http://127.0.0.1:1/a.png", "file:///etc"]
        ).map(lambda place: {"path": place, "url": None, "meta": {"_type": "gradio.FileData"}}),
    )
    name = st.sampled_from([*CHEAP, "nothing"])
    value = st.one_of(values.points, values.boxes, values.masks, values.anything, file)
    data = st.one_of(st.tuples(file, value, value, value).map(list), st.lists(value, max_size=7), values.anything)
    parameters = st.sampled_from(["image", "points", "boxes", "masks", "model", "cutout", "x"])
    arguments = st.dictionaries(parameters, value, max_size=4).map(lambda given: {"image": address, **given})
    call = st.tuples(st.just("mcp"), st.tuples(name, st.one_of(arguments, values.anything)))
    run = st.tuples(st.just("run"), st.tuples(name, data))
    upload = st.tuples(st.just("upload"), st.tuples(st.text(max_size=30), st.binary(max_size=200)))
    raw = st.tuples(st.sampled_from(["queue/join", "call/matte", "mcp/", "run/matte"]), st.binary(max_size=60))
    names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
    got = st.tuples(st.just("get"), st.one_of(names, names.map(lambda one: f"file={one}"), st.just("file=/etc/passwd")))
    ways: dict[str, Callable[[Any], httpx.Response]] = {
        "run": lambda one: client.post(f"/run/{one[0]}", content=json.dumps({"data": one[1]})),
        "mcp": lambda one: client.post("/mcp/", content=_mcp(*one), headers=_MCP),
        "upload": lambda one: client.post("/upload", files={"files": (one[0] or "a", one[1])}),
        "get": lambda one: client.get("/" + one),
    }

    def door(value: tuple[str, Any]) -> str:
        way, given = value
        try:
            asked = ways.get(way, lambda body: client.post(f"/{way}", content=body))
            client.headers["Content-Type"] = "application/json"
            if way in ("upload", "get"):
                del client.headers["Content-Type"]
            answer = asked(given)
        except (UnicodeEncodeError, httpx.InvalidURL):
            return ""  # the client cannot send it
        if answer.status_code >= 500 or "Traceback" in answer.text:
            return f"{way}: {answer.status_code} {answer.text[:200]}"
        if (way != "upload" or answer.status_code >= 400) and tells_places(answer.text, given):
            return f"{way}: a place of the server: {answer.text[:300]}"
        return ""

    return st.one_of(run, call, upload, raw, got), door


def _mcp(name: str, arguments: Any) -> str:
    call = {"name": name, "arguments": arguments}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call})
