"""Confidence intervals by resampling images, since the objects of one image are not independent."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

DRAWS = 1000
LEVEL = 0.95


def resampled_means(
    values: ArrayLike, images: Sequence[Hashable], seed: int | Sequence[int], draws: int = DRAWS
) -> NDArray[np.float64]:
    """Means over objects of data sets that might have been: images drawn with replacement (cluster bootstrap).

    Efron and Tibshirani 1993, chapter 8; the images are the units that were sampled, the objects only come with them.

    Args:
        values: (N,) one for each object, or (N, F) several figures of each, which get the same draws.
        images: N, which image each object is in.
        seed: the same seed gives the same draws.
        draws: how many.

    Returns:
        (draws,) or (draws, F) float64; no draws where there are fewer than two images, since nothing is known of the
        spread then.
    """
    array = np.asarray(values, np.float64)
    numbers: dict[Hashable, int] = {}
    place = np.array([numbers.setdefault(image, len(numbers)) for image in images], int)
    count = len(numbers)
    if count < 2:
        return np.empty((0, *array.shape[1:]))
    sums = np.zeros((count, *array.shape[1:]))
    np.add.at(sums, place, array)
    objects = np.bincount(place, minlength=count)
    times = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), draws)
    return np.asarray(((times @ sums).T / (times @ objects)).T)


def interval(means: NDArray[np.float64], level: float = LEVEL) -> tuple[float, float] | None:
    """The middle `level` of resampled means (percentile interval); None where there are none."""
    if not len(means):
        return None
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
