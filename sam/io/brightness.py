"""Values of more than 8 bits, or of any scale, as the 256 levels that a screen and a model see.

Nothing in a 16-bit file says how many of its bits are used: 12-bit data shown over the whole range is sixteen levels
of near black. What the file says of its range is taken first, then its values decide: the range without outliers, as
microscopy's and GIS viewers do. Pixels without a value (NaN, GDAL_NODATA, a lone -9999) take no part in it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import ImageError

Choice = Literal["auto", "stored", "extremes"] | Sequence[float]
"""How values become levels: as seems best; as stored, over all that the file's type can hold (over the extremes where
a type has no natural range); from the lowest to the highest value; or from one given number to another."""

_SAMPLE = 4_000_000
_OUTLIERS = 0.005
_FEW = 64
"""Values; below that, none of them can be called an outlier."""
_USED = 0.25
"""Share of the stored range that the values must span to be shown as stored: 14 bits of 16 are a quarter."""
_SENTINELS = (-9999, -99999, -999, -32768, -32767, 1e20, -1e20, 9.969209968386869e36, 1e30, -1e30)
_COMMON = 0.001
_ZERO_SEEN = 0.15


@dataclass(frozen=True)
class Brightness:
    """Which values are black and white.

    Attributes:
        low, high: shown as black and as white; what lies beyond is cut off.
        lowest, highest: of all values.
        chosen: whether it was chosen here, since the file shown as stored would hardly be visible or has no range.
        by_file: whether the file's own tags gave it.
        empty: pixels without a value, shown black.
        nodata: what stood in them, for people; "" where there are none.
    """

    low: float
    high: float
    lowest: float
    highest: float
    chosen: bool
    by_file: bool = False
    empty: int = 0
    nodata: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know, a sentence each."""
        found = []
        if self.chosen:
            tag = ", as the file says" if self.by_file else ""
            outside = self.lowest < self.low or self.highest > self.high
            whole = f"; values reach from {self.lowest:g} to {self.highest:g}" if outside else ""
            found.append(f"Brightness: {self.low:g} is shown black, {self.high:g} white{tag}{whole}.")
        if self.empty:
            pixels = f"{self.empty:,} pixels have" if self.empty > 1 else "1 pixel has"
            found.append(f"{pixels} no value ({self.nodata}) and {'are' if self.empty > 1 else 'is'} shown black.")
        return tuple(found)

    def to_json(self) -> dict[str, Any]:
        """For the page."""
        return {"low": self.low, "high": self.high, "lowest": self.lowest, "highest": self.highest}


