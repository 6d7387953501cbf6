"""The signature is the contract: what is read off it, and what is refused with which words."""

from __future__ import annotations

# Only the signatures are read.
# mypy: disable-error-code="empty-body"
from typing import Any, Literal, Optional

import numpy as np
import pytest

from plugins import Option, PluginError, Tool
from plugins._core.tool import fits, holds, type_name
from sam import Boxes, Cutout, Image, Masks, SamError


def paint(image: Image, masks: Masks, *, strength: float = 0.5, mode: Literal["add", "cut"] = "add") -> Image:
    """Paint over the masks.

    More words.
    """
    return image


def test_everything_is_read_off_the_signature():
    tool = Tool.from_function(paint, plugin="colours")
    assert (tool.name, tool.plugin, tool.output) == ("paint", "colours", "image")
    assert list(tool.inputs.items()) == [("image", Image), ("masks", Masks)]
    assert tool.returns == Image
    assert tool.doc == "Paint over the masks.\n\nMore words."
    assert str(tool) == "paint(image: Image, masks: Masks, *, strength=0.5, mode='add') -> Image"
    strength, mode = tool.options.values()
    assert (strength.name, strength.type, strength.default, strength.choices) == ("strength", float, 0.5, ())
    assert (mode.name, mode.type, mode.default, mode.choices) == ("mode", str, "add", ("add", "cut"))
    assert Tool.from_function(paint, output="painted").output == "painted"


def no_image(image, *, size: int = 1) -> Masks: ...
def no_return(image: Image): ...
def returns_none(image: Image) -> None: ...
def returns_union(image: Image) -> Masks | None: ...
def plain_array(image: np.ndarray[Any, np.dtype[np.uint8]]) -> Masks: ...
def any_data(image: Any) -> Masks: ...
def list_data(names: list[str]) -> Masks: ...
def optional_data(masks: Masks | None) -> Masks: ...
def data_default(image: Image, text: str = "cat") -> Masks: ...
def no_default(image: Image, *, size: int) -> Masks: ...
def no_option_type(image: Image, *, size=3) -> Masks: ...
def list_option(image: Image, *, sizes: list[int] = []) -> Masks: ...  # noqa: B006
def wide_option(image: Image, *, size: int | str = 3) -> Masks: ...
def mixed_choice(image: Image, *, size: Literal["a", 1] = "a") -> Masks: ...
def wrong_default(image: Image, *, size: int = "big") -> Masks: ...  # type: ignore[assignment]
def bool_default(image: Image, *, size: int = True) -> Masks: ...
def bad_choice(image: Image, *, mode: Literal["a", "b"] = "c") -> Masks: ...  # type: ignore[assignment]
def star(*images: Image) -> Masks: ...
def stars(image: Image, **more: int) -> Masks: ...
def positional(image: Image, /) -> Masks: ...
def unknown_name(image: Elephant) -> Masks: ...  # type: ignore[name-defined]  # noqa: F821
async def asynchronous(image: Image) -> Masks: ...


def generator(image: Image) -> Masks:  # type: ignore[misc]
    yield image


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (no_image, ["no_image", "'image'", "annotation"]),
        (no_return, ["no_return", "result", "-> sam.Masks"]),
        (returns_none, ["returns_none", "result"]),
        (returns_union, ["returns_union", "result", "Masks"]),
        (plain_array, ["plain_array", "'image'", "sam.Image"]),
        (any_data, ["any_data", "'image'"]),
        (list_data, ["list_data", "'names'", "list[str]"]),
        (optional_data, ["optional_data", "'masks'"]),
        (data_default, ["data_default", "'text'", "after *"]),
        (no_default, ["no_default", "'size'", "default"]),
        (no_option_type, ["no_option_type", "'size'", "annotation"]),
        (list_option, ["list_option", "'sizes'", "list[int]"]),
        (wide_option, ["wide_option", "'size'", "int | str"]),
        (mixed_choice, ["mixed_choice", "'size'", "Literal"]),
        (wrong_default, ["wrong_default", "'size'", "'big'", "int"]),
        (bool_default, ["bool_default", "'size'", "True"]),
        (bad_choice, ["bad_choice", "'mode'", "'c'", "'a' or 'b'"]),
        (star, ["star", "'images'"]),
        (stars, ["stars", "'more'"]),
        (positional, ["positional", "'image'"]),
        (unknown_name, ["unknown_name", "Elephant", "TYPE_CHECKING"]),
        (asynchronous, ["asynchronous", "plain function"]),
        (generator, ["generator", "plain function"]),
        (lambda image: image, ["<lambda>", "def"]),
        (Masks, ["Masks", "def"]),
        (3, ["3", "def"]),
    ],
)
def test_what_a_signature_lacks_is_named(function, words):
    with pytest.raises(PluginError) as caught:
        Tool.from_function(function, plugin="zoo")
    assert str(caught.value).startswith("zoo: ")
    assert not [word for word in words if word not in str(caught.value)], str(caught.value)


def test_an_output_must_be_a_name():
    with pytest.raises(PluginError, match="'two words'"):
        Tool.from_function(paint, output="two words")


def test_a_plugin_error_may_be_shown_to_a_user():
    assert issubclass(PluginError, SamError)


