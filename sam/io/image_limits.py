"""How large a picture may be, and what is said of one that is larger, or damaged."""

from __future__ import annotations

from ..errors import ImageError

MAX_PIXELS = 80_000_000
"""Width times height; about a quarter of a gigabyte as RGB. Below Pillow's own limit, so that ours speaks first."""

MAX_SIDE = 32_767
"""Longest side in pixels: neither OpenCV's 16-bit coordinates nor a browser's canvas go further."""

MAX_FILE_BYTES = 1 << 30


def check_size(height: int, width: int, name: str) -> None:
    """Refuse a size that cannot be used.

    Raises:
        ImageError: no pixels, too many, or a side too long.
    """
    if height < 1 or width < 1:
        raise ImageError(f"{name} has no pixels ({width} x {height}).")
    if height * width > MAX_PIXELS:
        raise ImageError(too_many_pixels(name, height * width, f"{width} x {height}"))
    if max(height, width) > MAX_SIDE:
        raise ImageError(
            f"{name} is too long: {width} x {height} pixels; at most {MAX_SIDE} a side can be used. Cut it into pieces."
        )


def too_many_pixels(name: str, pixels: int, size: str = "") -> str:
    """A sentence; `size` is "width x height" where that is known."""
    size = f"{size} = {pixels / 1e6:.0f}" if size else f"{pixels / 1e6:.0f}"
    return f"{name} is too large: {size} megapixels; at most {MAX_PIXELS / 1e6:.0f} can be used. Scale it down first."


def too_many_bytes(name: str) -> str:
    """A sentence."""
    return f"{name} is too large: a file may have at most {MAX_FILE_BYTES >> 20} MB. Save it as JPEG or PNG."


def damaged(name: str, error: Exception) -> str:
    """A sentence for what a decoder raised."""
    if "truncated" in str(error).lower() or isinstance(error, EOFError):
        return f"{name} is cut off: its end is missing. Copy or download it again."
    if isinstance(error, MemoryError):
        return f"{name} does not fit into memory. Scale it down first."
    return f"{name} is damaged and cannot be decoded ({error}). Save or download it again."
