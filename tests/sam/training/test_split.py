"""The validation split: by photo, whatever its copies are called."""

from __future__ import annotations

import pytest

from sam.training.split import is_validation, photo_key


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("000000000312_jpg.webp", "000000000312.webp", True),
        ("IMG_0718_scaled_1_png_jpg.webp", "IMG_0718_scaled_0_png_jpg.webp", True),
        ("0016E5_00930.webp", "0016E5_00960.webp", True),
        ("0006R0_f02700.webp", "0006R0_f02730.webp", True),
        ("0016E5_00930.webp", "0016E5_04650.webp", False),
        ("000000000312.webp", "000000000313.webp", False),
    ],
)
def test_versions_of_one_photo_share_a_key(first: str, second: str, same: bool) -> None:
    assert (photo_key(first) == photo_key(second)) is same


def test_about_one_photo_in_eight_validates() -> None:
    held = sum(is_validation(f"{number:012}.webp") for number in range(4000))
    assert 400 < held < 600
