"""What comes out of a recipe is run, shown and written."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image as Pil

from plugins import Host, PluginError, Recipe, Step
from plugins.recipes.results import PREVIEW, as_file, check_chain, in_words, look, plain, run_chain
from sam import Boxes, Cutout, Image, Masks, ModelUnavailable, PromptError, SegmenterName
from sam.permits import Permit, acting_for


def negative(image: Image, *, model: SegmenterName = "nano") -> Image:
    """The negative."""
    return 255 - image


def cut(image: Image, masks: Masks) -> Cutout:
    """A cut-out."""
    return np.dstack([image, masks.union() * np.uint8(255)])


@pytest.fixture
def host() -> Host:
    host = Host()
    host.add_tool(negative)
    host.add_tool(cut)
    return host


@pytest.fixture
def photo():
    return np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


@pytest.fixture
def masks():
    mask = np.zeros((40, 60), bool)
    mask[10:20, 10:30] = True
    return Masks(mask)


def quiet(number, tool) -> None:
    """Tells nobody."""


def run_one(recipe, host, data, tell):
    return run_chain(check_chain(recipe, host, data), data, tell)


def test_a_recipe_runs_on_the_photo_or_on_its_objects(host, photo, masks):
    value, kind = run_one(Recipe("x", (Step("negative"),)), host, {"image": photo}, quiet)
    assert kind == Image
    np.testing.assert_array_equal(value, 255 - photo)
    cutting = Recipe("x", (Step("cut"),))
    value, kind = run_one(cutting, host, {"image": photo, "masks": masks}, quiet)
    assert (kind, int((value[..., 3] > 0).sum())) == (Cutout, 200)
    with pytest.raises(PluginError, match="needs masks"):
        run_one(cutting, host, {"image": photo}, quiet)
    with pytest.raises(PromptError, match="no objects on this photo"):
        run_one(cutting, host, {"image": photo, "masks": Masks.empty((40, 60))}, quiet)


@pytest.mark.parametrize(("model", "fine"), [("nano", True), ("mine", True), ("/etc/passwd", False), ("a/b", False)])
def test_only_models_that_the_visitor_may_use(host, photo, model, fine):
    recipe = Recipe("x", (Step("negative", {"model": model}),))
    with acting_for(Permit(frozenset({"nano", "mine"}))):
        if fine:
            run_one(recipe, host, {"image": photo}, quiet)
        else:
            with pytest.raises(ModelUnavailable, match="There is no model"):
                run_one(recipe, host, {"image": photo}, quiet)


def test_files(photo, masks):
    data, ending = as_file(photo, Image)
    assert ending == ".png"
    np.testing.assert_array_equal(np.asarray(Pil.open(io.BytesIO(data))), photo)
    data, ending = as_file(masks, Masks)
    assert (ending, json.loads(data)["masks"][0]["area"]) == (".json", 200)
    assert as_file("Zwölf", str) == ("Zwölf".encode(), ".txt")


def test_small_pictures(photo, masks):
    np.testing.assert_array_equal(look(photo, photo), photo)
    assert look(np.zeros((2000, 1000, 3), np.uint8), photo).shape == (PREVIEW, PREVIEW // 2, 3)
    seen = look(masks, photo)
    assert (seen[10:20, 10:30] == photo[10:20, 10:30]).all()
    assert (seen[:10] == photo[:10] // 4).all()
    assert (look(Masks.empty((40, 60)), photo) == photo // 4).all()
    drawn = look(Boxes([[5, 5, 50, 30]]), photo)
    assert drawn[5, 5:50].tolist() == [[255, 90, 0]] * 45
    clear = look(np.dstack([photo, np.zeros((40, 60), np.uint8)]), photo)
    assert clear.shape == (40, 60, 3)
    assert len(np.unique(clear.reshape(-1, 3), axis=0)) == 2, "a checkerboard"
    assert look("text", photo) is None


def test_words(photo, masks):
    assert in_words(photo) == "a picture of 60 x 40 pixels"
    assert in_words(masks) == "1 object"
    assert in_words(Boxes.empty()) == "0 boxes"
    assert in_words("twelve") == "twelve"
    assert plain("<b>_a_*b*") == r"&lt;b&gt;\_a\_\*b\*"
