"""Everything mode's grids of points, and the crops of an image that are encoded one by one."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ..errors import PromptError

Crop = tuple[int, int, int, int]
"""Half-open xyxy in image pixels."""


def point_grid(per_side: int) -> NDArray[np.float64]:
    """(per_side * per_side, 2) x, y in (0, 1), evenly spaced, row by row.

    Raises:
        PromptError: less than one.
    """
    if per_side < 1:
        raise PromptError(f"points_per_side: expected at least 1, got {per_side}.")
    line = np.linspace(0.5 / per_side, 1 - 0.5 / per_side, per_side)
    x, y = np.meshgrid(line, line)
    return np.stack([x, y], axis=-1).reshape(-1, 2)


def layer_grids(per_side: int, layers: int, downscale: int) -> list[NDArray[np.float64]]:
    """A grid for the whole image and for each layer of crops, sparser by `downscale` from layer to layer.

    Raises:
        PromptError: a layer would get no point.
    """
    if downscale < 1:
        raise PromptError(f"crop_n_points_downscale_factor: expected at least 1, got {downscale}.")
    counts = [int(per_side / downscale**layer) for layer in range(layers + 1)]
    if counts[-1] < 1:
        raise PromptError(
            f"points_per_side: {per_side} points, divided by {downscale} for each of {layers} layers, leave none. "
            "Ask for more points or fewer layers."
        )
    return [point_grid(count) for count in counts]


def coarse_first(per_side: int) -> NDArray[np.int64]:
    """Order in which to visit `point_grid`: every fourth point and row, then every second, then the rest."""
    place = np.arange(per_side)
    row, column = np.meshgrid(place, place, indexing="ij")
    level = np.where((row % 4 == 2) & (column % 4 == 2), 0, np.where((row % 2 == 0) & (column % 2 == 0), 1, 2))
    return np.argsort(level.reshape(-1), kind="stable")


def crop_boxes(size_hw: tuple[int, int], layers: int, overlap_ratio: float) -> list[tuple[Crop, int]]:
    """(crop, layer): the whole image as layer 0, then 4, 16, ... overlapping crops (SAM paper, appendix B).

    Args:
        size_hw: of the image.
        layers: of crops, 0 for none.
        overlap_ratio: of the first layer's crops, as a share of the short side; it halves with every layer.

    Raises:
        PromptError: a number out of range.
    """
    height, width = size_hw
    if not 0 <= layers <= 4:
        raise PromptError(f"crop_n_layers: expected 0 to 4, got {layers}.")
    if not 0 <= overlap_ratio < 1:
        raise PromptError(f"crop_overlap_ratio: expected 0 <= ratio < 1, got {overlap_ratio}.")
    found: list[tuple[Crop, int]] = [((0, 0, width, height), 0)]
    for layer in range(1, layers + 1):
        count = 2**layer
        overlap = int(overlap_ratio * min(height, width) * (2 / count))
        w, h = (math.ceil((overlap * (count - 1) + side) / count) for side in (width, height))
        lefts, tops = ([int((side - overlap) * i) for i in range(count)] for side in (w, h))
        found += [
            ((x, y, min(x + w, width), min(y + h, height)), layer)
            for x, y in product(lefts, tops)
            # A picture of a few pixels has fewer crops than the layer asks for.
            if x < width and y < height
        ]
    return found


def near_crop_edge(boxes: NDArray[np.float64], crop: Crop, size_hw: tuple[int, int]) -> NDArray[np.bool_]:
    """(N,) whether a box touches an edge of its crop that is not one of the image: the object goes on beyond it.

    Args:
        boxes: (N, 4) inclusive xyxy in image pixels.
        crop: the crop they were found in.
        size_hw: of the image.
    """
    reach = 20  # pixels, as in Meta's code
    at_crop = np.abs(boxes - np.array(crop)) <= reach
    at_image = np.abs(boxes - np.array([0, 0, size_hw[1], size_hw[0]])) <= reach
    return np.asarray((at_crop & ~at_image).any(axis=1))
