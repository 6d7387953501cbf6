"""Label Studio's brush masks: the bytes of an RGBA picture, packed bit by bit.

A header of 32 bits says how many bytes there are, 5 bits their width less one, four times 4 bits the widths of run
lengths less one. Then, again and again: 1 bit, whether one byte repeats; 2 bits, which width; the length less one; and
that byte, or as many bytes as the length says. Source: label-studio-sdk, `label_studio_sdk.converter.brush`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import PromptError
from ...io.arrays import read_array
from ...stopping import check_stopped

_WIDTHS = (3, 4, 8, 16)
_WORD = 8
_CHANNELS = 4
_MOST = 32 << 20


def encode_brush(runs: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Packed bytes of a mask.

    Args:
        runs: its run lengths along the rows, background first.
    """
    total = int(runs.sum()) * _CHANNELS
    bits = [f"{total:032b}", f"{_WORD - 1:05b}", *(f"{width - 1:04b}" for width in _WIDTHS)]
    for index, run in enumerate(runs):
        value = "11111111" if index % 2 else "00000000"
        left = int(run) * _CHANNELS
        while left:
            part = min(left, 1 << _WIDTHS[-1])
            which = next(i for i, width in enumerate(_WIDTHS) if part <= 1 << width)
            bits.append(f"1{which:02b}{part - 1:0{_WIDTHS[which]}b}{value}")
            left -= part
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    return np.packbits(np.frombuffer(text.encode(), np.uint8) - ord("0"))


def decode_brush(packed: Any, size_hw: tuple[int, int]) -> NDArray[np.bool_]:
    """(H, W) bool: where the picture is not transparent.

    Raises:
        PromptError: damaged, or of another size.
    """
    array = read_array(packed, "rle", "a list of bytes")
    if array.ndim != 1 or array.dtype.kind not in "iu" or (array < 0).any() or (array > 255).any():
        raise PromptError("its rle is no list of bytes")
    if len(array) > _MOST:
        raise PromptError(f"its rle is longer than {_MOST >> 20} MB")
    bits = _Bits(array.astype(np.uint8))
    expected = size_hw[0] * size_hw[1] * _CHANNELS
    total, word = bits.read(32), bits.read(5) + 1
    if total != expected:
        raise PromptError(f"its rle has {total} bytes, and a picture of the photo's size {expected}")
    widths = [bits.read(4) + 1 for _ in range(4)]
    out = np.zeros(total, np.uint8)
    at = 0
    while at < total:
        check_stopped()
        repeats = bits.read(1)
        end = at + 1 + bits.read(widths[bits.read(2)])
        if end > total:
            raise PromptError("its rle is longer than the picture")
        if repeats:
            out[at:end] = bits.read(word) & 255
        else:
            for place in range(at, end):
                out[place] = bits.read(word) & 255
        at = end
    return out.reshape(*size_hw, _CHANNELS)[..., 3] > 0


class _Bits:
    """Numbers of any width, highest bit first."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self._text = "".join(map(str, np.unpackbits(data)))
        self._at = 0

    def read(self, width: int) -> int:
        end = self._at + width
        if end > len(self._text):
            raise PromptError("its rle is cut off")
        value = int(self._text[self._at : end], 2)
        self._at = end
        return value
