"""Chains: checked as a whole before anything runs."""

from __future__ import annotations

import json

import numpy as np
import pytest

from plugins import Chain, ChainError, Host, PluginError
from sam import Boxes, Cutout, Image, Masks

RAN: list[str] = []


def find(image: Image, text: str, *, most: int = 3) -> Boxes:
    """As many boxes as letters."""
    RAN.append("find")
    return Boxes([[0, 0, 1 + i, 1] for i in range(min(most, len(text)))])


def fill(image: Image, boxes: Boxes) -> Masks:
    """Each box as a mask."""
    RAN.append("fill")
    masks = np.zeros((len(boxes), *image.shape[:2]), bool)
    for mask, (x0, y0, x1, y1) in zip(masks, boxes.xyxy.astype(int)):
        mask[y0:y1, x0:x1] = True
    return Masks(masks)


def cut(image: Image, masks: Masks) -> Cutout:
    """All of them."""
    RAN.append("cut")
    return np.dstack([image, masks.union().astype(np.uint8) * 255])


def lighten(image: Image, *, by: int = 10) -> Image:
    """A lighter picture, which takes the place of the picture."""
    RAN.append("lighten")
    return image + np.uint8(by)


def shrink(cutout: Cutout) -> Cutout:
    """Half."""
    return cutout[::2, ::2]


def spoil(image: Image) -> Cutout:
    """A cut-out that calls itself image."""
    return np.dstack([image, image[..., 0]])


@pytest.fixture
def host() -> Host:
    RAN.clear()
    host = Host()
    for function in (find, fill, cut, lighten, shrink):
        host.add_tool(function)
    host.add_tool(spoil, output="image")
    return host


@pytest.fixture
def image():
    return np.full((4, 6, 3), 100, np.uint8)


def test_a_chain_runs_in_order_and_returns_every_value(host, image):
    chain = host.chain("find", "fill", "cut")
    assert str(chain) == "find -> fill -> cut"
    assert chain.inputs == {"image": Image, "text": str}
    assert chain.outputs == {"boxes": Boxes, "masks": Masks, "cutout": Cutout}
    assert RAN == [], "nothing may run while a chain is made"
    values = chain(image=image, text="ab")
    assert RAN == ["find", "fill", "cut"]
    assert list(values) == ["image", "text", "boxes", "masks", "cutout"]
    assert values["image"] is image
    assert len(values["masks"]) == 2
    assert values["cutout"][..., 3].tolist()[0] == [255, 255, 0, 0, 0, 0]


def test_a_tool_may_come_twice_and_replace_what_it_takes(host, image):
    values = host.chain("lighten", ("lighten", {"by": 5}))(image=image)
    assert values["image"].max() == 115
    assert image.max() == 100


def test_options_belong_to_a_step(host, image):
    for step in (("find", {"most": 1}), ["find", {"most": 1}], host.tools["find"].bind(most=1)):
        assert len(host.chain(step)(image=image, text="abc")["boxes"]) == 1
    assert len(host.chain("find")(image=image, text="abc")["boxes"]) == 3


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (["spoil", "cut"], ["cut needs image: Image", "carries image: Cutout", "spoil makes"]),
        (["cut", "spoil", "find"], ["find needs image: Image", "image: Cutout", "spoil makes"]),
    ],
)
def test_types_that_do_not_fit_name_tool_parameter_and_both_types(host, steps, words):
    with pytest.raises(ChainError) as caught:
        host.chain(*steps)
    assert not [word for word in words if word not in str(caught.value)], str(caught.value)
    assert RAN == []


def test_two_tools_that_want_different_things_from_the_caller(host):
    def name(text: Masks) -> str:
        """Text that is no text."""
        return ""

    host.add_tool(name)
    with pytest.raises(ChainError, match="name needs text: Masks, but the chain carries text: str, which find"):
        host.chain("find", "name")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"text": "a"}, ["find -> fill", "input image: Image is missing"]),
        ({"image": 1}, ["image expects Image, got int"]),
        ({}, ["image: Image is missing"]),
        ({"image": "IMAGE", "text": "a", "boxes": 3}, ["no input 'boxes'", "image, text"]),
        ({"image": "IMAGE", "text": 3}, ["text expects str, got int"]),
    ],
)
def test_calls_with_the_wrong_data_say_which(host, image, data, words):
    data = {name: image if value == "IMAGE" else value for name, value in data.items()}
    with pytest.raises(ChainError) as caught:
        host.chain("find", "fill")(**data)
    assert not [word for word in words if word not in str(caught.value)], str(caught.value)
    assert RAN == []


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("fnid", ["'fnid'", "Did you mean find"]),
        (("find", {"mots": 1}), ["find", "'mots'", "most"]),
        (("find", {"most": "all"}), ["most", "int", "'all'"]),
        (3, ["tool name", "3"]),
        (("find", 3), ["tool name"]),
    ],
)
def test_steps_that_mean_nothing(host, step, words):
    with pytest.raises(PluginError) as caught:
        host.chain(step)
    assert not [word for word in words if word not in str(caught.value)], str(caught.value)


def test_a_missing_tool_of_a_failed_plugin_is_explained(host):
    host.fail("matting", "import", ModuleNotFoundError("No module named 'x'", name="x"))
    with pytest.raises(PluginError, match="failed to load: matting"):
        host.chain("matte")


def test_an_empty_chain_is_refused():
    with pytest.raises(ChainError, match="at least one tool"):
        Chain(())


def test_chain_errors_are_type_errors_too():
    assert issubclass(ChainError, TypeError)
    assert issubclass(ChainError, PluginError)


def test_a_chain_can_be_saved_as_json(host, image):
    chain = host.chain(("find", {"most": 2}), "fill", "cut")
    text = json.dumps(chain.steps())
    again = host.chain(*json.loads(text))
    assert again.steps() == chain.steps() == [["find", {"most": 2}], ["fill", {}], ["cut", {}]]
    assert (again(image=image, text="abc")["cutout"] == chain(image=image, text="abc")["cutout"]).all()
