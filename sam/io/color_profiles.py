"""Colour profiles: from a photo's own colours to sRGB, which everything here works in, and back when it is saved.

Photos of phones have more colours than sRGB (Display P3): read as sRGB, the strongest are clipped. A result that is
saved in the photo's own profile has its own values again, bit for bit, wherever nothing was changed.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..inpainting.laplace import stretch_membrane
from ..types import Image
from .decoding import FORMATS, decode, upright
from .heif import learn_heic
from .srgb import is_srgb
from .srgb import srgb_profile as srgb_profile
from .srgb import to_srgb as to_srgb

if TYPE_CHECKING:
    from PIL import Image as Pil

_SMALL = 500_000
_CLIPPED = 2
"""Levels by which a pixel may differ on the way to sRGB and back before it counts as clipped: rounding does that."""


@dataclass(frozen=True, eq=False)
class Original:
    """A photo whose colours are not sRGB's.

    Attributes:
        icc: its profile, as stored in the file.
        stored: (H, W, 3) uint8 in that profile, upright.
        seen: (H, W, 3) uint8 sRGB, as `read_image` gives it.
    """

    icc: bytes
    stored: Image
    seen: Image

    def restore(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A picture made from `seen`, in the photo's own colours.

        Pixels that are as they were read get the values that the file had. Others are converted, and moved by as much
        as clipping moved the pixels around them, so that a filled hole is no duller than what is around it.

        Args:
            picture: (H, W, 3) RGB or (H, W, 4) RGBA, uint8, sRGB, of the photo's size.

        Returns:
            The same shape; what is fully transparent stays 0.

        Raises:
            ValueError: another size.
        """
        if picture.shape[:2] != self.seen.shape[:2]:
            raise ValueError(f"picture: expected the size of the photo, {self.seen.shape[:2]}, got {picture.shape}.")
        changed = (picture[..., :3] != self.seen).any(2)
        hidden = picture[..., 3] == 0 if picture.shape[2] == 4 else np.zeros_like(changed)
        result = picture.copy()
        kept = ~changed & ~hidden
        result[kept, :3] = self.stored[kept]
        made = changed & ~hidden
        if made.any():
            rows, columns = np.flatnonzero(made.any(1)), np.flatnonzero(made.any(0))
            margin = max(16, (len(rows) + len(columns)) // 8)
            part = (
                slice(max(0, rows[0] - margin), rows[-1] + 1 + margin),
                slice(max(0, columns[0] - margin), columns[-1] + 1 + margin),
            )
            turned = self._turn(picture[part][..., :3]).astype(np.float32)
            turned += self._clipped(part, changed[part])
            colours = np.clip(np.round(turned), 0, 255).astype(np.uint8)
            result[part][..., :3][made[part]] = colours[made[part]]
        return result

    def _turn(self, pixels: Image) -> Image:
        """From sRGB to the photo's profile."""
        from PIL import Image as Pil
        from PIL import ImageCms

        own = ImageCms.ImageCmsProfile(io.BytesIO(self.icc))
        picture = Pil.fromarray(np.ascontiguousarray(pixels))
        return np.asarray(ImageCms.profileToProfile(picture, ImageCms.createProfile("sRGB"), own, outputMode="RGB"))

    def _clipped(self, part: tuple[slice, slice], changed: NDArray[np.bool_]) -> Any:
        """(h, w, 3) float32: what clipping took from the pixels of a window; in `changed` ones, from those around."""
        import cv2

        lost = self.stored[part].astype(np.float32) - self._turn(self.seen[part])
        lost[np.abs(lost).max(2) <= _CLIPPED] = 0
        if changed.all() or not lost[~changed].any():
            return np.float32(0)
        height, width = changed.shape
        scale = min(1.0, (_SMALL / changed.size) ** 0.5)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        known = (~changed).astype(np.float32)
        share: Any = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
        mean: Any = cv2.resize(lost * known[..., None], size, interpolation=cv2.INTER_AREA)
        film = stretch_membrane((mean / np.maximum(share, 1e-6)[..., None]).astype(np.float32), share < 0.5)
        return cv2.resize(film, (width, height), interpolation=cv2.INTER_LINEAR)


def read_original(source: str | os.PathLike[str] | bytes) -> Original | None:
    """What is needed to save a result in a photo's own colours; None where they are sRGB's, or not known.

    Only RGB photos without transparency: others are read and saved as sRGB.

    Args:
        source: a path, or the file's bytes.

    Raises:
        ImageError: too large, cut off or damaged, as `read_image` says.
    """
    from PIL import ImageCms

    try:
        with _open_wide(source) as (picture, icc):
            photo = decode(source)
            if photo.page != 1 or photo.brightness is not None or photo.pixels.shape[2] != 3:
                # What is seen is not what Pillow opened.
                return None
            seen = photo.pixels
            original = Original(icc, np.array(upright(picture)), seen)
            original._turn(seen[:1, :1])
    except (_NotWide, OSError, ImageCms.PyCMSError, ValueError):
        # Nothing that can be read, which is for `read_image` to explain; or a damaged profile.
        return None
    return original


def has_own_colours(source: str | os.PathLike[str] | bytes) -> bool:
    """Whether `read_original` has something to say of a photo; reads only its header."""
    try:
        with _open_wide(source):
            return True
    except (_NotWide, OSError, ValueError):
        return False


class _NotWide(Exception):
    """A picture in sRGB, or one that is read as if it were."""


@contextmanager
def _open_wide(source: str | os.PathLike[str] | bytes) -> Iterator[tuple[Pil.Image, bytes]]:
    """An RGB photo with a profile other than sRGB's, not yet decoded, and that profile."""
    from PIL import Image as Pil
    from PIL import ImageCms

    with io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb") as file:
        learn_heic(file.read(512))
        file.seek(0)
        try:
            picture = Pil.open(file, formats=[format for format in FORMATS if format in Pil.OPEN])
            icc = picture.info.get("icc_profile")
            if picture.mode != "RGB" or not isinstance(icc, bytes) or "transparency" in picture.info:
                raise _NotWide
            if is_srgb(ImageCms.ImageCmsProfile(io.BytesIO(icc))):
                raise _NotWide
        except (Pil.DecompressionBombError, ImageCms.PyCMSError, TypeError) as error:
            raise _NotWide from error
        yield picture, icc
