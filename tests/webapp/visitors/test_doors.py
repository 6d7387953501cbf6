"""What a stranger may not do, at every door of the running app: page, routes, API, MCP, recipes."""

from __future__ import annotations

import asyncio
import json
import re
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest

import sam
from plugins import Tool, check_models, load_plugins
from sam import Boxes, Cutout, Image, Masks, ModelFor, ModelUnavailable, SegmenterName, load_model
from webapp.components.plugin_page import StudioPage
from webapp.endpoints.api import _endpoint, write_masks
from webapp.models.offered import Models

HOST = load_plugins()
NAMING = [(tool.name, option) for tool in HOST.tools.values() for option in tool.options.values() if option.task]
ELSEWHERE = ["/etc/passwd", "someone/model", "facebook/sam-vit-base", "{folder}", "../nano", "file:///etc/passwd"]
FILES = {"image": "picture", "cutout": "picture"}
PLACES = re.compile(r"(?<![\w.:/])/(?:etc|root|home|tmp|usr|var|opt|srv|mnt)\b")
"""How paths of this machine begin, wherever tests run."""


def strangers() -> Models:
    models = Models()
    models.allowed = False
    models.trust(HOST)
    return models


def post(url: str, value: object) -> tuple[int, dict]:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def upload(demo, photo: Path) -> dict:
    body = b'--x\r\nContent-Disposition: form-data; name="files"; filename="disk.png"\r\n\r\n'
    body += photo.read_bytes() + b"\r\n--x--\r\n"
    request = urllib.request.Request(
        f"{demo.local_url}gradio_api/upload", body, {"Content-Type": "multipart/form-data; boundary=x"}
    )
    (path,) = json.loads(urllib.request.urlopen(request, timeout=60).read())
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def call(demo, name: str, data: list) -> str:
    """What an endpoint answers, error or not, as text."""
    status, answer = post(f"{demo.local_url}gradio_api/run/{name}", {"data": data})
    assert status != 404, answer
    return json.dumps(answer)


def given(tool: Tool, picture: dict, **options: object) -> list:
    """Data that the tool takes, and options of which some are other than usual."""
    covered = np.zeros((60, 80), bool)
    covered[20:40, 20:40] = True
    mask = {"rle": sam.rle.encode(covered), "score": 1.0}
    usual = {
        Image: picture,
        Cutout: picture,
        sam.Points: [[30, 30]],
        Boxes: [[5, 5, 40, 40]],
        Masks: [mask],
        str: "cat",
    }
    values = [usual.get(kind, picture) for kind in tool.inputs.values()]
    return values + [options.get(name, option.default) for name, option in tool.options.items()]


# Options that name models


def test_options_that_name_a_model_say_so():
    """By the annotation: whatever it is called, an option whose default is a model's name has it."""
    names = {spec.name for spec in sam.list_models()} | {"auto"}
    silent = [
        f"{tool.name}.{option.name}"
        for tool in HOST.tools.values()
        for option in tool.options.values()
        if not option.task and not option.choices and option.default in names
    ]
    assert silent == []
    assert {("text_to_masks", "segmenter"), ("text_to_masks", "model"), ("matte", "engine")} <= {
        (tool, option.name) for tool, option in NAMING
    }


@pytest.mark.parametrize("name", ELSEWHERE)
@pytest.mark.parametrize(("tool", "option"), NAMING, ids=[f"{tool}.{option.name}" for tool, option in NAMING])
def test_no_endpoint_takes_a_model_from_elsewhere(stranger, photo, tmp_path, looked_up, tool, option, name):
    (tmp_path / "config.json").write_text('{"model_type": "sam"}')
    name = name.format(folder=tmp_path)
    said = call(stranger, tool, given(HOST.tools[tool], upload(stranger, photo), **{option.name: name}))
    assert "There is no model" in said or "expects" in said or "not in the list of choices" in said
    assert not PLACES.search(said)
    assert "bytes are here" not in said
    assert looked_up == []


@pytest.mark.parametrize("values", [True, False])
@pytest.mark.parametrize(("tool", "option"), NAMING, ids=[f"{tool}.{option.name}" for tool, option in NAMING])
def test_no_recipe_takes_one_either(stranger, photo, looked_up, tool, option, values):
    steps = [{"tool": "find_subject"}, {"tool": tool, "options": {"text": "cat"} if "text" in tool else {}}]
    if not values:
        steps[1]["options"][option.name] = "/etc/passwd"
    changes = {f"2.{option.name}": "/etc/passwd"} if values else {}
    said = call(stranger, "run_recipe", [upload(stranger, photo), {"recipe": "x", "steps": steps}, changes])
    assert re.search("There is no model|expects|needs", said)
    assert not PLACES.search(said.replace("'/etc/passwd'", ""))
    assert looked_up == []


