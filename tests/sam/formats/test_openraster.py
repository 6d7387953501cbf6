"""OpenRaster by its specification, 0.0.6."""

from __future__ import annotations

import io
import zipfile

import numpy as np
from defusedxml import ElementTree
from PIL import Image

from sam.formats import Files, openraster
from sam.formats import write_annotations as write

from .scenes import apart, shapes


def test_the_file_is_as_the_specification_has_it():
    with zipfile.ZipFile(io.BytesIO(write(apart(), None, "openraster").files["a/first.ora"])) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"image/openraster"
        assert {"mergedimage.png", "Thumbnails/thumbnail.png"} <= set(archive.namelist())
        root = ElementTree.fromstring(archive.read("stack.xml"))
        # From top to bottom: the last object first, the photo last.
        assert [child.get("name") for child in root.find("stack")][-2:] == ["tree", "Photo"]
        layer = root.find("stack").findall("stack")[-1].find("layer")
        pixels = np.zeros((40, 60), np.uint8)
        part = np.asarray(Image.open(io.BytesIO(archive.read(layer.get("src")))))[..., 3]
        x, y = int(layer.get("x")), int(layer.get("y"))
        pixels[y : y + part.shape[0], x : x + part.shape[1]] = part
        assert ((pixels > 0) == shapes()["ring"]).all()


def test_what_is_damaged_is_told_of():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("stack.xml", '<image w="5" h="5"><stack><layer src="data/gone.png"/></stack></image>')
    back = openraster.read(Files.of({"a.ora": b"rubbish", "b.ora": buffer.getvalue()}))
    assert "not a zip" in back.problems[0]
    assert "missing" in back.problems[1]
