"""--format: where masks of a tool may go. That they go there, test_annotation_commands.py shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sam import Masks, SamError
from sam.cli.masks_out import check_format, write_masks
from sam.formats import find_format, read_annotations


@pytest.mark.parametrize(
    ("format", "out", "said"),
    [
        ("coco", None, "needs -o"),
        ("coco", Path("-"), "needs -o"),
        ("yolo", Path("a.json"), "a folder or a name in .zip"),
    ],
)
def test_places_that_do_not_fit_are_refused(format, out, said):
    with pytest.raises(SamError, match=said):
        check_format(format, out)


@pytest.mark.parametrize("out", ["a.json", "a.zip", "a"])
def test_places_that_fit(out):
    check_format("coco", Path(out))


def test_empty_masks_are_left_out_and_standard_input_has_a_name(tmp_path):
    masks = Masks(np.stack([np.zeros((4, 6), bool), np.eye(4, 6, dtype=bool)]))
    write_masks(masks, b"bytes", tmp_path / "out.json", find_format("coco"))
    (one,) = read_annotations(tmp_path / "out.json").objects
    assert (one.image, one.area) == ("photo.png", 4)