def hidden(image: Image, *, drawer: str = "") -> Masks:
    """Names a model and does not say so."""
    return load_model(drawer).predict(load_model(drawer).embed(image), points=[[3, 3]])


def as_data(image: Image, text: str) -> Masks:
    """Takes its name for data."""
    return load_model(text).predict(load_model(text).embed(image), points=[[3, 3]])


@pytest.mark.parametrize("name", ELSEWHERE)
@pytest.mark.parametrize("function", [hidden, as_data])
def test_a_tool_that_does_not_say_so_is_refused_where_it_loads(photo, tmp_path, function, name):
    import gradio as gr

    endpoint = _endpoint(Tool.from_function(function), strangers(), write_masks)
    with pytest.raises(gr.Error, match="There is no model") as caught:
        endpoint(str(photo), name.format(folder=tmp_path))
    assert not PLACES.search(caught.value.message)
    assert len(endpoint(str(photo), "nano")) == 3


@pytest.mark.parametrize("name", ELSEWHERE)
def test_no_tab_takes_one(workspaces, workspace, tmp_path, name):
    import gradio as gr

    def by_option(image: Image, *, drawer: SegmenterName = "nano") -> Masks:
        pytest.fail("it was called")

    def by_state(image: Image, question: dict) -> Masks:
        return load_model(question["model"]).predict(None)

    page = StudioPage(workspaces, strangers())
    port = {"workspace": workspace.token, "picture": workspace.picture.id}
    name = name.format(folder=tmp_path)
    for function, value in ((by_option, name), (by_state, {"model": name})):
        with pytest.raises(gr.Error, match="There is no model") as caught:
            page.run(function)(None, port, value)
        assert not PLACES.search(caught.value.message)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_no_route_takes_one(stranger, tmp_path, name):
    routes = f"{stranger.local_url}gradio_api/sam_studio/workspaces"
    token = post(routes, {})[1]["token"]
    status, answer = post(f"{routes}/{token}/model", {"model": name.format(folder=tmp_path)})
    assert status == 503
    assert "There is no model" in answer["error"]
    assert not PLACES.search(answer["error"])


def test_choices_that_are_methods_are_no_models():
    class Given:
        """An option's values."""

    with strangers().visiting():
        check_models(HOST.tools["matte"].options, {"engine": "closed-form"})
        with pytest.raises(ModelUnavailable, match="does not let visitors download"):
            check_models(HOST.tools["matte"].options, {"engine": "vitmatte-small"})
    assert HOST.tools["matte"].options["engine"].annotation.__metadata__[:1] == (ModelFor("matte"),)


# Downloads


DOWNLOADS = [
    ("points_to_masks", {"model": "sam-vit-base"}),
    ("text_to_boxes", {"model": "grounding-dino-tiny"}),
    ("text_to_masks", {"segmenter": "sam2.1-tiny"}),
    ("find_subject", {"model": "birefnet"}),
    ("find_everything", {"model": "edgetam"}),
    ("matte", {"engine": "vitmatte-small"}),
    ("inpaint", {"engine": "diffusion"}),
    ("inpaint", {"engine": "lama"}),
]


@pytest.mark.parametrize("by_recipe", [True, False])
@pytest.mark.parametrize(("tool", "options"), DOWNLOADS)
def test_nothing_is_fetched_where_visitors_may_not(stranger, photo, looked_up, tool, options, by_recipe, tmp_path):
    picture = upload(stranger, photo)
    if by_recipe:
        text = {"text": "cat"} if tool.startswith("text") else {}
        first = [] if "masks" not in HOST.tools[tool].inputs else [{"tool": "find_subject"}]
        recipe = {"recipe": "x", "steps": [*first, {"tool": tool, "options": {**text, **options}}]}
        said = call(stranger, "run_recipe", [picture, recipe, {}])
    else:
        said = call(stranger, tool, given(HOST.tools[tool], picture, **options))
    assert re.search(
        "not on this server|not set up on this server|not ready on this server|had nothing to work|needs points", said
    )
    assert not PLACES.search(said)
    assert "pip install" not in said
    assert looked_up == []


# Web addresses

ADDRESSES = [
    "http://photos.example.org/a.png",
    "https://huggingface.co/a.png",
    "http://127.0.0.1:1/a.png",
    "http://169.254.169.254/latest/meta-data/",
    "http://168.63.129.16/machine",
]


