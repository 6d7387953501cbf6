"""TIFF: several pages, and pixels Pillow does not know. tifffile says what is there, Pillow decodes what it can."""

from __future__ import annotations

import io
import logging
import math
import re
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError
from .tiff_segments import SEPARATE, read_bands

# Damaged files are told to the user by us, not on standard error by the library.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

MAX_PAGES = 1000
MAX_BYTES = 2 << 30
_MAX_DEPTH = 4
_GREY_FROM_WHITE, _GREY, _RGB, _CMYK = 0, 1, 2, 5
_SHOWN = (_GREY_FROM_WHITE, _GREY, _RGB, 3, _CMYK, 6, 8)
_SENSOR = (32803, 34892)
_OLD_JPEG, _JPEG = 6, 7
_DECODED = (1, 2, 3, 4, 5, _OLD_JPEG, _JPEG, 8, 32773, 32946, 34925, 50000, 50001)
LOSSY = (_OLD_JPEG, _JPEG, 50001)
_GDAL_NODATA, _GDAL_METADATA = 42113, 42112
_MARKED_ALPHA = (1, 2)
_FEW = 256
"""Pixels; of fewer nothing can be told."""


@dataclass(frozen=True)
class TiffPage:
    """One picture in a file.

    Attributes:
        page: tifffile's.
        width, height: pixels.
        orientation: EXIF's number, the file's first page's where it has none of its own.
        bits, samples, compression, photometric, kind: the tags BitsPerSample, SamplesPerPixel and so on; `kind` is
            SampleFormat.
        separate: whether each band lies by itself.
        extra: what the bands beyond the colours are (ExtraSamples).
        shown: whether it can be shown: a mask, or what a sensor measured, cannot.
        reduced: a smaller copy of another.
    """

    page: Any
    width: int
    height: int
    orientation: int
    bits: int
    samples: int
    compression: int
    photometric: int
    kind: int
    separate: bool
    extra: tuple[int, ...]
    shown: bool
    reduced: bool


@dataclass(frozen=True)
class Bands:
    """Pixels that Pillow does not know.

    Attributes:
        values: (H, W, C) of any real type.
        alpha: (H, W) uint8, or None.
        stored, tagged, nodata: see `to_levels`.
        from_white: whether the lowest value is white.
        cmyk: whether the four bands are inks.
        notes: what was left out.
    """

    values: NDArray[Any]
    alpha: NDArray[np.uint8] | None
    stored: tuple[float, float] | None
    tagged: tuple[float, float] | None
    nodata: float | None
    from_white: bool
    cmyk: bool
    notes: tuple[str, ...]


def list_pages(file: BinaryIO) -> list[TiffPage]:
    """All pages in the file's order, each followed by those below it; [] for a file that tifffile cannot read."""
    import tifffile

    try:
        tiff = tifffile.TiffFile(file)
        pages: list[TiffPage] = []
        seen: set[int] = set()
        for index in range(MAX_PAGES):
            try:
                page = tiff.pages[index]
            except IndexError:
                break
            # A damaged or hostile file may go round in circles.
            if page.offset in seen:
                break
            _collect(page, pages, seen, 0, 1)
        return pages
    except Exception:  # a damaged file can make it raise anything; Pillow may read it, or says what is wrong
        return []


def _collect(page: Any, pages: list[TiffPage], seen: set[int], depth: int, orientation: int) -> None:
    if page.offset in seen or len(pages) >= MAX_PAGES:
        return
    seen.add(page.offset)
    turned = int(page.tags.valueof(274, 0) or 0) or orientation
    # Of a damaged file any of these may be anything: what is no number ends the list here.
    width, height, bits, samples = (
        int(value) for value in (page.imagewidth, page.imagelength, page.bitspersample, page.samplesperpixel)
    )
    compression, photometric, kind = int(page.compression), int(page.photometric), int(page.sampleformat)
    shown = photometric in _SHOWN and compression in _DECODED and width > 0 and height > 0 and samples > 0
    one = TiffPage(
        page=page,
        width=width,
        height=height,
        orientation=turned,
        bits=bits,
        samples=samples,
        compression=compression,
        photometric=photometric,
        kind=kind,
        separate=int(page.planarconfig) == SEPARATE and samples > 1,
        extra=tuple(int(extra) for extra in page.extrasamples),
        shown=shown and not int(page.subfiletype) & 4,
        reduced=bool(page.is_reduced),
    )
    pages.append(one)
    if depth < _MAX_DEPTH and page.subifds:
        for below in page.pages or ():
            _collect(below, pages, seen, depth + 1, turned)


