"""HEIC, the photos of phones: Pillow learns to read them from the first such file on."""

from __future__ import annotations

import re

HEIC = rb"....ftyp(hei[cxms]|hev[cxms]|mif[12]|msf1)"
"""How such a file begins (ISO/IEC 23008-12, annex B: the brands); AVIF files may begin with the last three too."""


def learn_heic(head: bytes) -> bool:
    """Register pi-heif (libheif's decoders, without the encoders that bring other licences) with Pillow, if needed.

    Args:
        head: the file's first bytes, 12 or more.

    Returns:
        Whether Pillow can read this file as HEIC; without pi-heif it cannot.
    """
    if not re.match(HEIC, head, re.DOTALL):
        return False
    from PIL import Image as Pil

    if "HEIF" in Pil.OPEN:
        return True
    try:
        import pi_heif
    except ImportError:
        return False
    pi_heif.register_heif_opener(thumbnails=False)
    return True
