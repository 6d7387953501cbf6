"""Cut-outs hold the photo's own pixels."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from sam import rle
from sam.formats import AnnotatedImage, AnnotatedObject, Annotations, FormatError, find_format
from sam.formats import write_annotations as write

from .scenes import apart, round_trip, shapes


def test_pixels_are_the_photos_and_nothing_is_left_outside():
    files = write(apart(), None, "cutouts").files
    source = np.asarray(Image.open(io.BytesIO(apart().images[0].source)))
    pixels = np.asarray(Image.open(io.BytesIO(files["a/first/001-tree-Old_oak.png"])))
    mask = shapes()["ring"]
    assert ((pixels[..., 3] == 255) == mask).all()
    assert (pixels[mask][:, :3] == source[mask]).all()
    assert (pixels[~mask] == 0).all()


def test_a_transparent_photo_keeps_the_masks():
    buffer = io.BytesIO()
    Image.new("RGBA", (60, 40), (9, 9, 9, 0)).save(buffer, "PNG")
    image = AnnotatedImage("p.png", (40, 60), buffer.getvalue())
    before = Annotations((image,), (AnnotatedObject("p.png", rle.encode(shapes()["ring"])),))
    assert round_trip(before, find_format("cutouts")).objects == before.objects


def test_without_the_photo_it_is_refused():
    one = AnnotatedObject("p.png", rle.encode(shapes()["ring"]))
    with pytest.raises(FormatError, match="the photo is not there"):
        write(Annotations((AnnotatedImage("p.png", (40, 60)),), (one,)), None, "cutouts")
