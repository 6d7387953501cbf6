"""Everything mode: a grid of points, a mask for each, and filters that leave one mask for each object.

The options and the record are those of SamAutomaticMaskGenerator (SAM paper, appendix B). `exact=True` also takes its
way: every mask at full size, stability measured there. The default way measures on the low-resolution logits, draws
only what survives all filters, and asks no point that a confident mask covers already (TinySAM's hierarchical mode).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import rle
from ..boxes import nms
from ..errors import PromptError
from ..images import check_image
from ..masks import stability_score
from ..runtime.leases import one_lease
from ..runtime.out_of_memory import enough_memory
from ..segmenter import Segmenter
from ..stopping import check_stopped
from ..types import Embedding, Image, Points, Prompt
from . import point_grid
from .point_grid import Crop
from .proposals import Counts, OutputMode, Proposal, Proposals, Record

Progress = Callable[[float, int], None]
"""Told the share that is done, in [0, 1], and how many masks there are so far; may raise `Cancelled` to stop."""

PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "fast": MappingProxyType({"points_per_side": 16, "cover_share": 0.5}),
        "balanced": MappingProxyType({"points_per_side": 32, "cover_share": 0.1}),
        "thorough": MappingProxyType(
            {"points_per_side": 32, "cover_share": 0.0, "crop_n_layers": 1, "crop_n_points_downscale_factor": 2}
        ),
    }
)
"""Options of `propose` under the names that people choose from."""

_ROUND = 16
"""Points between two looks at what is covered already: more in one go would ask for what the last ones found."""
_MOST_BYTES = 96 << 20
"""Logits of masks still to be filtered; above it duplicates are dropped at once."""
_LOOSE_NMS = 0.9


@enough_memory("to segment everything in this photo")
def segment_everything(
    model: Segmenter,
    image: Image,
    *,
    points_per_side: int | None = 32,
    points_per_batch: int = 64,
    pred_iou_thresh: float | None = None,
    stability_score_thresh: float | None = None,
    stability_score_offset: float = 1.0,
    box_nms_thresh: float = 0.7,
    crop_n_layers: int = 0,
    crop_nms_thresh: float = 0.7,
    crop_overlap_ratio: float = 512 / 1500,
    crop_n_points_downscale_factor: int = 1,
    point_grids: Sequence[Any] | None = None,
    min_mask_region_area: int = 0,
    output_mode: OutputMode = "binary_mask",
    multimask_output: bool = True,
    cover_share: float = 0.1,
    exact: bool = False,
    progress: Progress | None = None,
) -> list[Record]:
    """Masks of all that `model` sees in the image.

    Args:
        model, image: any promptable model; (H, W, 3) uint8 RGB.
        pred_iou_thresh, stability_score_thresh, box_nms_thresh, crop_nms_thresh, min_mask_region_area, output_mode:
            see `Proposals.select`; the two thresholds are the model's own when left out, .88 and .95 for SAM.
        points_per_side, points_per_batch, stability_score_offset, crop_n_layers, crop_overlap_ratio,
            crop_n_points_downscale_factor, point_grids, multimask_output, cover_share, exact, progress: see `propose`.

    Returns:
        Records as SamAutomaticMaskGenerator's, the surest masks first within a crop.

    Raises:
        PromptError, ImageError, ModelUnavailable: an option out of range, no image, whatever the model raises.
        OutOfMemory: there is not enough of it.
        Cancelled: raised by `progress`.
    """
    iou_thresh, stability_thresh = sure(model, pred_iou_thresh, stability_score_thresh)
    found = propose(
        model,
        image,
        points_per_side=points_per_side,
        points_per_batch=points_per_batch,
        pred_iou_thresh=iou_thresh,
        stability_score_thresh=stability_thresh,
        stability_score_offset=stability_score_offset,
        crop_n_layers=crop_n_layers,
        crop_overlap_ratio=crop_overlap_ratio,
        crop_n_points_downscale_factor=crop_n_points_downscale_factor,
        point_grids=point_grids,
        multimask_output=multimask_output,
        cover_share=cover_share,
        exact=exact,
        progress=progress,
    )
    return found.select(
        pred_iou_thresh=iou_thresh,
        stability_score_thresh=stability_thresh,
        box_nms_thresh=box_nms_thresh,
        crop_nms_thresh=crop_nms_thresh,
        min_mask_region_area=min_mask_region_area,
        output_mode=output_mode,
    ).records


def _leased_units(model: Segmenter, image: Image, **options: Any) -> float:
    """Encodes, and thousands of points."""
    layers = int(options.get("crop_n_layers") or 0)
    points = (options.get("points_per_side") or 32) ** 2
    views = sum(4**layer for layer in range(layers + 1))
    sparser = float(options.get("crop_n_points_downscale_factor") or 1) ** 2
    return 0.2 * views + sum((4 / sparser) ** layer for layer in range(layers + 1)) * points / 1024


@one_lease("everything", _leased_units)
@enough_memory("to segment everything in this photo")
def propose(
    model: Segmenter,
    image: Image,
    *,
    points_per_side: int | None = 32,
    points_per_batch: int = 64,
    pred_iou_thresh: float | None = None,
    stability_score_thresh: float | None = None,
    stability_score_offset: float = 1.0,
    crop_n_layers: int = 0,
    crop_overlap_ratio: float = 512 / 1500,
    crop_n_points_downscale_factor: int = 1,
    point_grids: Sequence[Any] | None = None,
    multimask_output: bool = True,
    cover_share: float = 0.1,
    exact: bool = False,
    progress: Progress | None = None,
) -> Proposals:
    """The slow half: everything the model answers, for `Proposals.select` to filter as often as you like.

    Args:
        model: any promptable model; it runs the prompts in batches that suit its device.
        image: (H, W, 3) uint8 RGB.
        points_per_side: of the grid over the whole image; None when `point_grids` are given.
        points_per_batch: prompts that the model is handed at a time.
        pred_iou_thresh, stability_score_thresh: what falls below is not kept at all; the model's own when left out.
        stability_score_offset: how far the threshold of a mask moves to measure its stability, in logits.
        crop_n_layers: layers of 4, 16, ... crops that are encoded and searched as well.
        crop_overlap_ratio: see `sam.everything.point_grid.crop_boxes`.
        crop_n_points_downscale_factor: the grid of layer n is sparser by this factor to the power n.
        point_grids: instead of points_per_side, (N, 2) x, y in [0, 1] for the image and for each layer of crops.
        multimask_output: three masks a point, or one.
        cover_share: a point inside a mask that passed both thresholds and covers at most this share of the crop is
            not asked; 0 asks all. Without effect when `exact`.
        exact: as Meta's code, see above.
        progress: see `Progress`.

    Raises:
        PromptError, ImageError, ModelUnavailable, OutOfMemory, Cancelled: as `segment_everything`.
    """
    check_image(image)
    iou_thresh, stability_thresh = sure(model, pred_iou_thresh, stability_score_thresh)
    if points_per_batch < 1:
        raise PromptError(f"points_per_batch: expected at least 1, got {points_per_batch}.")
    least = iou_thresh if iou_thresh > 0 else -np.inf
    size_hw = (image.shape[0], image.shape[1])
    crops = point_grid.crop_boxes(size_hw, crop_n_layers, crop_overlap_ratio)
    grids = _grids(points_per_side, point_grids, crop_n_layers, crop_n_points_downscale_factor)
    total = sum(len(grids[layer]) for _, layer in crops)
    items: list[Proposal] = []
    done = skipped = asked = 0
    tally = dict.fromkeys(("proposed", "predicted_iou", "stability", "crop_edge", "duplicates"), 0)
    if progress:
        progress(0.0, 0)
    for (crop, layer), embedding in zip(crops, _embeddings(model, image, [crop for crop, _ in crops])):
        left, top, right, bottom = crop
        points = grids[layer] * np.array([right - left, bottom - top])
        side = round(len(points) ** 0.5)
        left_over = list(range(len(points)))
        if not exact and point_grids is None:
            left_over = point_grid.coarse_first(side).tolist()
        covered: NDArray[np.bool_] | None = None
        own: list[Proposal] = []
        size = points_per_batch if exact or not cover_share > 0 else min(_ROUND, points_per_batch)
        while left_over:
            if covered is not None:
                where = _cells(points[left_over], embedding, covered.shape)
                free = ~covered[where[:, 1], where[:, 0]]
                skipped += int((~free).sum())
                done += int((~free).sum())
                left_over = [row for row, wanted in zip(left_over, free) if wanted]
            batch, left_over = left_over[:size], left_over[size:]
            if not batch:
                break
            check_stopped()
            prompts = [
                Prompt(Points(points[row][None].astype(np.float32)), multimask_output=multimask_output) for row in batch
            ]
            asked += len(batch)
            done += len(batch)
            for row, (logits, scores) in zip(batch, model.decode_above(embedding, prompts, least)):
                tally["proposed"] += len(scores)
                tally["predicted_iou"] += len(scores) - len(logits)
                point = (float(points[row][0] + left), float(points[row][1] + top))
                for one, score in zip(logits, scores[scores > least]):
                    measured = (_exact if exact else _fast)(one, embedding, stability_score_offset)
                    if stability_thresh > 0 and not measured.stability >= stability_thresh:
                        tally["stability"] += 1
                        continue
                    if not exact and cover_share > 0 and measured.area <= cover_share * measured.mask.size:
                        covered = np.zeros(measured.mask.shape, bool) if covered is None else covered
                        covered |= measured.mask
                    box = measured.box + np.array([left, top, left, top])
                    if point_grid.near_crop_edge(box[None], crop, size_hw)[0]:
                        tally["crop_edge"] += 1
                        continue
                    own.append(measured.proposal(float(score), box, point, crop, size_hw))
            if not exact and sum(p.logits.nbytes for p in own if p.logits is not None) > _MOST_BYTES:
                before = len(own)
                own = [own[k] for k in nms(_boxes(own), [p.predicted_iou for p in own], _LOOSE_NMS)]
                tally["duplicates"] += before - len(own)
            if progress:
                progress(min(1.0, done / total), len(items) + len(own))
        items += own
    if progress:
        progress(1.0, len(items))
    return Proposals(size_hw, tuple(crop for crop, _ in crops), tuple(items), Counts(**tally), asked, skipped)


def sure(model: Segmenter, pred_iou: float | None, stability: float | None) -> tuple[float, float]:
    """(predicted IoU, stability) that a mask needs: as given, else the model's own."""
    return model.sure_iou if pred_iou is None else pred_iou, model.sure_stability if stability is None else stability


