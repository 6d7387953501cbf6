"""Everything mode: a grid of points, a mask for each, and filters that leave one mask for each object.

The options and the record are those of SamAutomaticMaskGenerator (SAM paper, appendix B). `exact=True` also takes its
way: every mask at full size, stability measured there. The default way measures on the low-resolution logits, draws
only what survives all filters, and asks no point that a confident mask covers already (TinySAM's hierarchical mode).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import rle
from ..boxes import nms
from ..errors import PromptError
from ..images import check_image
from ..masks import stability_score
from ..options import spread
from ..runtime.leases import one_lease
from ..runtime.out_of_memory import enough_memory
from ..segmenter import Segmenter
from ..stopping import check_stopped
from ..types import Embedding, Image, Points, Prompt
from . import point_grid
from .options import FilterOptions, SearchOptions
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


@spread(SearchOptions, FilterOptions)
def segment_everything(
    model: Segmenter,
    image: Image,
    *,
    options: SearchOptions,
    options2: FilterOptions,
    output_mode: OutputMode = "binary_mask",
    progress: Progress | None = None,
) -> list[Record]:
    """Masks of all that `model` sees in the image.

    Args:
        model: any promptable model; it runs the prompts in batches that suit its device.
        image: (H, W, 3) uint8 RGB.
        output_mode: see `Proposals.select`.
        progress: see `Progress`.

    Returns:
        Records as SamAutomaticMaskGenerator's, the surest masks first within a crop.

    Raises:
        PromptError, ImageError, ModelUnavailable: an option out of range, no image, whatever the model raises.
        OutOfMemory: there is not enough of it.
        Cancelled: raised by `progress`.
    """
    with enough_memory("to segment everything in this photo"):
        iou, stability = sure(model, options.pred_iou_thresh, options.stability_score_thresh)
        search = replace(options, pred_iou_thresh=iou, stability_score_thresh=stability)
        chosen = replace(options2, pred_iou_thresh=iou, stability_score_thresh=stability)
        found = propose(model, image, options=search, progress=progress)
        return found.select(options=chosen, output_mode=output_mode).records


@spread(SearchOptions)
def propose(model: Segmenter, image: Image, *, options: SearchOptions, progress: Progress | None = None) -> Proposals:
    """The slow half: everything the model answers, for `Proposals.select` to filter as often as you like.

    Args:
        model: any promptable model; it runs the prompts in batches that suit its device.
        image: (H, W, 3) uint8 RGB.
        progress: see `Progress`.

    Raises:
        PromptError, ImageError, ModelUnavailable, OutOfMemory, Cancelled: as `segment_everything`.
    """
    return search(model, image, options, progress=progress)


def _leased_units(model: Segmenter, image: Image, options: SearchOptions, **_: Any) -> float:
    """Encodes, and thousands of points."""
    layers = range(options.crop_n_layers + 1)
    points = (options.points_per_side or 32) ** 2
    sparser = float(options.crop_n_points_downscale_factor) ** 2
    return 0.2 * sum(4**layer for layer in layers) + sum((4 / sparser) ** layer for layer in layers) * points / 1024


@one_lease("everything", _leased_units)
@enough_memory("to segment everything in this photo")
def search(model: Segmenter, image: Image, options: SearchOptions, *, progress: Progress | None = None) -> Proposals:
    """`propose` with its options as one value, which is what a lent GPU is sent."""
    check_image(image)
    size_hw = (image.shape[0], image.shape[1])
    crops = point_grid.crop_boxes(size_hw, options.crop_n_layers, options.crop_overlap_ratio)
    grids = _grids(options)
    looking = _Search(model, size_hw, options, sum(len(grids[layer]) for _, layer in crops), progress)
    looking.tell()
    for (crop, layer), embedding in zip(crops, _embeddings(model, image, [crop for crop, _ in crops])):
        looking.look(crop, grids[layer], embedding)
    looking.tell(1.0)
    counts = Counts(**looking.tally)
    places = tuple(crop for crop, _ in crops)
    return Proposals(size_hw, places, tuple(looking.items), counts, looking.asked, looking.skipped)


class _Search:
    """Everything mode at work: what was found so far, and what dropped what.

    Attributes:
        items: what was found, crop by crop.
        tally: how many masks each filter dropped.
        asked, skipped: points that the model answered, and that it did not have to.
    """

    def __init__(
        self, model: Segmenter, size_hw: tuple[int, int], options: SearchOptions, total: int, progress: Progress | None
    ) -> None:
        self.model, self.size_hw, self.options, self.total, self.progress = model, size_hw, options, total, progress
        self.iou, self.stability = sure(model, options.pred_iou_thresh, options.stability_score_thresh)
        self.least = self.iou if self.iou > 0 else -np.inf
        self.items: list[Proposal] = []
        self.asked = self.skipped = 0
        self.tally = dict.fromkeys(("proposed", "predicted_iou", "stability", "crop_edge", "duplicates"), 0)
        self.covers = not options.exact and options.cover_share > 0

    def tell(self, share: float | None = None) -> None:
        """Say how far it is."""
        if self.progress:
            done = self.asked + self.skipped
            self.progress(min(1.0, done / self.total) if share is None else share, len(self.items))

    def look(self, crop: Crop, grid: NDArray[np.float64], embedding: Embedding) -> None:
        """Ask all points of one crop, in rounds: what a confident mask of one covers is not asked in the next."""
        left, top, right, bottom = crop
        points = grid * np.array([right - left, bottom - top])
        waiting = list(range(len(points)))
        if not self.options.exact and self.options.point_grids is None:
            waiting = point_grid.coarse_first(round(len(points) ** 0.5)).tolist()
        size = min(_ROUND, self.options.points_per_batch) if self.covers else self.options.points_per_batch
        covered: NDArray[np.bool_] | None = None
        first = len(self.items)
        while waiting:
            if covered is not None:
                where = _cells(points[waiting], embedding, covered.shape)
                free = ~covered[where[:, 1], where[:, 0]]
                self.skipped += int((~free).sum())
                waiting = [row for row, wanted in zip(waiting, free) if wanted]
            batch, waiting = waiting[:size], waiting[size:]
            if not batch:
                break
            check_stopped()
            covered = self.ask(crop, points[batch], embedding, covered)
            self.drop_duplicates(first)
            self.tell()

    def ask(
        self,
        crop: Crop,
        points: NDArray[np.float64],
        embedding: Embedding,
        covered: NDArray[np.bool_] | None,
    ) -> NDArray[np.bool_] | None:
        """Keep what the model answers to one batch; what is covered by now, None where nothing is."""
        many = self.options.multimask_output
        prompts = [Prompt(Points(one[None].astype(np.float32)), multimask_output=many) for one in points]
        self.asked += len(points)
        measure = _exact if self.options.exact else _fast
        for point, (logits, scores) in zip(points, self.model.decode_above(embedding, prompts, self.least)):
            self.tally["proposed"] += len(scores)
            self.tally["predicted_iou"] += len(scores) - len(logits)
            for one, score in zip(logits, scores[scores > self.least]):
                measured = measure(one, embedding, self.options.stability_score_offset)
                if self.stability > 0 and not measured.stability >= self.stability:
                    self.tally["stability"] += 1
                    continue
                if self.covers and measured.area <= self.options.cover_share * measured.mask.size:
                    covered = np.zeros(measured.mask.shape, bool) if covered is None else covered
                    covered |= measured.mask
                self.keep(measured, float(score), point, crop)
        return covered

    def keep(self, measured: _Measured, score: float, point: NDArray[np.float64], crop: Crop) -> None:
        """Take one mask to the others, unless its crop cuts it off."""
        left, top = crop[:2]
        box = measured.box + np.array([left, top, left, top])
        if point_grid.near_crop_edge(box[None], crop, self.size_hw)[0]:
            self.tally["crop_edge"] += 1
            return
        place = (float(point[0] + left), float(point[1] + top))
        self.items.append(measured.proposal(score, box, place, crop, self.size_hw))

    def drop_duplicates(self, first: int) -> None:
        """Of this crop's masks, which begin at `first`, as soon as they need too much memory."""
        own = self.items[first:]
        if self.options.exact or sum(p.logits.nbytes for p in own if p.logits is not None) <= _MOST_BYTES:
            return
        kept = [own[k] for k in nms(_boxes(own), [p.predicted_iou for p in own], _LOOSE_NMS)]
        self.tally["duplicates"] += len(own) - len(kept)
        self.items[first:] = kept


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


def _grids(options: SearchOptions) -> list[NDArray[np.float64]]:
    per_side, given, layers = options.points_per_side, options.point_grids, options.crop_n_layers
    if (per_side is None) == (given is None):
        raise PromptError("Give points_per_side or point_grids: exactly one of the two.")
    if per_side is not None:
        return point_grid.layer_grids(per_side, layers, options.crop_n_points_downscale_factor)
    grids = [np.asarray(one, np.float64).reshape(-1, 2) for one in given or ()]
    if len(grids) < layers + 1:
        raise PromptError(
            f"point_grids: expected {layers + 1}, one for the image and one for each layer of crops, got {len(grids)}."
        )
    if any(not len(one) or not np.isfinite(one).all() or one.min() < 0 or one.max() > 1 for one in grids):
        raise PromptError("point_grids: expected x, y between 0 and 1, at least one point in each grid.")
    return grids