def only_sensor_data(pages: list[TiffPage]) -> bool:
    """Whether the file is a camera's raw file without a picture that was made of it."""
    return any(one.photometric in _SENSOR for one in pages) and not any(one.shown for one in pages)


def has_sensor_data(pages: list[TiffPage]) -> bool:
    """Whether one of the pages is what a camera's sensor measured."""
    return any(one.photometric in _SENSOR for one in pages)


def embedded_jpeg(page: TiffPage, file: BinaryIO) -> bytes:
    """The JPEG file that a page of the old kind consists of, as cameras write previews; b"" for other pages."""
    if page.compression != _OLD_JPEG:
        return b""
    start, size = page.page.tags.valueof(513, 0), page.page.tags.valueof(514, 0)
    if not (start and size) and len(page.page.dataoffsets) == 1:
        start, size = page.page.dataoffsets[0], page.page.databytecounts[0]
    if not (start and size):
        return b""
    file.seek(int(start))
    data = file.read(int(size))
    return data if data.startswith(b"\xff\xd8") else b""


def at_page(file: BinaryIO, page: TiffPage) -> BinaryIO:
    """The same file with this page as its first, for a reader that knows only those."""
    offset = int(page.page.offset)
    file.seek(0)
    head = bytearray(file.read(16))
    order = "little" if head[:2] == b"II" else "big"
    if page.page.parent.is_bigtiff:
        head[8:16] = offset.to_bytes(8, order)  # type: ignore[arg-type]
    else:
        head[4:8] = offset.to_bytes(4, order)  # type: ignore[arg-type]
    file.seek(0)
    return _Patched(file, bytes(head))  # type: ignore[return-value]


class _Patched(io.RawIOBase):
    """A file whose first bytes are others."""

    def __init__(self, file: BinaryIO, head: bytes) -> None:
        self._file, self._head = file, head

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int | None = -1) -> bytes:
        start = self._file.tell()
        data = self._file.read(-1 if size is None else size)
        if start >= len(self._head):
            return data
        return (self._head[start : start + len(data)] + data[len(self._head) - start :])[: len(data)]


def pillow_reads(page: TiffPage) -> bool:
    """Whether Pillow gives the page's values as they are: bytes that lie together, or a photo's compression."""
    if page.compression in LOSSY or page.photometric in (3, 6, 8):
        return True
    whole = page.kind in (1, 4) and not page.separate
    if page.photometric == _CMYK:
        return whole and page.samples == 4
    if not whole or page.bits not in (1, 2, 4, 8):
        return False
    if page.photometric == _RGB:
        return page.samples == 3 or has_marked_alpha(page)
    return page.samples == 1 or (page.samples == 2 and page.extra[:1] == (2,))


def read_page(page: TiffPage, file: BinaryIO, name: str) -> Bands:
    """The pixels of a page that `pillow_reads` says no of.

    Raises:
        ImageError: damaged, too large, or of a kind that is not known.
    """
    tiff, samples, extra = page.page, page.samples, page.extra
    colours = {_RGB: 3, _CMYK: 4}.get(page.photometric, max(1, samples - len(extra)))
    # Grey with more bands than one is how multispectral pictures are written: their first three are shown as colours.
    if page.photometric in (_GREY, _GREY_FROM_WHITE) and samples - sum(one in _MARKED_ALPHA for one in extra) >= 3:
        colours = 3
    colours = min(colours, samples) if colours != 2 else 1
    marked = next((i for i, kind in enumerate(extra, samples - len(extra)) if kind in _MARKED_ALPHA), None)
    needed = max(colours, (marked or 0) + 1)
    _check_bytes(page, needed if page.separate else samples, name)
    try:
        values = _read(page, file, needed)
    except Exception as error:
        raise ImageError(f"{name} is damaged and cannot be decoded ({error}). Save or download it again.") from error
    notes: list[str] = []
    if np.iscomplexobj(values):
        values = np.abs(values)
        notes.append("Its values are complex numbers: their magnitude is shown.")
    stored = _stored(values.dtype, page.bits)
    alpha = None
    if marked is not None:
        alpha = _alpha(values[..., marked], stored)
        if not is_alpha(alpha):
            alpha = None
            notes.append(f"{_band(tiff, marked)} is marked as transparency, but is none: it is left out.")
    rest = [i for i in range(samples) if i >= colours and i != marked]
    if rest:
        which = "The first three bands are" if colours == 3 else "The first band is" if colours == 1 else "Four are"
        as_colours = " shown as red, green and blue" if colours == 3 else " shown"
        names = [_name(tiff, i) for i in rest[:4]]
        named = f" ({', '.join(one for one in names if one)})" if any(names) else ""
        notes.append(f"{which}{as_colours}; {len(rest)} more{named} {'are' if len(rest) > 1 else 'is'} left out.")
    return Bands(
        values[..., :colours],
        alpha,
        stored,
        _tagged(tiff),
        _nodata(tiff),
        page.photometric == _GREY_FROM_WHITE,
        page.photometric == _CMYK,
        tuple(notes),
    )


