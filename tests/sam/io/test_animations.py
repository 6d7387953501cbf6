from __future__ import annotations

import io

import pytest
from PIL import Image as Pil

from sam.images import read_photo
from tests.sam.pictures import CORNERS, encode


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF", "TIFF"])
def test_which_frame_of_an_animation_is_shown(kind):
    frames = [Pil.fromarray(CORNERS), *(Pil.fromarray(CORNERS // step) for step in (2, 3, 4))]
    data = encode(frames[0], kind, save_all=True, append_images=frames[1:])
    (note,) = read_photo(data).notes
    if kind == "TIFF":
        assert note.startswith("Page 1 of 4 is shown")
        return
    assert note == "This is an animation of 4 frames: the first one is shown."
    for page, which in ((2, "second"), (3, "third"), (4, "4th")):
        assert read_photo(data, page=page).notes == (f"This is an animation of 4 frames: the {which} one is shown.",)
    assert read_photo(encode(frames[0], kind)).notes == ()


def test_a_photo_with_a_second_picture_for_depth_is_no_animation():
    buffer = io.BytesIO()
    Pil.fromarray(CORNERS).save(buffer, "MPO", save_all=True, append_images=[Pil.fromarray(CORNERS)])
    assert read_photo(buffer.getvalue()).notes == ()


def test_an_animation_that_is_cut_off_shows_what_is_there():
    frames = [Pil.effect_noise((90, 60), 60 + step) for step in range(6)]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert read_photo(data[: len(data) * 2 // 3]).pixels.shape == (60, 90, 3)
