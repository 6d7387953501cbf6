"""Everything mode's masks before filtering, with their scores, to be filtered repeatedly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypedDict, get_args

import numpy as np
from numpy.typing import NDArray

from .. import rle
from ..boxes import nms
from ..errors import PromptError
from ..options import spread
from ..runtime.packing import Packed, flatten_away_from_edges, pack, unpack
from .options import FilterOptions
from .point_grid import Crop

OutputMode = Literal["binary_mask", "uncompressed_rle", "coco_rle"]
SAM_IOU, SAM_STABILITY = 0.88, 0.95
"""SamAutomaticMaskGenerator's thresholds."""


class Record(TypedDict):
    """One mask as SamAutomaticMaskGenerator writes it.

    `bbox` is x, y, width, height in pixels and half-open, as in COCO files: Meta's is one pixel smaller each way.
    """

    segmentation: Any
    area: int
    bbox: list[float]
    predicted_iou: float
    point_coords: list[list[float]]
    stability_score: float
    crop_box: list[float]


@dataclass(frozen=True, eq=False)
class Proposal:
    """One mask.

    Attributes:
        predicted_iou, stability: as the model and its logits say.
        box: (4,) inclusive xyxy in image pixels.
        point: x, y of the prompt in image pixels.
        crop: that it was found in.
        code: the mask as COCO RLE at full size; None: still to be drawn from `logits`.
        logits: (h, w) float16, the part of the low-resolution logits around the mask.
        to_cells: (2, 3) affine map from image pixels to cells of `logits`.
    """

    predicted_iou: float
    stability: float
    box: NDArray[np.float64]
    point: tuple[float, float]
    crop: Crop
    code: rle.Rle | None = None
    logits: NDArray[np.float16] | None = None
    to_cells: NDArray[np.float64] | None = None

    def __reduce__(self) -> Any:
        # Between processes without what no edge runs through: it draws the same, in a tenth of the bytes.
        fields = self.predicted_iou, self.stability, self.box, self.point, self.crop, self.code
        if self.logits is None:
            return Proposal, fields
        return _unpacked, (Proposal(*fields), pack(flatten_away_from_edges(self.logits)), self.to_cells)

    def draw(self, size_hw: tuple[int, int]) -> rle.Rle:
        """The mask at the image's full size."""
        if self.code is not None:
            return self.code
        if self.logits is None or self.to_cells is None:
            raise ValueError("a Proposal holds a code, or logits and to_cells")
        import cv2

        # A cell reaches beyond the box that its own edges suggest, where its neighbour is weak.
        x0, y0, x1, y1 = self.box + np.array([-1, -1, 2, 2]) * (0.5 / self.to_cells[[0, 1, 0, 1], [0, 1, 0, 1]])
        left, top, right, bottom = self.crop
        x0, y0, x1, y1 = max(int(x0), left), max(int(y0), top), min(int(x1) + 1, right), min(int(y1) + 1, bottom)
        shift = self.to_cells.copy()
        shift[:, 2] += self.to_cells[:, :2] @ np.array([x0, y0])
        full = cv2.warpAffine(
            self.logits.astype(np.float32),
            shift,
            (x1 - x0, y1 - y0),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        mask = np.zeros(size_hw, bool, order="F")
        mask[y0:y1, x0:x1] = full > 0
        return rle.encode(mask)


def _unpacked(bare: Proposal, logits: Packed, to_cells: NDArray[np.float64] | None) -> Proposal:
    return replace(bare, logits=unpack(logits), to_cells=to_cells)


@dataclass(frozen=True)
class Counts:
    """How many masks there were, and how many each filter dropped, in their order."""

    proposed: int = 0
    predicted_iou: int = 0
    stability: int = 0
    crop_edge: int = 0
    duplicates: int = 0
    crop_duplicates: int = 0
    small_regions: int = 0
    kept: int = 0

    def __str__(self) -> str:
        parts = {
            "below the minimum quality": self.predicted_iou,
            "not stable enough": self.stability,
            "cut off by a crop": self.crop_edge,
            "duplicates": self.duplicates + self.crop_duplicates + self.small_regions,
        }
        dropped = ", ".join(f"{count:,} {name}" for name, count in parts.items() if count)
        return f"{self.kept:,} of {self.proposed:,} masks" + (f"; left out: {dropped}" if dropped else "")


@dataclass(frozen=True, eq=False)
class Selection:
    """What `Proposals.select` chose: records, and the counts."""

    records: list[Record]
    counts: Counts


@dataclass(frozen=True, eq=False)
class Proposals:
    """All masks that everything mode has found in an image.

    Attributes:
        size_hw: of the image.
        crops: that were looked at, the whole image first.
        items: what was found, crop by crop.
        counts: what was dropped before: those filters can only be made stricter.
        points: prompts that the model answered.
        skipped: grid points that needed no answer, as a confident mask covers them.
    """

    size_hw: tuple[int, int]
    crops: tuple[Crop, ...]
    items: tuple[Proposal, ...]
    counts: Counts
    points: int
    skipped: int
    drawn: dict[int, rle.Rle] = field(default_factory=dict)

    @spread(FilterOptions)
    def select(self, *, options: FilterOptions, output_mode: OutputMode = "binary_mask") -> Selection:
        """Filter and write records, without the model; masks are drawn once, however often they are chosen.

        Args:
            output_mode: "binary_mask" (H, W) bool, "coco_rle" or "uncompressed_rle".

        Raises:
            PromptError: an unknown output mode, or a number out of range.
        """
        if output_mode not in get_args(OutputMode):
            raise PromptError(f"output_mode: expected binary_mask, uncompressed_rle or coco_rle, got {output_mode!r}.")
        iou = SAM_IOU if options.pred_iou_thresh is None else options.pred_iou_thresh
        stability = SAM_STABILITY if options.stability_score_thresh is None else options.stability_score_thresh
        sure = [i for i, p in enumerate(self.items) if not iou > 0 or p.predicted_iou > iou]
        stable = [i for i in sure if not stability > 0 or self.items[i].stability >= stability]
        single = self._without_duplicates(stable, options.box_nms_thresh)
        rest = self._without_crop_duplicates(single, options.crop_nms_thresh)
        codes = [self._draw(i) for i in rest]
        last = list(range(len(rest)))
        if options.min_mask_region_area > 0 and rest:
            overlap = max(options.box_nms_thresh, options.crop_nms_thresh)
            last, codes = _tidy(codes, options.min_mask_region_area, overlap)
        records = [_record(self.items[rest[k]], codes[k], output_mode) for k in last]
        counts = Counts(
            self.counts.proposed,
            self.counts.predicted_iou + len(self.items) - len(sure),
            self.counts.stability + len(sure) - len(stable),
            self.counts.crop_edge,
            self.counts.duplicates + len(stable) - len(single),
            len(single) - len(rest),
            len(rest) - len(last),
            len(records),
        )
        return Selection(records, counts)

    def _without_duplicates(self, rows: Sequence[int], overlap: float) -> list[int]:
        """Within each crop."""
        single: list[int] = []
        for crop in self.crops:
            own = [i for i in rows if self.items[i].crop == crop]
            scores = [self.items[i].predicted_iou for i in own]
            single += [own[k] for k in nms(self._boxes(own), scores, overlap)]
        return single

    def _without_crop_duplicates(self, rows: list[int], overlap: float) -> list[int]:
        """Between crops."""
        if len(self.crops) < 2:
            return rows
        # Ranked by minus the area, not by its inverse, whose float32 can tie where the areas do not.
        order = np.array([-_area(self.items[i].crop) for i in rows], np.float64)
        return [rows[k] for k in nms(self._boxes(rows), order, overlap)]

    @property
    def nbytes(self) -> int:
        """Memory of the masks in bytes."""
        logits = sum(item.logits.nbytes for item in self.items if item.logits is not None)
        codes = [item.code for item in self.items if item.code is not None] + list(self.drawn.values())
        return logits + sum(len(code["counts"]) for code in codes)

    def _boxes(self, rows: Sequence[int]) -> NDArray[np.float64]:
        return np.array([self.items[i].box for i in rows]).reshape(-1, 4)

    def _draw(self, row: int) -> rle.Rle:
        if row not in self.drawn:
            self.drawn[row] = self.items[row].draw(self.size_hw)
        return self.drawn[row]


def remove_small_regions(mask: NDArray[np.bool_], least_area: float, holes: bool) -> tuple[NDArray[np.bool_], bool]:
    """(mask, whether it changed) without holes, or without islands, of fewer than `least_area` pixels.

    As Meta's function of this name, eight neighbours for both; `sam.masks.fill_holes` keeps what touches the border.
    """
    import cv2

    count, regions, stats, _ = cv2.connectedComponentsWithStats((mask ^ holes).astype(np.uint8), connectivity=8)
    areas = stats[1:, -1]
    small = 1 + np.flatnonzero(areas < least_area)
    if not len(small):
        return mask, False
    keep = np.zeros(count, bool)
    if holes:
        keep[0] = True
        keep[small] = True
    else:
        keep[1:] = True
        keep[small] = False
        if not keep.any():
            keep[1 + int(np.argmax(areas))] = True
    return keep[regions], True


def _tidy(codes: list[rle.Rle], least_area: int, nms_thresh: float) -> tuple[list[int], list[rle.Rle]]:
    """(which stay, codes): untouched masks win over those that had to be mended, as in Meta's code."""
    from ..boxes import masks_to_boxes

    tidied, scores, boxes = list(codes), [], []
    for k, code in enumerate(codes):
        mask, filled = remove_small_regions(rle.decode(code), least_area, True)
        mask, dropped = remove_small_regions(mask, least_area, False)
        scores.append(0.0 if filled or dropped else 1.0)
        if filled or dropped:
            tidied[k] = rle.encode(mask)
        box = masks_to_boxes(mask[None])[0].astype(np.float64)
        boxes.append(box - np.array([0, 0, 1, 1]) if mask.any() else box)
    return [int(k) for k in nms(np.array(boxes), scores, nms_thresh)], tidied


def _record(item: Proposal, code: rle.Rle, output_mode: OutputMode) -> Record:
    from pycocotools import mask as coco

    raw = {"size": code["size"], "counts": code["counts"].encode()}
    segmentation: Any = code
    if output_mode == "binary_mask":
        segmentation = rle.decode(code)
    elif output_mode == "uncompressed_rle":
        segmentation = {"size": list(code["size"]), "counts": rle.run_lengths(code)}
    x0, y0, x1, y1 = item.crop
    return {
        "segmentation": segmentation,
        "area": int(coco.area(raw)),
        "bbox": [float(side) for side in coco.toBbox(raw)],
        "predicted_iou": item.predicted_iou,
        "point_coords": [list(item.point)],
        "stability_score": item.stability,
        "crop_box": [float(x0), float(y0), float(x1 - x0), float(y1 - y0)],
    }


def _area(crop: Crop) -> int:
    return (crop[2] - crop[0]) * (crop[3] - crop[1])