def is_alpha(alpha: NDArray[np.uint8]) -> bool:
    """Whether a band that is marked as transparency is one.

    Aerial photos have near infrared there: it takes many values, and hardly ever the two that transparency mostly has.
    """
    counts = np.bincount(alpha.reshape(-1), minlength=256)
    extremes = int(counts[0] + counts[255])
    return bool(alpha.size < _FEW or extremes >= 0.05 * alpha.size or np.count_nonzero(counts) < 16)


def has_marked_alpha(page: TiffPage) -> bool:
    """Whether colours of a page have a fourth band that is marked as transparency."""
    return page.photometric == _RGB and page.samples == 4 and page.extra[:1] in ((1,), (2,))


def has_lossless_alpha(page: TiffPage) -> bool:
    """As `has_marked_alpha`, of a page whose values tifffile can read."""
    return has_marked_alpha(page) and page.compression not in LOSSY


def alpha_band(page: TiffPage) -> str:
    """What the fourth band is called, for a sentence."""
    return _band(page.page, 3)


def _read(page: TiffPage, file: BinaryIO, bands: int) -> NDArray[Any]:
    """(H, W, at least `bands`)."""
    try:
        if page.separate and page.samples > bands:
            return read_bands(page.page, file, bands)
        values = np.asarray(page.page.asarray())
        axes = str(page.page.axes)
    except (ValueError, NotImplementedError, KeyError):
        # Without imagecodecs tifffile lacks LZW and others.
        return read_bands(page.page, file, bands)
    while len(axes) > 3 or (len(axes) == 3 and "S" not in axes):
        values, axes = values[0], axes[1:]
    if "S" in axes:
        values = np.moveaxis(values, axes.index("S"), -1)
    values = values.reshape(page.height, page.width, -1)
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def _check_bytes(page: TiffPage, samples: int, name: str) -> None:
    size = page.width * page.height * samples * max(8, page.bits) // 8
    if size > MAX_BYTES:
        raise ImageError(
            f"{name} is too large: {page.width} x {page.height} pixels with {samples} bands are {size / 2**30:.1f} GB; "
            f"at most {MAX_BYTES >> 30} can be used. Save three of its bands."
        )


def _stored(dtype: np.dtype[Any], bits: int) -> tuple[float, float] | None:
    # Integers of 32 bits are counts or labels, never levels over their whole range.
    return (0.0, float(2**bits - 1)) if dtype.kind == "u" and bits <= 16 else None


def _alpha(band: NDArray[Any], stored: tuple[float, float] | None) -> NDArray[np.uint8]:
    from .brightness import to_levels

    if band.dtype == np.uint8:
        return np.ascontiguousarray(band)
    return to_levels(band, stored=stored, choice="stored")[0]


def _tagged(tiff: Any) -> tuple[float, float] | None:
    """The range that the file's tags give, the signed ones (SMinSampleValue) first; then ImageJ's."""
    tags = tiff.tags
    for first, second in ((340, 341), (280, 281)):
        low, high = tags.valueof(first), tags.valueof(second)
        if low is None or high is None:
            continue
        try:
            found = float(np.min(low)), float(np.max(high))
        except (TypeError, ValueError):
            continue
        if math.isfinite(found[0]) and math.isfinite(found[1]) and found[0] < found[1]:
            return found
    told = dict(re.findall(r"^(min|max)=([-+.\deE]+)\s*$", str(tiff.description or ""), re.MULTILINE))
    try:
        low, high = float(told["min"]), float(told["max"])
    except (KeyError, ValueError):
        return None
    return (low, high) if str(tiff.description).startswith("ImageJ=") and low < high else None


def _nodata(tiff: Any) -> float | None:
    try:
        return float(str(tiff.tags.valueof(_GDAL_NODATA, "")).strip("\0 "))
    except ValueError:
        return None


def _band(tiff: Any, index: int) -> str:
    name = _name(tiff, index) or ("probably near infrared" if index == 3 else "")
    return f"Band {index + 1}{f' ({name})' if name else ''}"


def _name(tiff: Any, index: int) -> str:
    """What GDAL's description calls a band."""
    text = str(tiff.tags.valueof(_GDAL_METADATA, "") or "")[:200_000]
    found = re.search(rf'<Item name="DESCRIPTION" sample="{index}"[^>]*>([^<]{{1,60}})</Item>', text)
    return " ".join(found[1].split()) if found else ""
