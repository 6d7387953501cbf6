"""Find similar, from one object."""

from __future__ import annotations

import numpy as np
import pytest

from plugins.similar import compare, find_similar
from sam import Boxes, Masks, PromptError


@pytest.fixture(scope="module")
def coins():
    """(image, mask of one coin) of the coins that scikit-image brings along."""
    from skimage import data

    image = np.stack([data.coins()] * 3, -1)
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    return image, (x - 47) ** 2 + (y - 53) ** 2 < 21**2


def test_other_coins_are_found_under_the_examples_label(coins) -> None:
    image, mask = coins
    example = Masks(mask[None], boxes=Boxes([[26, 32, 69, 75]], labels=("coin",)))
    compared = compare(image, example, "nano", "fast")
    assert len(compared.codes) == len(compared.scores)
    counts = [len(compared.masks(least)) for least in (0.0, 0.4, 0.99)]
    assert counts == sorted(counts, reverse=True)
    found = compared.masks(0.0, "coin")
    assert set(found.boxes.labels) <= {"coin"}
    assert (np.diff(found.scores) <= 0).all()
    assert not any((one & mask).sum() / (one | mask).sum() >= 0.5 for one in found.masks)


def test_without_an_example_it_says_what_to_do(coins) -> None:
    image, _ = coins
    with pytest.raises(PromptError, match="Select an object"):
        find_similar(image, Masks.empty(image.shape[:2]))
