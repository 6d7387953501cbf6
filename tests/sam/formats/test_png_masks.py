"""PNG masks: read by Pillow, with their index and without."""

from __future__ import annotations

import io
import json

import numpy as np
from PIL import Image

from sam import rle
from sam.formats import Files, png_masks
from sam.formats import write_annotations as write
from tests.present import present

from .scenes import apart


def test_masks_are_black_and_white_and_named():
    files = write(apart(), None, "png-masks").files
    names = [name for name in files if name.endswith(".png")]
    assert names[0] == "a/first/001-tree-Old_oak.png"
    for name, one in zip(names, apart().objects):
        pixels = np.asarray(Image.open(io.BytesIO(files[name])))
        assert set(np.unique(pixels)) <= {0, 255}
        assert ((pixels > 0) == rle.decode(one.rle)).all()


def test_instances_have_sixteen_bits():
    picture = Image.open(io.BytesIO(write(apart(), None, "png-instances").files["a/first.png"]))
    assert picture.mode == "I;16"
    assert (np.asarray(picture) == 1).sum() == apart().objects[0].area


def test_the_palette_has_the_classes_colours():
    picture = Image.open(io.BytesIO(write(apart(), None, "png-classes").files["a/first.png"]))
    assert picture.mode == "P"
    assert present(picture.getpalette("RGB"))[3:9] == [255, 0, 128, 0, 200, 16]


def test_pictures_without_an_index_are_objects_by_their_values():
    files = write(apart(), None, "png-classes").files
    back = png_masks.read(Files.of({"p.png": files["a/first.png"]}))
    assert {one.label for one in back.objects} == {"class 1", "class 2"}
    assert back.images[0].name == "p.png"


def test_what_is_missing_or_of_another_size_is_told_of():
    files = dict(write(apart(), None, "png-masks").files)
    del files["a/first/002-cat___dog-Tom.png"]
    index = json.loads(files["masks.json"])
    last = index["images"][0]["objects"][-1]["file"]
    buffer = io.BytesIO()
    Image.new("L", (5, 5), 255).save(buffer, "PNG")
    files[last] = buffer.getvalue()
    back = png_masks.read(Files.of(files))
    assert len(back.objects) == 4
    assert "is missing" in back.problems[0]
    assert "not of the photo's size" in back.problems[1]