def as_file(address: str, **more: object) -> dict:
    return {"path": address, "meta": {"_type": "gradio.FileData"}, **more}


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("door", ["picture", "recipe", "any component", "inside a list", "route", "mcp", "file="])
def test_off_is_off_at_every_door_and_says_so(stranger, photo, looked_up, door, address):
    routes = f"{stranger.local_url}gradio_api/sam_studio/workspaces"
    file, picture = as_file(address, url=address), upload(stranger, photo)
    if door == "picture":
        said = call(stranger, "points_to_masks", [file, [[3, 3]], "nano", False])
    elif door == "recipe":
        said = call(stranger, "run_recipe", [file, {"recipe": "x", "steps": [{"tool": "find_subject"}]}, {}])
    elif door == "any component":
        said = call(stranger, "points_to_masks", [picture, file, "nano", False])
    elif door == "inside a list":
        said = call(stranger, "points_to_masks", [picture, [[file]], "nano", False])
    elif door == "route":
        token = post(routes, {})[1]["token"]
        said = json.dumps(post(f"{routes}/{token}/address", {"url": address}))
    elif door == "mcp":
        said = asyncio.run(by_mcp(stranger, {"image": address, "boxes": [[1, 1, 9, 9]]}))
    else:
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{stranger.local_url}gradio_api/file={address}", timeout=30)
        said = caught.value.read().decode()
    if door in ("any component", "inside a list"):
        # Points are no file: nothing looks for one in them.
        assert "points: expected" in said
    else:
        assert "opens no web addresses" in said
    assert "null" not in said or "opens" in said
    assert looked_up == []
    assert looked_up == []


async def by_mcp(demo, arguments: dict) -> str:
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async with (
        streamable_http_client(f"{demo.local_url}gradio_api/mcp/") as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        answer = await session.call_tool("boxes_to_masks", arguments)
    return " ".join(getattr(part, "text", "") for part in answer.content)


@pytest.mark.parametrize("address", ["http://169.254.169.254/a.png", "http://168.63.129.16/a", "http://[::1]/a.png"])
def test_where_it_is_on_inner_addresses_are_refused_by_the_same_rules(stranger, looked_up, monkeypatch, address):
    from webapp.images.fetch_url import Fetcher

    monkeypatch.setattr(stranger, "fetcher", Fetcher("public", resolve=lambda host, port: [host.strip("[]")]))
    said = call(stranger, "points_to_masks", [as_file(address), [[3, 3]], "nano", False])
    assert "leads into a private network" in said
    monkeypatch.setattr(stranger, "fetcher", Fetcher("public", resolve=lambda host, port: ["10.0.0.1"]))
    said = call(stranger, "points_to_masks", [as_file("https://huggingface.co/a.png"), [[3, 3]], "nano", False])
    assert "leads into a private network" in said, "Gradio lets these names through wherever they lead"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (as_file("/etc/passwd"), "uploaded first"),
        (as_file("/srv/nothing.png"), "uploaded first"),
        (as_file("relative.png"), "uploaded first"),
        ({"path": "/etc/passwd"}, "uploaded first"),
        ({"path": "/etc/passwd", "meta": None}, "uploaded first"),
        ({"path": "/etc/passwd", "meta": {"_type": "other"}}, "uploaded first"),
        ({"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}, "is_stream": True}, "uploaded first"),
        ("data:image/png;base64,AAAA", "does not fit|uploaded first"),
        (3, "does not fit"),
        ([], "does not fit"),
        (None, "expected a picture file"),
    ],
)
def test_what_is_no_upload_is_refused_in_a_sentence(stranger, value, words, capfd):
    said = call(stranger, "points_to_masks", [value, [[3, 3]], "nano", False])
    assert re.search(words, said), said
    assert '"error": null' not in said
    assert not PLACES.search(said)
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("meta", [{}, {"meta": None}, {"meta": {"_type": "gradio.FileData"}}, {"meta": {}}])
def test_no_component_reads_a_picture_of_the_server(stranger, tmp_path, png, meta):
    """Whatever event it belongs to: those of tabs are no endpoints, and can be sent to all the same."""
    import gradio as gr

    secret = tmp_path / "private.png"
    secret.write_bytes(png)
    tried = 0
    for number, function in stranger.fns.items():
        takes = [isinstance(one, (gr.Image, gr.File, gr.UploadButton, gr.Gallery)) for one in function.inputs]
        if not any(takes):
            continue
        tried += 1
        file = {"path": str(secret), **meta}
        several = [
            [file] if getattr(one, "file_count", "") == "multiple" or isinstance(one, gr.Gallery) else file
            for one in function.inputs
        ]
        data = [value if taken else None for value, taken in zip(several, takes)]
        body = {"data": data, "fn_index": number, "session_hash": "abc"}
        said = json.dumps(post(f"{stranger.local_url}gradio_api/run/predict", body)[1])
        assert "uploaded first" in said, function.api_name
        assert not PLACES.search(said)
    assert tried > 5


@pytest.mark.parametrize(
    "route", ["process_recording", "vibe-edit", "undo-vibe-edit", "vibe-code/", "vibe-starter-queries", "run-history/x"]
)
def test_doors_of_gradio_that_nobody_needs_are_closed(stranger, route):
    assert post(f"{stranger.local_url}gradio_api/{route}", {})[0] == 404
