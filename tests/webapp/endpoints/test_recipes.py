"""The endpoint of recipes: what a stranger may send it, and what it answers."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image as Pil

from plugins import Host, load_plugins
from sam import Boxes, DetectorName, Image, Masks, SamError
from webapp.endpoints.recipes import Result, add_recipe_endpoint, answer
from webapp.models.offered import Models


def edges(image: Image, *, model: DetectorName = "auto", least: int = 1) -> Boxes:
    """The whole image."""
    return Boxes([[0, 0, image.shape[1], image.shape[0]]] * least)


def dark(image: Image) -> Masks:
    """What is dark."""
    return Masks(image.max(2) < 100)


def negative(image: Image) -> Image:
    """The negative."""
    return 255 - image


def average(image: Image, text: str) -> str:
    """In words."""
    return f"{text} {image.mean():.0f}"


@pytest.fixture
def host() -> Host:
    host = Host()
    for function in (edges, dark, negative, average):
        host.add_tool(function)
    return host


@pytest.fixture
def photo(tmp_path, png) -> str:
    path = tmp_path / "disk.png"
    path.write_bytes(png)
    return str(path)


def visited(host: Host, *values: object) -> Any:
    """As a visitor's call is answered."""
    with Models().visiting():
        return answer(host, *values)


def recipe(tool: str, **options: object) -> dict:
    return {"recipe": "x", "steps": [{"tool": tool, "options": options}]}


def test_each_kind_of_result_has_its_form(host, photo, image):
    np.testing.assert_array_equal(visited(host, photo, recipe("negative")), 255 - image)
    assert visited(host, photo, recipe("edges")) == [{"box": [0, 0, 80, 60], "score": 1, "label": ""}]
    assert visited(host, photo, recipe("dark"))[0]["area"] == (image.max(2) < 100).sum()
    said = visited(host, photo, json.dumps(recipe("average")), {"text": "mean"})
    assert said == f"mean {image.mean():.0f}"
    assert Result("result").postprocess(said).model_dump() == said, "text is no JSON, and must arrive all the same"
    file = Result("result").postprocess(image)
    np.testing.assert_array_equal(np.array(Pil.open(file.path)), image)


def test_masks_come_as_a_file_where_a_format_is_asked_for(host, photo, image):
    found = visited(host, photo, recipe("dark"), None, "coco")
    (row,) = json.loads(found.data)["annotations"]
    assert row["area"] == (image.max(2) < 100).sum()
    with pytest.raises(SamError, match="only masks can be a file of annotations"):
        visited(host, photo, recipe("negative"), None, "coco")
    with pytest.raises(SamError, match="There is no format"):
        visited(host, photo, recipe("dark"), None, "../coco")


@pytest.mark.parametrize(
    ("sent", "values", "words"),
    [
        (None, None, "not a recipe"),
        ([], None, "not a recipe"),
        ("/etc/passwd", None, "no ready-made recipe"),
        ("../_recipes/cut-out-on-white", None, "no ready-made recipe"),
        ("{", None, "not JSON"),
        (recipe("nothing"), None, "no such tool"),
        (recipe("edges", model="/etc/passwd"), None, "no model '/etc/passwd' here"),
        (recipe("edges"), {"model": "someone/else"}, "no model 'someone/else' here"),
        (recipe("edges"), ["least"], "values: expected"),
        (recipe("edges"), {"least": "many"}, "least expects int"),
        (recipe("average"), None, "needs text"),
    ],
)
def test_what_a_stranger_may_not_send(host, photo, sent, values, words):
    with pytest.raises(SamError) as caught:
        visited(host, photo, sent, values)
    assert words in str(caught.value)


@pytest.mark.parametrize(("image", "words"), [(None, "picture file"), ("/etc/passwd", "passwd")])
def test_what_is_no_picture(host, image, words):
    with pytest.raises(SamError, match=words):
        visited(host, image, recipe("negative"))


@pytest.mark.parametrize("model", ["auto", "nano"])
def test_models_that_are_offered(host, photo, model):
    assert len(visited(host, photo, recipe("edges", model=model, least=2))) == 2


def test_a_tool_of_the_same_name_goes_first(host, caplog):
    def run_recipe(image: Image) -> Image:
        """Takes the name."""
        return image

    with gr.Blocks() as demo:
        assert add_recipe_endpoint(host, Models()) == {"run_recipe"}
    assert set(demo.get_api_info()["named_endpoints"]) == {"/run_recipe"}
    host.add_tool(run_recipe)
    with gr.Blocks():
        assert add_recipe_endpoint(host, Models()) == set()
    assert "has a tool of that name" in caplog.text


def test_an_error_that_nobody_foresaw_is_not_told(photo, caplog):
    def broken(image: Image) -> Image:
        """Breaks."""
        raise RuntimeError("secret detail")

    host = load_plugins(names=["subject"])
    host.add_tool(broken)
    with gr.Blocks() as demo:
        add_recipe_endpoint(host, Models())
    (function,) = demo.fns.values()
    with pytest.raises(gr.Error) as caught:
        function.fn(photo, recipe("broken"))
    assert "secret" not in caught.value.message
    assert "secret detail" in caplog.text
    with pytest.raises(gr.Error, match="no such tool"):
        function.fn(photo, recipe("nothing"))
