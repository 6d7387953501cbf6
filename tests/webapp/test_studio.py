"""The whole app in this process, used by clients: gradio_client, MCP and plain HTTP."""

from __future__ import annotations

import asyncio
import base64
import json
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import sam
from webapp.routes.requests import PREFIX
from webapp.studio import build_studio

RECIPE: dict[str, Any] = {
    "recipe": "Cut out",
    "version": 1,
    "steps": [{"tool": "find_subject"}, {"tool": "cutout_png"}],
}


@pytest.fixture(scope="module")
def studio():
    from plugins import load_plugins

    demo = build_studio(host=load_plugins(names=["click", "cutout_png", "subject"]))
    demo.launch(server_name="127.0.0.1", server_port=None, prevent_thread_lock=True, quiet=True)
    yield demo
    demo.close()
    demo.workspaces.close_all()


@pytest.fixture
def photo(tmp_path, png) -> str:
    path = tmp_path / "disk.png"
    path.write_bytes(png)
    return str(path)


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read()


def test_every_built_in_tab_is_built():
    # A tab that fails is replaced by one that says why: nobody else notices.
    assert build_studio().host.failures == {}


def test_the_page_can_draw_every_component():
    """Gradio fetches what it has no name for as somebody's own component, of which there is none."""
    import gradio as gr

    own = {name.lower() for name in dir(gr) if isinstance(getattr(gr, name), type)} | {"form", "apicomponent"}
    kinds = {one["type"] for one in build_studio().config["components"]}
    assert {"html", "json", "tabs"} <= kinds
    assert kinds - own == set()


def test_the_page_and_its_routes(studio):
    config = json.loads(get(studio.local_url + "config"))
    assert config["title"] == "SAM Studio"
    assert not config["run_history"]
    assert config["footer_links"] == []
    assert not config["analytics_enabled"]
    assert get(studio.local_url.rstrip("/") + PREFIX + "/examples/chelsea.png").startswith(b"\xff\xd8")


def test_nothing_in_the_page_points_elsewhere(studio):
    config = json.loads(get(studio.local_url + "config"))
    assert config["stylesheets"] == []
    assert "http" not in config["head"].replace("http://www.w3.org/2000/svg", "")


def test_gradio_client(studio, photo, image):
    from gradio_client import Client, handle_file

    client = Client(studio.local_url, verbose=False)
    try:
        found = client.predict(image=handle_file(photo), points=[[30, 30]], api_name="/points_to_masks")
        model = sam.load_model("nano")
        expected = model.predict(model.embed(image), points=[[30, 30]]).masks
        np.testing.assert_array_equal([sam.rle.decode(row["rle"]) for row in found], expected)
        chosen = [row for row in found if row["area"]][:1]
        path = client.predict(image=handle_file(photo), masks=chosen, api_name="/cutout_png")
        rgba = np.array(Image.open(path))
        inside = sam.rle.decode(chosen[0]["rle"])
        np.testing.assert_array_equal(rgba[..., 3], inside * np.uint8(255))
        np.testing.assert_array_equal(rgba[inside][:, :3], image[inside])
        path = client.predict(image=handle_file(photo), points=[[30, 30]], format="coco", api_name="/points_to_masks")
        held = json.loads(Path(path).read_text("utf-8"))
        again = [sam.rle.decode(row["segmentation"]) for row in held["annotations"]]
        np.testing.assert_array_equal(again, [mask for mask in expected if mask.any()])
        with pytest.raises(Exception, match="inside the image"):
            client.predict(image=handle_file(photo), points=[[9999, 30]], api_name="/points_to_masks")
    finally:
        client.close()


def test_a_recipe_through_gradio_client(studio, photo, image):
    from gradio_client import Client, handle_file

    from plugins.cutout_png import cutout_png
    from plugins.subject import find_subject

    client = Client(studio.local_url, verbose=False)
    try:
        asked = {"image": handle_file(photo), "api_name": "/run_recipe"}
        path = client.predict(recipe=RECIPE, values={"trim": True}, **asked)
        np.testing.assert_array_equal(np.array(Image.open(path)), cutout_png(image, find_subject(image), trim=True))
        found = client.predict(recipe={**RECIPE, "steps": RECIPE["steps"][:1]}, **asked)
        np.testing.assert_array_equal([sam.rle.decode(row["rle"]) for row in found], find_subject(image).masks)
        last = {**RECIPE, "steps": RECIPE["steps"][1:]}
        with pytest.raises(Exception, match=r"Step 1 \(cutout_png\) needs masks.*find_subject"):
            client.predict(recipe=last, **asked)
    finally:
        client.close()


def test_mcp(studio, png):
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def talk() -> tuple:
        address = studio.local_url + "gradio_api/mcp/"
        async with streamable_http_client(address) as (read, write, _), ClientSession(read, write) as session:
            await session.initialize()
            tools = (await session.list_tools()).tools
            picture = "data:image/png;base64," + base64.b64encode(png).decode()
            arguments = {"image": picture, "boxes": [[12, 12, 48, 48]]}
            cut = await session.call_tool("run_recipe", {"image": picture, "recipe": RECIPE})
            file = await session.call_tool("boxes_to_masks", {**arguments, "format": "yolo"})
            return tools, await session.call_tool("boxes_to_masks", arguments), cut, file

    tools, answer, cut, file = asyncio.run(talk())
    assert not file.isError
    address = file.content[0].text
    assert address.startswith(studio.local_url)
    assert address.endswith(".zip")
    assert get(address).startswith(b"PK")
    described = {tool.name: tool.description for tool in tools}
    assert {"points_to_masks", "boxes_to_masks", "cutout_png", "run_recipe"} <= set(described)
    assert described["run_recipe"].startswith("Run a recipe")
    assert not cut.isError
    assert "image" in {part.type for part in cut.content}
    assert described["boxes_to_masks"].startswith("The best mask in each box")
    assert not answer.isError
    assert "'rle'" in answer.content[0].text or '"rle"' in answer.content[0].text


def test_what_tabs_wire_up_is_no_endpoint(studio):
    tools = {"/points_to_masks", "/boxes_to_masks", "/cutout_png", "/find_subject"}
    assert set(studio.get_api_info()["named_endpoints"]) == tools | {"/run_recipe"}
