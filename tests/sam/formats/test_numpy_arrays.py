"""NumPy arrays, without pickle."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest

from sam import rle
from sam.formats import AnnotatedImage, AnnotatedObject, Annotations, Files, FormatError, numpy_arrays
from sam.formats import write_annotations as write

from .scenes import apart


def test_arrays():
    with np.load(io.BytesIO(write(apart(), None, "numpy").files["a/first.npz"]), allow_pickle=False) as file:
        assert file["masks"].shape == (6, 40, 60)
        assert (file["masks"][0] == rle.decode(apart().objects[0].rle)).all()
        assert file["boxes"].tolist() == [list(one.box) for one in apart().objects]
        assert file["labels"].tolist() == [one.label for one in apart().objects]


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"masks": np.ones((2, 2))}, r"\(N, H, W\) bool"),
        ({"masks": np.array([{}], object)}, "damaged"),
        ({"other": np.ones(1)}, "'masks' is missing"),
    ],
)
def test_other_arrays_are_told_of(arrays, said):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    (line,) = numpy_arrays.read(Files.of({"a.npz": buffer.getvalue()})).problems
    assert re.search(said, line)


def test_more_than_a_gigabyte_is_refused_before_they_are_made():
    size = (8000, 10000)
    one = AnnotatedObject("p.png", {"size": list(size), "counts": [0, size[0] * size[1]]})  # type: ignore[typeddict-item]
    many = Annotations((AnnotatedImage("p.png", size),), (one,) * 40)
    with pytest.raises(FormatError, match="1 GB"):
        write(many, None, "numpy")
