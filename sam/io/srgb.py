"""sRGB, which everything here works in: what it is called, and the way to it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image as Pil


def is_srgb(profile: Any) -> bool:
    """Whether a profile of Pillow's calls itself sRGB."""
    return "srgb" in (profile.profile.profile_description or "").lower()


def srgb_profile() -> bytes:
    """For a file whose colours are sRGB's."""
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def to_srgb(picture: Pil.Image, profile: bytes) -> Pil.Image:
    """From the picture's own colour space, as a browser shows it."""
    from PIL import ImageCms

    out = "RGBA" if picture.mode == "RGBA" else "RGB"
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if is_srgb(own) and picture.mode == out:
            return picture
        turned = ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB"), outputMode=out)
    except Exception:
        # A damaged or unfitting profile: colours as stored are better than no picture.
        return picture.convert(out)
    return turned or picture.convert(out)
