from __future__ import annotations

import pytest

from sam import ImageError
from sam.io.image_limits import MAX_PIXELS, MAX_SIDE, check_size, damaged, too_many_bytes, too_many_pixels


@pytest.mark.parametrize(
    ("size", "words"),
    [((0, 5), "no pixels"), ((20_000, 20_000), "400 megapixels"), ((1, MAX_SIDE + 1), "is too long")],
)
def test_sizes_that_cannot_be_used(size, words):
    check_size(1, MAX_SIDE, "a.png")
    with pytest.raises(ImageError, match=f"^a.png .*{words}"):
        check_size(size[0], size[1], "a.png")


def test_sentences():
    assert f"at most {MAX_PIXELS // 10**6} can be used" in too_many_pixels("a.png", 10**9)
    assert "at most 1024 MB" in too_many_bytes("a.png")
    assert "is cut off" in damaged("a.png", OSError("image file is truncated"))
    assert "does not fit into memory" in damaged("a.png", MemoryError())
    assert damaged("a.png", OSError("bad header")) == (
        "a.png is damaged and cannot be decoded (bad header). Save or download it again."
    )
