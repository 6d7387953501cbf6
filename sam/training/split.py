"""The validation split: decided by the photo itself, so that no copy or neighbour of it trains."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePath

VALIDATION_SHARE = 8
"""One photo in this many validates."""


def photo_key(file_name: str) -> str:
    """What stays the same between copies, tiles and neighbouring frames of one photo.

    COCO photos appear in several sets under the same number; facades are tiles (`..._scaled_1`); street scenes are
    frames of a drive, so 1500 consecutive frame numbers count as one photo.
    """
    stem = re.sub(r"_(jpg|png|jpeg)$", "", PurePath(file_name).stem)
    stem = re.sub(r"_scaled_\d+(_png|_jpg)*$", "", stem)
    frame = re.fullmatch(r"(0001TP|0006R0|0016E5|Seq05VD)_f?(\d+)", stem)
    if frame:
        return f"{frame[1]}_{int(frame[2]) // 1500}"
    return stem


def is_validation(file_name: str) -> bool:
    """Whether this image is held out of all training."""
    digest = hashlib.sha256(photo_key(file_name).encode()).digest()
    return int.from_bytes(digest[:4], "big") % VALIDATION_SHARE == 0
