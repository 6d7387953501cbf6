"""How a photo's file was read: said to the page, and read in another way without losing objects."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from sam import ImageError, PromptError
from webapp.workspace.keep import SeenMask, keep_mask
from webapp.workspace.reading import read_choice
from webapp.workspace.revisions import read_again, revise
from webapp.workspace.segment import open_image
from webapp.workspace.workspace import SupersededError


def deep_png() -> bytes:
    """A disk in values of 12 bits, in a file of 16."""
    y, x = np.mgrid[:60, :80]
    values = (x * 10 + 300).astype(np.uint16)
    values[(x - 30) ** 2 + (y - 30) ** 2 < 15**2] = 3900
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


def pages_tiff(*sizes: tuple[int, int]) -> bytes:
    """Pages of these (width, height), each of its own grey."""
    pages = [Image.new("RGB", size, (40 * number + 40,) * 3) for number, size in enumerate(sizes)]
    buffer = io.BytesIO()
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
    return buffer.getvalue()


def opened(workspaces, data: bytes):
    workspace = workspaces.open("nano")
    open_image(workspace, data, "file")
    return workspace


def with_object(workspace):
    picture = workspace.picture
    logits = np.full((64, 64), -9.0, np.float32)
    logits[10:30, 10:30] = 9
    keep_mask(workspace, picture, SeenMask(logits, 0.9, picture.placed), "Disk", None)
    return workspace


def test_a_plain_photo_has_nothing_to_say(workspaces, png):
    picture = opened(workspaces, png).picture
    assert picture.reading is None
    assert picture.to_json()["reading"] is None


def test_a_range_that_was_chosen_is_said_and_another_keeps_the_objects(workspaces):
    workspace = with_object(opened(workspaces, deep_png()))
    first = workspace.picture
    told = json.loads(json.dumps(first.to_json()))["reading"]
    assert told["notes"][0].startswith("Brightness: ")
    assert (told["choice"], told["brightness"]["lowest"], told["pages"]) == ("auto", 300, [])
    assert first.image.max() > 200
    read_again(workspace, first.id, None, "stored")
    second = workspace.picture
    assert second.image.max() < 20
    assert list(second.objects) == list(first.objects)
    assert second.to_json()["reading"]["choice"] == "stored"
    read_again(workspace, second.id, None, [300, 1000])
    assert workspace.picture.to_json()["reading"]["choice"] == "range"
    workspace.restore(first.id)
    assert workspace.picture is first


def test_another_page(workspaces):
    workspace = with_object(opened(workspaces, pages_tiff((40, 30), (80, 60), (80, 60))))
    first = workspace.picture
    assert first.to_json()["reading"]["pages"] == [[40, 30], [80, 60], [80, 60]]
    assert first.reading.page == 2
    read_again(workspace, first.id, 3, None)
    same = workspace.picture
    assert (same.image[0, 0, 0], len(same.objects)) == (120, 1)
    read_again(workspace, same.id, 1, None)
    assert (workspace.picture.size_hw, len(workspace.picture.objects)) == ((30, 40), 0)
    workspace.restore(same.id)
    assert len(workspace.picture.objects) == 1


def test_a_change_by_a_tool_is_not_read_away(workspaces):
    workspace = opened(workspaces, deep_png())
    revise(workspace, workspace.picture, np.zeros((60, 80, 3), np.uint8))
    with pytest.raises(PromptError, match="one way only"):
        read_again(workspace, workspace.picture.id, None, "stored")


@pytest.mark.parametrize(
    ("page", "brightness"),
    [
        *((page, None) for page in (0, 9, "2", True, 1.5, [1])),
        *((None, choice) for choice in ("x", 5, [1], [3, 2], {"low": 1, "high": 2}, [float("nan"), 1], ["a", "b"])),
        *((None, choice) for choice in ([1, 2, 3], [10**400, 10**401], "12", True)),
    ],
)
def test_what_is_no_choice_changes_nothing(workspaces, page, brightness):
    workspace = opened(workspaces, pages_tiff((40, 30), (80, 60)))
    before = workspace.picture
    with pytest.raises(ImageError):
        read_again(workspace, before.id, page, brightness)
    assert workspace.picture is before


def test_of_another_picture_than_the_one_on_the_stage(workspaces):
    workspace = opened(workspaces, deep_png())
    with pytest.raises(SupersededError):
        read_again(workspace, "gone", None, "stored")


def test_nothing_to_choose():
    with pytest.raises(PromptError, match="one way only"):
        read_choice(None, None, "stored")