class _Measured:
    """One mask of a crop, measured."""

    def __init__(
        self,
        mask: NDArray[np.bool_],
        stability: float,
        box: NDArray[np.float64],
        logits: NDArray[np.float16] | None = None,
        to_cells: NDArray[np.float64] | None = None,
    ) -> None:
        self.mask, self.stability, self.box, self.logits, self.to_cells = mask, stability, box, logits, to_cells

    @property
    def area(self) -> int:
        return int(np.count_nonzero(self.mask))

    def proposal(
        self, score: float, box: NDArray[np.float64], point: tuple[float, float], crop: Crop, size_hw: tuple[int, int]
    ) -> Proposal:
        if self.to_cells is None:
            full = np.zeros(size_hw, bool, order="F")
            full[crop[1] : crop[3], crop[0] : crop[2]] = self.mask
            return Proposal(score, self.stability, box, point, crop, rle.encode(full))
        shift = self.to_cells.copy()
        shift[:, 2] -= self.to_cells[:, :2] @ np.array(crop[:2], np.float64)
        return Proposal(score, self.stability, box, point, crop, None, self.logits, shift)


def _exact(logits: NDArray[np.float32], embedding: Embedding, offset: float) -> _Measured:
    """At full size, resized in the same two steps as Meta's postprocess_masks."""
    import cv2

    (height, width), (rows, columns) = embedding.size_hw, embedding.input_hw
    side = embedding.input_size
    square = cv2.resize(logits, (side, side), interpolation=cv2.INTER_LINEAR)
    full = cv2.resize(np.ascontiguousarray(square[:rows, :columns]), (width, height), interpolation=cv2.INTER_LINEAR)
    mask = full > 0
    return _Measured(mask, float(stability_score(full, 0.0, offset)), _inclusive_box(mask))


