"""What heads on nano share: whose mask is kept when two disagree. Files and embeddings are tested with each head."""

from __future__ import annotations

import numpy as np
import pytest

from sam.backends._head import agree


def mask(left: int, right: int) -> np.ndarray:
    out = np.zeros((4, 100), bool)
    out[:, left:right] = True
    return out


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [((0, 50), (0, 50), True), ((0, 30), (0, 100), True), ((0, 29), (0, 100), False), ((0, 50), (50, 100), False)],
)
def test_masks_that_share_three_tenths_are_of_one_thing(one, other, same):
    assert agree(mask(*one), mask(*other)) is same