def to_levels(
    values: NDArray[Any],
    *,
    stored: tuple[float, float] | None = None,
    tagged: tuple[float, float] | None = None,
    nodata: float | None = None,
    choice: Choice = "auto",
    from_white: bool = False,
) -> tuple[NDArray[np.uint8], Brightness]:
    """Levels of 0..255 for values of any real type, one range for all bands so that colours stay.

    Args:
        values: (H, W) or (H, W, C) integers or floats.
        stored: what the type or the file's header calls black and white; None where nothing does.
        tagged: the range that the file says it is to be shown in.
        nodata: the value that the file says stands for none.
        choice: see `Choice`.
        from_white: the lowest value is white, as X-rays may be stored.

    Returns:
        the levels, in the shape of `values`, 0 where there is no value; and how they came about.

    Raises:
        ImageError: `choice` is none of those.
    """
    check_choice(choice)
    if values.dtype.kind == "f" and values.dtype.itemsize < 4:
        values = values.astype(np.float32)
    empty, word = find_empty(values, nodata)
    holes = int((empty.any(axis=2) if empty.ndim == 3 else empty).sum())
    known = values[~empty] if holes else values.reshape(-1)
    if not known.size:
        return np.zeros(values.shape, np.uint8), Brightness(0, 0, 0, 0, False, empty=holes, nodata=word)
    lowest, highest = float(known.min()), float(known.max())
    known = known[:: max(1, known.size // _SAMPLE)]
    if stored is None and values.dtype.kind == "f" and lowest >= 0 and highest <= 1:
        stored = (0.0, 1.0)
    low, high, chosen, by_file = _range(known, (lowest, highest), stored, tagged, choice)
    span = (high - low) or 1.0
    levels = np.empty(values.shape, np.uint8)
    # A few rows at a time: float64 copies of the whole would take four times the photo's own memory.
    step = max(1, 4_000_000 // max(1, values[0].size))
    for start in range(0, len(values), step):
        rows = slice(start, start + step)
        with np.errstate(invalid="ignore", over="ignore"):
            scaled = (values[rows].astype(np.float64) - low) * (255 / span)
        part = np.rint(np.clip(np.nan_to_num(scaled, nan=0.0, posinf=255.0, neginf=0.0), 0, 255))
        part = 255 - part if from_white else part
        levels[rows] = np.where(empty[rows], 0, part) if holes else part
    return levels, Brightness(low, high, lowest, highest, chosen, by_file, holes, word)


def find_empty(values: NDArray[Any], nodata: float | None = None) -> tuple[NDArray[np.bool_], str]:
    """Which values stand for none: NaN and infinity, what the file declares, and a value far off all others.

    Returns:
        bool in the shape of `values`, and what stood there ("NaN", "-9999"; "" where nothing did).
    """
    words: list[str] = []
    if values.dtype.kind == "f":
        empty = ~np.isfinite(values)
        if empty.any():
            words.append("NaN" if np.isnan(values).any() else "infinity")
    else:
        empty = np.zeros(values.shape, bool)
    if nodata is not None and math.isfinite(nodata):
        # The tag is text, the pixels are rounded to their type.
        with np.errstate(over="ignore"):
            there = np.isclose(values, nodata, rtol=1e-6, atol=0) if values.dtype.kind == "f" else values == nodata
        if there.any():
            words.append(f"{nodata:g}")
            empty |= there
    if values.dtype.itemsize > 1:
        for _ in range(2):
            value = _sentinel(values, empty)
            if value is None:
                break
            words.append(f"{value:g}")
            empty |= values == value
    return empty, " or ".join(words)


def _sentinel(values: NDArray[Any], empty: NDArray[np.bool_]) -> float | None:
    """The lowest or highest value, where it cannot be one of a row with the others."""
    known = values[~empty] if empty.any() else values.reshape(-1)
    if known.size < 2:
        return None
    for value in (known.min(), known.max()):
        rest = known[known != value]
        if not rest.size:
            return None
        first, last = float(rest.min()), float(rest.max())
        gap = max(first - float(value), float(value) - last)
        share = 1 - rest.size / known.size
        meant = any(math.isclose(float(value), sign, rel_tol=1e-6) for sign in _SENTINELS) or abs(float(value)) > 3.4e38
        if meant and (gap > (last - first) / 2 or (value < 0 <= first)):
            return float(value)
        if value == 0 and (last <= 1 or last - first > _ZERO_SEEN * last):
            # Black is a value like others, as long as the others can be told apart above it.
            continue
        # A saturated or dead sensor pixel is rare; what fills a region beside all others is no measurement.
        if share >= _COMMON and known.size > _FEW and last > first and gap > 2 * (last - first):
            return float(value)
    return None


def _range(
    known: NDArray[Any],
    extremes: tuple[float, float],
    stored: tuple[float, float] | None,
    tagged: tuple[float, float] | None,
    choice: Choice,
) -> tuple[float, float, bool, bool]:
    """(low, high, chosen, by_file)."""
    if choice == "stored":
        return (*(stored or extremes), False, False)
    if choice == "extremes":
        return (*extremes, False, False)
    if choice != "auto":
        return float(choice[0]), float(choice[1]), False, False
    whole = stored is not None and tagged is not None and tagged[0] <= stored[0] and tagged[1] >= stored[1]
    if tagged is not None and not whole and tagged[0] < extremes[1] and tagged[1] > extremes[0]:
        return (*tagged, True, True)
    low, high = robust_range(known, extremes)
    if stored is not None and (high - low > _USED * (stored[1] - stored[0]) or low == high):
        return (*stored, False, False)
    return low, high, True, False


def robust_range(known: NDArray[Any], extremes: tuple[float, float]) -> tuple[float, float]:
    """(low, high) without outliers: half a percent at each end, where leaving it out changes much.

    Args:
        known: (N,) values, N at least 1.
        extremes: the lowest and the highest of all.
    """
    low, high = extremes
    if known.size > _FEW:
        inner_low = float(np.percentile(known, 100 * _OUTLIERS, method="higher"))
        inner_high = float(np.percentile(known, 100 * (1 - _OUTLIERS), method="lower"))
        span = inner_high - inner_low
        if span > 0:
            # Highlights close by are part of the picture; only what is far off is cut.
            low = low if inner_low - low <= span / 4 else inner_low
            high = high if high - inner_high <= span / 4 else inner_high
    # Black stays black where the darkest pixel is nearly that.
    return (0.0 if 0 < low <= high / 10 else low), high


def check_choice(choice: Any) -> None:
    """Refuse what is no `Choice`, whether the file needs one or not.

    Raises:
        ImageError: it is none.
    """
    if isinstance(choice, str) and choice in ("auto", "stored", "extremes"):
        return
    try:
        low, high = (float(value) for value in (() if isinstance(choice, (dict, str)) else choice))
    except (TypeError, ValueError, OverflowError) as error:
        raise ImageError(
            f'brightness: expected "auto", "stored", "extremes" or two numbers, got {str(choice)[:60]!r}.'
        ) from error
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ImageError(f"brightness: expected two numbers, the lower one first, got {low:g} and {high:g}.")