def _fast(logits: NDArray[np.float32], embedding: Embedding, offset: float) -> _Measured:
    """On the cells of the logits that hold the image, and only what is around the mask kept."""
    (height, width), (rows, columns) = embedding.size_hw, embedding.input_hw
    cells_y = logits.shape[0] * rows / embedding.input_size
    cells_x = logits.shape[1] * columns / embedding.input_size
    inside = logits[: int(np.ceil(cells_y)), : int(np.ceil(cells_x))]
    mask = inside > 0
    x0, y0, x1, y1 = _inclusive_box(mask).astype(int)
    low_x, low_y = max(x0 - 2, 0), max(y0 - 2, 0)
    part = inside[low_y : y1 + 3, low_x : x1 + 3].astype(np.float16)
    step_x, step_y = cells_x / width, cells_y / height
    to_cells = np.array([[step_x, 0, 0.5 * step_x - 0.5 - low_x], [0, step_y, 0.5 * step_y - 0.5 - low_y]])
    # Inclusive pixels: the last one is that before the edge of the last cell.
    box = np.array([x0 / step_x, y0 / step_y, (x1 + 1) / step_x - 1, (y1 + 1) / step_y - 1])
    box = np.clip(box, 0, np.array([width - 1, height - 1, width - 1, height - 1]))
    return _Measured(mask, float(stability_score(inside, 0.0, offset)), box, part, to_cells)


