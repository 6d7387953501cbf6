"""Everything mode's settings, declared once: how it looks, and which masks stay.

Names and meanings are those of SamAutomaticMaskGenerator (SAM paper, appendix B).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from ..options import Between, Options

Share = Between(0, 1, step=0.01)


LeastIou = Annotated[
    float | None, Share, "least predicted IoU; the model's own when left out, .88 for SAM; 0 keeps all"
]
LeastStability = Annotated[
    float | None, Share, "least stability; the model's own when left out, .95 for SAM; 0 keeps all"
]


@dataclass(frozen=True)
class SearchOptions(Options):
    """What the model is asked: the slow half."""

    points_per_side: Annotated[
        int | None, Between(1, 1024, "points"), "of the grid over the whole image; None when `point_grids` are given"
    ] = 32
    points_per_batch: Annotated[int, Between(1, 65_536, "points"), "prompts that the model is handed at a time"] = 64
    pred_iou_thresh: LeastIou = None
    stability_score_thresh: LeastStability = None
    stability_score_offset: Annotated[
        float, Between(0, 100, "logits"), "how far the threshold of a mask moves to measure its stability"
    ] = 1.0
    crop_n_layers: Annotated[
        int, Between(0, 4, "layers"), "layers of 4, 16, ... crops that are encoded and searched as well"
    ] = 0
    crop_overlap_ratio: Annotated[
        float, Between(0, 0.99), "overlap of the first layer's crops as a share of the short side; halved by each layer"
    ] = 512 / 1500
    crop_n_points_downscale_factor: Annotated[
        int, Between(1, 1024), "the grid of layer n is sparser by this factor to the power n"
    ] = 1
    point_grids: Annotated[
        Sequence[Any] | None,
        "instead of points_per_side, (N, 2) x, y in [0, 1] for the image and for each layer of crops",
    ] = field(default=None, metadata={"form": False})
    multimask_output: Annotated[bool, "three masks a point, or one"] = True
    cover_share: Annotated[
        float,
        Share,
        "a point inside a mask that passed both thresholds and covers at most this share of the crop is not asked; "
        "0 asks all; without effect when `exact`",
    ] = 0.1
    exact: Annotated[bool, "as Meta's code: every mask at full size, and its stability measured there"] = False


@dataclass(frozen=True)
class FilterOptions(Options):
    """Which of the masks stay: the fast half."""

    pred_iou_thresh: LeastIou = None
    stability_score_thresh: LeastStability = None
    box_nms_thresh: Annotated[
        float,
        Between(0, 1, step=0.05),
        "of two masks of one crop whose boxes overlap by more than this IoU the surer stays",
    ] = 0.7
    crop_nms_thresh: Annotated[
        float, Between(0, 1, step=0.05), "likewise between crops, where the one from the smaller crop stays"
    ] = 0.7
    min_mask_region_area: Annotated[
        int, Between(0, 2**31, "pixels", step=50, usual=2000), "holes and islands of fewer pixels are removed"
    ] = 0
