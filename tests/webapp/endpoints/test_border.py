"""The app served for real: no request makes a bare 500 or a traceback."""

from __future__ import annotations

import json
from typing import Any

import httpx
import numpy as np
import pytest

import sam
from plugins import Host
from sam.errors import GpuQuotaExceeded, OutOfMemory
from webapp.studio import build_studio


def points_in(
    image: sam.Image, points: sam.Points, *, factor: float = 1.0, kind: str = "a", on: bool = False
) -> sam.Masks:
    """Needs points."""
    prompt = sam.Prompt(points)
    return sam.Masks(np.ones((1, *image.shape[:2]), bool), [min(1.0, len(prompt.points) / 1000)])


def wrong(image: sam.Image) -> sam.Masks:
    """Returns text where it says Masks."""
    return "text"  # type: ignore[return-value]


REFUSALS = {
    "quota": (GpuQuotaExceeded("Your free GPU minutes are used up."), 429),
    "unavailable": (sam.ModelUnavailable("The GPU was taken back."), 503),
    "memory": (OutOfMemory("The memory does not reach."), 503),
    "prompt": (sam.PromptError("The points lie outside."), 400),
}


def refused(image: sam.Image, *, kind: str = "prompt") -> sam.Masks:
    """Refuses, for this reason."""
    raise REFUSALS[kind][0]


@pytest.fixture(scope="module")
def server():
    host = Host()
    for tool in (points_in, wrong, refused):
        host.add_tool(tool)
    demo = build_studio(host=host)
    _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, server_port=None)
    yield url.rstrip("/") + "/gradio_api"
    demo.close()


@pytest.fixture(scope="module")
def photo(server, png):
    path = httpx.post(f"{server}/upload", files={"files": ("a.png", png)}).json()[0]
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def call(server, name, data):
    """(event, data) of the last message of a call, or (status, text) where it was refused."""
    body = data if isinstance(data, bytes) else json.dumps({"data": data}).encode()
    begun = httpx.post(f"{server}/call/{name}", content=body, headers={"Content-Type": "application/json"})
    if begun.status_code != 200:
        return begun.status_code, begun.text
    text = httpx.get(f"{server}/call/{name}/{begun.json()['event_id']}", timeout=60).text
    return text.split("\n")[0].removeprefix("event: "), text.split("data: ")[1]


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_has_the_status_that_the_pages_routes_give_it(server, photo, kind):
    error, status = REFUSALS[kind]
    answer = httpx.post(f"{server}/run/refused", json={"data": [photo, kind]})
    assert answer.status_code == status
    assert str(error) in answer.text
    # A stream has begun with 200 before its event is: it carries the sentence alone.
    event, data = call(server, "refused", [photo, kind])
    assert event == "error"
    assert str(error) in data


@pytest.mark.parametrize("path", ["call/nothing", "run/nothing", "api/nothing", "call/v2/nothing"])
def test_an_unknown_endpoint_is_not_found(server, path):
    answer = httpx.post(f"{server}/{path}", json={"data": []})
    assert answer.status_code in (400, 404)
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("event", ["deadbeef", "0", "x" * 300])
def test_an_unknown_event_is_said_and_the_stream_ends(server, event, capfd):
    answer = httpx.get(f"{server}/call/points_in/{event}")
    assert answer.text.startswith("event: error")
    assert "Traceback" not in capfd.readouterr().err


def test_an_unknown_parameter_is_named(server):
    answer = httpx.post(f"{server}/call/v2/points_in", json={"picture": 1})
    assert answer.status_code == 400
    assert "`picture`" in answer.json()["error"]


DEEP = b"[" * 50_000 + b"]" * 50_000
BODIES = [
    *(b"", b"x", b"[]", b"{}", b'{"data": 5}', b'{"data": {"a": 1}}', b'{"data": null}', b"\xff", b"[" * 100_000),
    *(b'{"data": ' + DEEP + b"}", b'{"data": [], "fn_index": 999, "session_hash": "x"}'),
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("path", ["call/points_in", "run/points_in", "queue/join"])
def test_no_body_is_a_bare_500(server, path, body):
    answer = httpx.post(f"{server}/{path}", content=body, headers={"Content-Type": "application/json"}, timeout=60)
    assert answer.status_code < 500 or "error" in answer.json(), answer.text
    assert answer.text != "Internal Server Error"
    assert "Traceback" not in answer.text


BAD: list[Any] = [None, [], {}, "x", 5, True, [["a"]], {"path": "/etc/passwd"}, "\ud800", 10**400, [[1] * 4], [[[]]]]


@pytest.mark.parametrize("place", [0, 1, 2, 4])
@pytest.mark.parametrize("value", BAD, ids=range(len(BAD)))
def test_no_value_is_an_error_without_words(server, photo, place, value, capfd):
    data = [photo, [[3, 4]], 1.0, "a", False]
    data[place] = value
    event, text = call(server, "points_in", data)
    if event == "error":
        assert len(json.loads(text)["error"]) > 10
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(("value", "said"), [("nan", "factor"), ("many", "factor"), ("2.5", None), (3, None)])
def test_numbers_as_text_are_read_or_refused(server, photo, value, said):
    event, text = call(server, "points_in", [photo, "3 4", value, "a", False])
    assert (said is None) == (event == "complete")
    assert said is None or said in text


def test_a_result_of_another_type_is_no_answer(server, photo):
    event, text = call(server, "wrong", [photo])
    assert event == "error"
    assert "should return Masks" in text