@pytest.mark.parametrize(
    ("annotation", "default", "accepted", "refused"),
    [
        (str, "a", ["", "b"], [None, 1]),
        (int, 1, [-5], [None, True, 1.5, "1"]),
        (float, 0.5, [1, -2.5], [None, False, "1"]),
        (bool, False, [True], [None, 0, "yes"]),
        (Literal["a", "b"], "a", ["b"], ["c", None, 0]),
        (Literal[1, 2], 2, [1], [3, True, 1.0]),
        (Optional[int], None, [None, 3], [True, "3"]),  # noqa: UP045
        (float | None, 1.0, [None, 3], ["3"]),
        (Literal["a"] | None, None, [None, "a"], ["b"]),
    ],
)
def test_options_that_every_front_end_can_offer(annotation, default, accepted, refused):
    option = Option.read("x", annotation, default)
    assert option.default == default
    assert [value for value in [default, *accepted] if not option.accepts(value)] == []
    assert [value for value in refused if option.accepts(value)] == []


def test_run_passes_data_and_options_on():
    seen = []

    def spy(image: Image, text: str, *, size: int = 1, sharp: bool = False) -> str:
        """Look."""
        seen.append((text, size, sharp))
        return text

    tool = Tool.from_function(spy)
    image = np.zeros((2, 2, 3), np.uint8)
    bound = tool.bind(size=5)
    assert tool.run(image, "a") == "a"
    bound.run(image=image, text="b")
    bound(image, "c", size=6, sharp=True)
    bound.bind(sharp=True).run(image, "d")
    assert seen == [("a", 1, False), ("b", 5, False), ("c", 6, True), ("d", 5, True)]
    assert (tool.options["size"].default, bound.options["size"].default) == (1, 5)
    assert (tool.bound, bound.bound) == ({}, {"size": 5})


def test_data_that_is_text_or_a_number_can_be_filled_in():
    def find(image: Image, text: str, *, most: int = 3) -> str:
        """What it got."""
        return f"{image.shape[0]} {text} {most}"

    tool = Tool.from_function(find)
    filled = tool.bind(text="dog", most=1)
    assert list(filled.inputs) == ["image"]
    assert list(tool.inputs) == ["image", "text"]
    assert filled.run(image=np.zeros((2, 2, 3), np.uint8)) == "2 dog 1"
    with pytest.raises(PluginError, match="find: text expects str, got 3"):
        tool.bind(text=3)
    with pytest.raises(PluginError, match="find has no option 'image'"):
        tool.bind(image=np.zeros((2, 2, 3), np.uint8))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sise": 3}, ["paint", "'sise'", "strength, mode"]),
        ({"strength": "much"}, ["paint", "strength", "float", "'much'"]),
        ({"mode": "burn"}, ["paint", "mode", "'add' or 'cut'", "'burn'"]),
    ],
)
def test_wrong_options_are_refused_before_the_function_runs(options, words):
    tool = Tool.from_function(paint)
    for call in (lambda: tool.bind(**options), lambda: tool.run(np.zeros((1, 1, 3), np.uint8), None, **options)):
        with pytest.raises(PluginError) as caught:
            call()
        assert not [word for word in words if word not in str(caught.value)], str(caught.value)


@pytest.mark.parametrize(
    ("given", "wanted", "expected"),
    [
        (Image, Image, True),
        (Image, Cutout, False),
        (Cutout, Image, False),
        (Masks, Masks, True),
        (Masks, Boxes, False),
        (Image, Masks, False),
        (bool, int, False),
        (type("Special", (Masks,), {}), Masks, True),
        (Masks, type("Special", (Masks,), {}), False),
    ],
)
def test_kinds_of_array_and_classes_are_told_apart(given, wanted, expected):
    assert fits(given, wanted) is expected


@pytest.mark.parametrize(
    ("value", "annotation", "expected"),
    [
        (np.zeros((1, 1, 3), np.uint8), Image, True),
        ([[0]], Image, False),
        ("a", str, True),
        (1, float, True),
        (True, float, False),
        (True, int, False),
        (True, bool, True),
        (None, Masks, False),
    ],
)
def test_values_are_checked_against_their_type(value, annotation, expected):
    assert holds(value, annotation) is expected


@pytest.mark.parametrize(("annotation", "name"), [(Image, "Image"), (Cutout, "Cutout"), (Masks, "Masks"), (str, "str")])
def test_types_have_short_names(annotation, name):
    assert type_name(annotation) == name


def test_a_tool_cannot_change_what_it_is_handed():
    """Not the picture, not the masks, not the boxes: the caller goes on with them."""

    def spoil(image: Image, masks: Masks, boxes: Boxes, *, what: Literal["image", "masks", "boxes"] = "image") -> str:
        """Writes over what it got."""
        array = {"image": image, "masks": masks.masks, "boxes": boxes.xyxy}[what]
        array[0] = 0
        return "changed"

    tool = Tool.from_function(spoil)
    image = np.full((4, 6, 3), 9, np.uint8)
    masks, boxes = Masks(np.ones((1, 4, 6), bool)), Boxes([[0, 0, 2, 2]])
    for what in ("image", "masks", "boxes"):
        with pytest.raises(ValueError, match="read-only"):
            tool.run(image, masks, boxes, what=what)
        with pytest.raises(ValueError, match="read-only"):
            tool.bind(what=what).run(image=image, masks=masks, boxes=boxes)
    assert image.flags.writeable, "the caller's own stays as it was"
    assert (image == 9).all()
