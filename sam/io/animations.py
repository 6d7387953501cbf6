"""Files that move, of which one frame is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image as Pil

_MOVING = ("GIF", "WEBP", "PNG", "AVIF")
"""Formats whose further pictures are frames; those of others are pages, or a photo's depth."""


def note_of_frames(picture: Pil.Image, frame: int) -> tuple[str, ...]:
    """What to say of an animation, in one sentence; nothing of a still picture.

    Args:
        picture: as Pillow has opened it; afterwards at `frame`.
        frame: that is shown, counted from 1.
    """
    if picture.format not in _MOVING:
        return ()
    try:
        count = int(getattr(picture, "n_frames", 1))
        picture.seek(frame - 1)
    except Exception:  # damaged behind its first frame, which can be read all the same
        return ()
    if count < 2:
        return ()
    which = "first" if frame == 1 else f"{frame}th" if frame > 3 else ("second", "third")[frame - 2]
    return (f"This is an animation of {count} frames: the {which} one is shown.",)
