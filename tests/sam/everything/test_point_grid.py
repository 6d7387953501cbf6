"""Points and crops."""

from __future__ import annotations

import numpy as np
import pytest

from sam.errors import PromptError
from sam.everything.point_grid import coarse_first, crop_boxes, layer_grids, near_crop_edge, point_grid


def test_points_are_spaced_evenly() -> None:
    assert point_grid(2).tolist() == [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]]


@pytest.mark.parametrize(("layers", "downscale", "counts"), [(0, 1, [64]), (2, 1, [64, 64, 64]), (2, 2, [64, 16, 4])])
def test_layers_get_sparser(layers: int, downscale: int, counts: list[int]) -> None:
    assert [len(grid) for grid in layer_grids(8, layers, downscale)] == counts


@pytest.mark.parametrize("downscale", [0, 9])
def test_a_layer_without_points_is_refused(downscale: int) -> None:
    with pytest.raises(PromptError):
        layer_grids(8, 1, downscale)


@pytest.mark.parametrize("side", [1, 3, 4, 9])
def test_each_point_is_visited_once_and_sparse_ones_first(side: int) -> None:
    order = coarse_first(side)
    assert sorted(order) == list(range(side * side))
    if side > 2:
        assert order[0] == 2 * side + 2


@pytest.mark.parametrize("layers", [0, 1, 2])
def test_crops_cover_the_image(layers: int) -> None:
    crops = crop_boxes((90, 150), layers, 0.34)
    assert len(crops) == sum(4**layer for layer in range(layers + 1))
    for layer in range(layers + 1):
        seen = np.zeros((90, 150), int)
        for (x0, y0, x1, y1), own in crops:
            if own == layer:
                seen[y0:y1, x0:x1] += 1
        assert seen.min() >= 1


def test_a_tiny_image_has_no_empty_crop() -> None:
    assert all(x1 > x0 and y1 > y0 for (x0, y0, x1, y1), _ in crop_boxes((1, 3), 3, 0.34))


def test_only_edges_inside_the_image_cut_objects() -> None:
    boxes = np.array([[0, 0, 40, 40], [60, 60, 99, 80], [40, 90, 60, 95]], float)
    assert near_crop_edge(boxes, (0, 0, 100, 100), (100, 200)).tolist() == [False, True, False]