def _inclusive_box(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(4,) xyxy of the first and last pixels, zeros for an empty mask, as Meta's batched_mask_to_box."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return np.zeros(4)
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(axis=0))
    return np.array([columns[0], rows[0], columns[-1], rows[-1]], np.float64)


def _boxes(items: Sequence[Proposal]) -> NDArray[np.float64]:
    return np.array([item.box for item in items]).reshape(-1, 4)


def _cells(xy: NDArray[np.float64], embedding: Embedding, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """(N, 2) column, row of points in a map of `shape` that covers the image."""
    size = np.array(embedding.size_hw[::-1])
    cells = np.array(shape[::-1])
    return np.clip((xy / size * cells).astype(np.int64), 0, cells - 1)


def _embeddings(model: Segmenter, image: Image, crops: Sequence[Crop]) -> Iterator[Embedding]:
    """Of each part of the image; never more of them in memory than the model encodes together."""
    step = model.images_at_once
    for start in range(0, len(crops), step):
        some = crops[start : start + step]
        yield from model.embed_many([np.ascontiguousarray(image[y0:y1, x0:x1]) for x0, y0, x1, y1 in some])


def _grids(per_side: int | None, given: Sequence[Any] | None, layers: int, downscale: int) -> list[NDArray[np.float64]]:
    if (per_side is None) == (given is None):
        raise PromptError("Give points_per_side or point_grids: exactly one of the two.")
    if per_side is not None:
        return point_grid.layer_grids(per_side, layers, downscale)
    grids = [np.asarray(one, np.float64).reshape(-1, 2) for one in given or ()]
    if len(grids) < layers + 1:
        raise PromptError(
            f"point_grids: expected {layers + 1}, one for the image and one for each layer of crops, got {len(grids)}."
        )
    if any(not len(one) or not np.isfinite(one).all() or one.min() < 0 or one.max() > 1 for one in grids):
        raise PromptError("point_grids: expected x, y between 0 and 1, at least one point in each grid.")
    return grids
