"""The options stand once: the functions have those of the classes, which are SamAutomaticMaskGenerator's."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from sam import PromptError, segment_everything
from sam.everything import FilterOptions, SearchOptions, propose
from sam.everything.proposals import Proposals
from sam.options import read_options

METAS = [
    "points_per_side",
    "points_per_batch",
    "pred_iou_thresh",
    "stability_score_thresh",
    "stability_score_offset",
    "box_nms_thresh",
    "crop_n_layers",
    "crop_nms_thresh",
    "crop_overlap_ratio",
    "crop_n_points_downscale_factor",
    "point_grids",
    "min_mask_region_area",
    "output_mode",
]


def test_the_functions_have_metas_options():
    every = inspect.signature(segment_everything).parameters
    assert not [name for name in METAS if name not in every]
    assert every["points_per_side"].default == 32
    assert every["pred_iou_thresh"].default is None
    search, chosen = inspect.signature(propose).parameters, inspect.signature(Proposals.select).parameters
    assert {*every} == {*search} | {*chosen} - {"self"}
    for name, option in {**read_options(SearchOptions), **read_options(FilterOptions)}.items():
        assert option.help, name
        assert f"{name}: {option.help}." in (inspect.getdoc(segment_everything) or "")


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (SearchOptions, {"points_per_side": 0}),
        (SearchOptions, {"crop_n_layers": 5}),
        (SearchOptions, {"crop_overlap_ratio": 1.0}),
        (SearchOptions, {"cover_share": float("nan")}),
        (FilterOptions, {"box_nms_thresh": 1.5}),
        (FilterOptions, {"min_mask_region_area": -1}),
    ],
)
def test_what_is_out_of_range_is_named(kind, wrong):
    (name,) = wrong
    with pytest.raises(PromptError, match=f"{name}: expected"):
        kind(**wrong)


def test_numpys_numbers_are_numbers():
    options = SearchOptions(points_per_side=np.int64(8), pred_iou_thresh=np.float32(0.5))
    assert (options.points_per_side, options.pred_iou_thresh) == (8, 0.5)
    assert type(options.points_per_side) is int
