from __future__ import annotations

import base64
import sys

import numpy as np
import pytest

from sam import ImageError, read_image
from sam.io.heif import learn_heic

# 32 x 48 drawn colours, written by libheif with a quarter turn: no encoder is installed with the app.
PHOTO = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAchtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9j"
    "AAAAAERAAAIAAQAAAAAB7AABAAAAAAAAAI0AAgAAAAACeQABAAAAAAAAACQAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAA"
    "ABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAABB2lwcnAAAADmaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNg"
    "AAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZE"
    "AcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAADAAAAABAAAAIAAAAAH////wAAAAAv///+AA"
    "AAACAAAAEHBpeGkAAAAAAwgICAAAAAlpcm90AwAAABlpcG1hAAAAAAAAAAEAAQaBAgMFhIYAAAAaaXJlZgAAAAAAAAAOY2RzYwACAAEAAQAA"
    "ALltZGF0AAAAiSgBrwngITkUP/9JdP/3sHZfQmahSKP/GB4r9SNI/6Lj6MT2J8KUN/BSW1DpFqb/77xnYm1ENpEW5dhvIfnp+H/zdae5zmiG"
    "pfwT2rhbRfmrOPCURqbbfQtw9j2F4yFZlOIUtjOX1Xv97vvSQ2C+zPRJnkVaIwsNqAA1udMabZEAE9rzvX3b6oqAAAAABkV4aWYAAE1NACoA"
    "AAAIAAEBEgADAAAAAQAGAAAAAAAA"
)
RED, BLUE, WHITE = (220, 40, 30), (30, 60, 200), (240, 240, 240)


def test_a_phones_photo_is_read_upright():
    pytest.importorskip("pi_heif")
    image = read_image(PHOTO)
    assert image.shape == (48, 32, 3)
    for (x, y), colour in {(24, 24): RED, (6, 12): BLUE, (6, 36): WHITE}.items():
        np.testing.assert_allclose(image[y, x].astype(int), colour, atol=30)


@pytest.mark.parametrize("cut", [40, 300, 560, 640])
def test_a_damaged_one_is_refused_with_a_sentence(cut):
    with pytest.raises(ImageError, match=r"HEIC|cut off|damaged"):
        read_image(PHOTO[:cut])


def test_without_the_plug_in_the_sentence_says_what_is_missing(monkeypatch):
    from PIL import Image as Pil

    for registry in (Pil.OPEN, Pil.MIME):
        monkeypatch.delitem(registry, "HEIF", raising=False)
    monkeypatch.setattr(Pil, "ID", [name for name in Pil.ID if name != "HEIF"])
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    assert not learn_heic(PHOTO[:12])
    with pytest.raises(ImageError, match=r"pi-heif is not installed.*JPEG or PNG\.$"):
        read_image(PHOTO)


@pytest.mark.parametrize("head", [b"\x89PNG\r\n\x1a\n    ", b"\0\0\0\x1cftypisom", b"\0\0\0\x1cftypavif", b""])
def test_other_files_do_not_load_the_plug_in(head):
    assert not learn_heic(head)
