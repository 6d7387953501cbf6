"""Annotations that break formats: holes, parts, one pixel, the whole photo, touching and covered objects, 1 x 1."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sam import rle
from sam.formats import (
    AnnotatedImage,
    AnnotatedObject,
    Annotations,
    Files,
    Format,
    LabelClass,
    Options,
    write_annotations,
)


def photo(height: int, width: int, seed: int = 0) -> bytes:
    """A PNG of noise, opaque."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def blank(height: int = 40, width: int = 60) -> NDArray[np.bool_]:
    return np.zeros((height, width), bool)


def disc(height: int, width: int, x: float, y: float, radius: float) -> NDArray[np.bool_]:
    rows, columns = np.mgrid[:height, :width]
    return (columns - x) ** 2 + (rows - y) ** 2 <= radius**2


def shapes() -> Mapping[str, NDArray[np.bool_]]:
    """(40, 60) masks by what is special about them; none touches another but where it says so."""
    ring = disc(40, 60, 12, 12, 10) & ~disc(40, 60, 12, 12, 4)
    parts = disc(40, 60, 40, 8, 5) | disc(40, 60, 54, 30, 4)
    parts[20:22, 38:41] = True
    pixel, left, right, corner = blank(), blank(), blank(), blank()
    pixel[35, 3] = True
    left[28:36, 10:16] = True
    right[28:36, 16:22] = True
    corner[24:26, 26:28] = corner[26:28, 28:30] = True
    return {"ring": ring, "parts": parts, "pixel": pixel, "left": left, "right": right, "corner": corner}


def apart() -> Annotations:
    """Objects of two classes, none over another, in two photos of which one has none."""
    about = [("ring", "tree", "Old oak", 0.75), ("parts", "cat & dog", "Tom", 0.5), ("pixel", "tree", "", 1.0)]
    about += [("left", "tree", "L <1>", 0.25), ("right", "cat & dog", "é “x”", 0.125), ("corner", "tree", "", 0.0)]
    objects = [
        AnnotatedObject(
            "a/first.png",
            rle.encode(shapes()[what]),
            label,
            name,
            score,
            {"points": [[1, 2]], "labels": [1]},
            {"model": "nano"},
        )
        for what, label, name, score in about
    ]
    classes = (LabelClass("cat & dog", (255, 0, 128), "c"), LabelClass("tree", (0, 200, 16), "t"))
    images = (
        AnnotatedImage("a/first.png", (40, 60), photo(40, 60)),
        AnnotatedImage("second.png", (5, 7), photo(5, 7, 1)),
    )
    return Annotations(images, tuple(objects), classes)


def overlapping() -> Annotations:
    """One object covers the whole photo, two overlap, one is covered entirely."""
    whole = np.ones((40, 60), bool)
    masks = [whole, disc(40, 60, 20, 20, 10), disc(40, 60, 28, 20, 10), disc(40, 60, 20, 20, 10)]
    objects = [AnnotatedObject("photo.png", rle.encode(mask), "thing") for mask in masks]
    return Annotations((AnnotatedImage("photo.png", (40, 60), photo(40, 60)),), tuple(objects), (LabelClass("thing"),))


def smallest() -> Annotations:
    """A photo of 1 x 1 pixels."""
    one = AnnotatedObject("dot.png", rle.encode(np.ones((1, 1), bool)), "dot")
    return Annotations((AnnotatedImage("dot.png", (1, 1), photo(1, 1)),), (one,), (LabelClass("dot"),))


def unclassed() -> Annotations:
    """An object without class, name and score."""
    one = AnnotatedObject("photo.png", rle.encode(shapes()["ring"]))
    return Annotations((AnnotatedImage("photo.png", (40, 60), photo(40, 60)),), (one,))


SCENES = {"apart": apart, "overlapping": overlapping, "smallest": smallest, "unclassed": unclassed}


def round_trip(annotations: Annotations, format: Format, options: Options | None = None) -> Annotations:
    """Written to memory and read again, with the photos beside."""
    out = write_annotations(annotations, None, format, options or Options())
    files = dict(out.files)
    for image in annotations.images:
        assert isinstance(image.source, bytes)
        files[f"images/{image.name}"] = image.source
    assert format.read is not None
    return format.read(Files.of(files))
