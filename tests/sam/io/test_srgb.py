from __future__ import annotations

import io

import numpy as np
from PIL import Image as Pil
from PIL import ImageCms

from sam.io.srgb import is_srgb, srgb_profile, to_srgb
from tests.sam.pictures import CORNERS, display_p3


def test_srgb_is_known_and_changes_nothing():
    assert is_srgb(ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile())))
    assert not is_srgb(ImageCms.ImageCmsProfile(io.BytesIO(display_p3())))
    picture = Pil.fromarray(CORNERS)
    assert to_srgb(picture, srgb_profile()) is picture


def test_other_colours_are_converted_and_damaged_profiles_are_not():
    picture = Pil.new("RGB", (2, 2), (100, 150, 60))
    assert to_srgb(picture, display_p3()).getpixel((0, 0)) != (100, 150, 60)
    np.testing.assert_array_equal(np.asarray(to_srgb(picture, b"junk")), np.asarray(picture))
