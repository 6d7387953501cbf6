"""How much one call may ask for, at every door of the running app: one sentence, and soon."""

from __future__ import annotations

import base64
import json
import re
import urllib.request
from pathlib import Path

import pytest

import sam
from sam.__main__ import main
from webapp.routes.requests import PREFIX

from .test_doors import post, upload

POINTS, BOXES = [[30, 30]] * 10_000, [[5, 5, 40, 40]] * 10_000
MASKS = [{"rle": {"size": [60, 80], "counts": [4800]}, "score": 1.0}] * 10_000
ASKED = {
    "points": ("points_to_masks", "points", POINTS),
    "points as text": ("points_to_masks", "points", "30,30 " * 10_000),
    "boxes": ("boxes_to_masks", "boxes", BOXES),
    "boxes as records": ("boxes_to_masks", "boxes", [{"box": box} for box in BOXES]),
    "masks": ("cutout_png", "masks", MASKS),
}
SAID = re.compile(r"(points|boxes|masks): (at most \d+ |expected text of at most )")


def through_run(demo, photo: Path, name: str, parameter: str, value: object) -> str:
    status, answer = post(f"{demo.local_url}gradio_api/run/{name}", {"data": [upload(demo, photo), value]})
    assert status == 400
    return answer["error"]


def through_call(demo, photo: Path, name: str, parameter: str, value: object) -> str:
    url = f"{demo.local_url}gradio_api/call"
    status, begun = post(f"{url}/{name}", {"data": [upload(demo, photo), value]})
    assert status == 200
    with urllib.request.urlopen(f"{url}/{name}/{begun['event_id']}", timeout=120) as answer:
        event, data = answer.read().decode().strip().split("\n")[-2:]
    assert event == "event: error"
    return json.loads(data.removeprefix("data: "))["error"]


def mcp(demo, name: str, arguments: dict) -> tuple[str, bool]:
    """(text, whether it is an error) of a tool's call."""
    call = {"name": name, "arguments": arguments}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    request = urllib.request.Request(f"{demo.local_url}gradio_api/mcp/", body, headers)
    with urllib.request.urlopen(request, timeout=120) as answer:
        result = json.loads(answer.read().decode().split("data: ")[1])["result"]
    return result["content"][0]["text"], result["isError"]


def through_mcp(demo, photo: Path, name: str, parameter: str, value: object) -> str:
    address = "data:image/png;base64," + base64.b64encode(photo.read_bytes()).decode()
    text, failed = mcp(demo, name, {"image": address, parameter: value})
    assert failed
    return text


@pytest.mark.slow
@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("door", [through_run, through_call, through_mcp])
def test_too_much_in_one_call_is_one_sentence(stranger, photo, door, asked):
    said = door(stranger, photo, *ASKED[asked])
    assert SAID.match(said), said
    assert len(said) < 200


@pytest.mark.parametrize("path", ["/decode", "/objects"])
def test_a_route_says_the_same(stranger, photo, path):
    base = stranger.local_url.rstrip("/") + PREFIX
    here = f"{base}/workspaces/{post(f'{base}/workspaces', {})[1]['token']}"
    picture = post(f"{here}/image?name=a.png", photo.read_bytes())[1]["picture"]["id"]
    prompts = {"points": POINTS, "labels": [1] * len(POINTS), "box": None}
    status, answer = post(here + path, {"picture": picture, "prompts": prompts, "choice": 0})
    assert (status, bool(SAID.match(answer["error"]))) == (400, True)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("points_to_masks", ["30,30 " * 10_000]),
        ("boxes_to_masks", ["5,5,40,40 " * 5000]),
        ("segment", ["--json", *["--point", "30,30"] * 300]),
    ],
)
def test_the_command_line_says_it_too(photo, capsys, command, words):
    before = words if command != "segment" else []
    assert main([command, str(photo), *before, *(words if command == "segment" else [])]) in (1, 2)
    assert SAID.search(capsys.readouterr().err)


def test_and_the_library(photo):
    model = sam.load_model("nano")
    embedding = model.embed(sam.read_image(photo))
    with pytest.raises(sam.PromptError, match="at most"):
        model.predict(embedding, points=POINTS, labels=[1] * len(POINTS))


# What else comes in by MCP

MARK = {"_type": "gradio.FileData"}


@pytest.mark.parametrize("parameter", ["image", "points"])
@pytest.mark.parametrize("wrap", [lambda file: file, lambda file: [file], lambda file: [{"box": file}]])
def test_no_file_of_the_server_is_uploaded_to_itself(stranger, photo, tmp_path, parameter, wrap):
    """Gradio's MCP server asks itself as a client, which uploads what the arguments say are files."""
    private = tmp_path / "private.png"
    private.write_bytes(photo.read_bytes() + b"private")
    value = wrap({"path": str(private), "url": None, "meta": MARK})
    address = "data:image/png;base64," + base64.b64encode(photo.read_bytes()).decode()
    arguments = {"image": address, "points": [[30, 30]], parameter: value}
    text, failed = mcp(stranger, "points_to_masks", arguments)
    assert failed
    assert str(tmp_path) not in text
    here = [path for path in stranger.uploads.folder.rglob("*") if path.is_file()]
    assert not [path for path in here if path.read_bytes().endswith(b"private")]


@pytest.mark.parametrize("value", ["x" * 100_000, {"a": ["y" * 100_000]}, None, [[["z" * 9000]]]])
@pytest.mark.parametrize("parameter", ["image", "points", "tiles", "no such"])
def test_what_does_not_fit_is_a_short_sentence(stranger, photo, parameter, value):
    address = "data:image/png;base64," + base64.b64encode(photo.read_bytes()).decode()
    text, failed = mcp(stranger, "points_to_masks", {"image": address, "points": "30,30", parameter: value})
    assert len(text) < 450 or not failed
    assert "Traceback" not in text


def test_lists_are_json(stranger, photo):
    address = "data:image/png;base64," + base64.b64encode(photo.read_bytes()).decode()
    text, failed = mcp(stranger, "points_to_masks", {"image": address, "points": "30,30"})
    assert not failed
    assert json.loads(text)[0]["rle"]["size"] == [60, 80]
    # It asks itself, and must not give up on a busy machine.
    assert stranger.mcp_server_obj._client_instance.httpx_kwargs["timeout"] >= 60
