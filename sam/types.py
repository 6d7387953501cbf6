"""The values that pass between models, tools and the page: frozen, validated once, compared by identity."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import PromptError, SamError
from .io import arrays
from .io.limits import check_points


@dataclass(frozen=True)
class Kind:
    """Names what an array holds, so that a chain can tell an image from a cut-out."""

    name: str


Image = Annotated[NDArray[np.uint8], Kind("image")]
"""(H, W, 3) uint8 RGB."""

Cutout = Annotated[NDArray[np.uint8], Kind("cutout")]
"""(H, W, 4) uint8 RGBA, alpha not premultiplied."""


@dataclass(frozen=True, eq=False)
class Points:
    """Clicks.

    Attributes:
        xy: (N, 2) float32, image pixels; the centre of the top-left pixel is (0.5, 0.5).
        labels: (N,) int64, 1 foreground, 0 background. Default: all foreground.

    Raises:
        PromptError: wrong shape, NaN, a label other than 0 or 1, or a different number of labels.
    """

    xy: NDArray[np.float32]
    labels: NDArray[np.int64] = field(default=None)  # type: ignore[arg-type]

    def __post_init__(self) -> None:
        xy = arrays.read_rows(self.xy, "points", 2, "a list of [x, y] pairs")
        object.__setattr__(self, "xy", xy)
        object.__setattr__(self, "labels", arrays.read_labels(self.labels, len(xy)))

    def __len__(self) -> int:
        return len(self.xy)


@dataclass(frozen=True, eq=False)
class Boxes:
    """Boxes, best first.

    Attributes:
        xyxy: (N, 4) float32, half-open, image pixels: x0 <= x < x1.
        scores: (N,) float32 in [0, 1]. Default: ones.
        labels: N strings, what each box holds. Default: empty strings.

    Raises:
        PromptError: wrong shape, NaN, x1 < x0 or y1 < y0, or a different number of scores or labels.
    """

    xyxy: NDArray[np.float32]
    scores: NDArray[np.float32] = field(default=None)  # type: ignore[arg-type]
    labels: tuple[str, ...] = field(default=None)  # type: ignore[arg-type]

    def __post_init__(self) -> None:
        xyxy = arrays.read_rows(self.xyxy, "boxes", 4, "a list of [x0, y0, x1, y1]")
        if (xyxy[:, 2:] < xyxy[:, :2]).any():
            raise PromptError("boxes: expected x0 <= x1 and y0 <= y1 (half-open xyxy), got a box the other way round.")
        object.__setattr__(self, "xyxy", xyxy)
        scores, labels = arrays.read_scores(self.scores, len(xyxy)), arrays.read_names(self.labels, len(xyxy))
        if len(scores) != len(xyxy) or len(labels) != len(xyxy):
            raise PromptError(
                f"boxes: expected {len(xyxy)} scores and labels, got {len(scores)} scores and {len(labels)} labels."
            )
        object.__setattr__(self, "scores", scores)
        object.__setattr__(self, "labels", labels)

    @classmethod
    def empty(cls) -> Boxes:
        """No box: what a detector that found nothing returns."""
        return cls(np.zeros((0, 4), np.float32))

    def __len__(self) -> int:
        return len(self.xyxy)

    def __getitem__(self, index: Any) -> Boxes:
        """Rows by integer, slice, boolean or integer array, in that order; always a Boxes."""
        rows = np.arange(len(self))[index].reshape(-1)
        return Boxes(self.xyxy[rows], self.scores[rows], tuple(self.labels[i] for i in rows))

    def above(self, min_score: float) -> Boxes:
        """Those whose score is at least `min_score`."""
        return self[self.scores >= arrays.read_number(min_score, "min_score", -np.inf, np.inf)]


@dataclass(frozen=True, eq=False)
class Masks:
    """Masks of one image, best first; nothing found is N=0, never None.

    Attributes:
        masks: (N, H, W) bool.
        scores: (N,) float32, predicted IoU in [0, 1]. Default: ones.
        logits: (N, h, w) float32, low resolution, > 0 is foreground; what `mask_input` takes.
            Default: (N, 0, 0), for masks that no model made.
        boxes: tight half-open box of each mask; an empty mask has [0, 0, 0, 0]. Computed when not given.

    Raises:
        PromptError: shapes that do not fit each other.
    """

    masks: NDArray[np.bool_]
    scores: NDArray[np.float32] = field(default=None)  # type: ignore[arg-type]
    logits: NDArray[np.float32] = field(default=None)  # type: ignore[arg-type]
    boxes: Boxes = field(default=None)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        masks = arrays.read_masks(self.masks)
        scores, logits = arrays.read_scores(self.scores, len(masks)), arrays.read_logits(self.logits, len(masks))
        if len(scores) != len(masks) or len(logits) != len(masks):
            raise PromptError(
                f"masks: expected {len(masks)} scores and logits, got {len(scores)} scores, logits {logits.shape}."
            )
        boxes = self.boxes
        if boxes is None:
            from .boxes import masks_to_boxes

            boxes = Boxes(masks_to_boxes(masks), scores)
        elif not isinstance(boxes, Boxes):
            boxes = Boxes(boxes, scores)
        if len(boxes) != len(masks):
            raise PromptError(f"masks: expected {len(masks)} boxes, got {len(boxes)}.")
        object.__setattr__(self, "masks", masks)
        object.__setattr__(self, "scores", scores)
        object.__setattr__(self, "logits", logits)
        object.__setattr__(self, "boxes", boxes)

    @classmethod
    def empty(cls, size_hw: tuple[int, int] = (0, 0)) -> Masks:
        """No mask on an image of `size_hw` = (height, width)."""
        return cls(np.zeros((0, *arrays.read_size(size_hw)), bool))

    @property
    def size_hw(self) -> tuple[int, int]:
        """(height, width) of the image in pixels."""
        return self.masks.shape[1], self.masks.shape[2]

    def __len__(self) -> int:
        return len(self.masks)

    def __iter__(self) -> Iterator[NDArray[np.bool_]]:
        return iter(self.masks)

    def __getitem__(self, index: Any) -> Masks:
        """Rows by integer, slice, boolean or integer array; always a Masks."""
        rows = np.arange(len(self))[index].reshape(-1)
        return Masks(self.masks[rows], self.scores[rows], self.logits[rows], self.boxes[rows])

    def best(self) -> Masks:
        """The first mask alone (N=1), or N=0 where there is none."""
        return self[:1]

    def union(self) -> NDArray[np.bool_]:
        """(H, W) bool, all masks together."""
        return np.asarray(self.masks.any(axis=0))

    @classmethod
    def concatenate(cls, parts: Sequence[Masks]) -> Masks:
        """All masks of `parts` in order. Logits are kept when they agree in size, else dropped.

        Raises:
            PromptError: nothing to concatenate, or images of different size.
        """
        if not isinstance(parts, Sequence) or not parts or not all(isinstance(part, Masks) for part in parts):
            raise PromptError("masks: expected at least one Masks to concatenate, got none.")
        if len({part.size_hw for part in parts}) > 1:
            raise PromptError(f"masks: expected one image size, got {sorted({part.size_hw for part in parts})}.")
        same = len({part.logits.shape[1:] for part in parts}) == 1
        return cls(
            np.concatenate([part.masks for part in parts]),
            np.concatenate([part.scores for part in parts]),
            np.concatenate([part.logits for part in parts]) if same else None,  # type: ignore[arg-type]
            Boxes(
                np.concatenate([part.boxes.xyxy for part in parts]),
                np.concatenate([part.boxes.scores for part in parts]),
                tuple(label for part in parts for label in part.boxes.labels),
            ),
        )


@dataclass(frozen=True, eq=False)
class Prompt:
    """What the user says about one object: several points and a box together are one prompt.

    Attributes:
        points: clicks, or None.
        box: (4,) float32 half-open xyxy in image pixels, or None.
        mask_input: (h, w) float32 logits of an earlier answer, or None; a mask of their size is turned into logits.
        multimask_output: True: three masks, for an ambiguous prompt. False: one mask. None: three for
            a lone point, one otherwise (SAM paper, appendix A: the fourth token serves > 1 prompt).

    Raises:
        PromptError: empty prompt, more than one box or than `MAX_POINTS` points, or values out of range.
    """

    points: Points | None = None
    box: NDArray[np.float32] | None = None
    mask_input: NDArray[np.float32] | None = None
    multimask_output: bool | None = None

    def __post_init__(self) -> None:
        points = self.points
        if points is not None and not isinstance(points, Points):
            points = Points(points)
        if points is not None and len(points) == 0:
            points = None
        box = self.box
        if box is not None:
            boxes = box if isinstance(box, Boxes) else Boxes(box)
            if len(boxes) > 1:
                raise PromptError(
                    f"boxes: expected one box, since a prompt is for one object, got {len(boxes)}. "
                    "Use predict_many for several objects."
                )
            box = boxes.xyxy[0] if len(boxes) else None
            if box is not None and not ((box[2] > box[0]) and (box[3] > box[1])):
                raise PromptError(f"boxes: expected a box with an area, got {box.tolist()}. Drag a larger one.")
        mask_input = None if self.mask_input is None else arrays.read_mask_input(self.mask_input)
        if points is None and box is None and mask_input is None:
            raise PromptError("The prompt is empty: click on the image, or drag a box around the object.")
        if points is not None:
            check_points(len(points))
        multimask = self.multimask_output
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "box", box)
        object.__setattr__(self, "mask_input", mask_input)
        if multimask is not None:
            object.__setattr__(self, "multimask_output", arrays.read_flag(multimask, "multimask_output"))

    @classmethod
    def of(
        cls,
        *,
        points: ArrayLike | Points | None = None,
        labels: ArrayLike | None = None,
        boxes: ArrayLike | Boxes | None = None,
        mask_input: ArrayLike | None = None,
        multimask_output: bool | None = None,
    ) -> Prompt:
        """From the plain arguments of `predict`.

        Raises:
            PromptError: as the class; and labels without points.
        """
        if points is None and labels is not None:
            raise PromptError("labels: expected points to go with them, got none.")
        if points is not None and not isinstance(points, Points):
            points = Points(points, labels)  # type: ignore[arg-type]
        return cls(points, boxes, mask_input, multimask_output)  # type: ignore[arg-type]

    @property
    def wants_many(self) -> bool:
        """Whether three masks are asked for."""
        if self.multimask_output is not None:
            return self.multimask_output
        return self.points is not None and len(self.points) == 1 and self.box is None and self.mask_input is None

    def check_inside(self, size_hw: tuple[int, int]) -> None:
        """Refuse a prompt that no part of the image answers to.

        Raises:
            PromptError: a point outside the image, a box that does not touch it, or nothing but background points.
        """
        height, width = size_hw
        if self.points is not None:
            if self.box is None and self.mask_input is None and not self.points.labels.any():
                raise PromptError("points: all say what is not wanted. Add one on the object, or a box around it.")
            outside = (self.points.xy < 0).any(1) | (self.points.xy[:, 0] > width) | (self.points.xy[:, 1] > height)
            if outside.any():
                x, y = self.points.xy[outside][0]
                raise PromptError(f"points: expected points inside the image ({width} x {height}), got ({x:g}, {y:g}).")
        if self.box is not None:
            x0, y0, x1, y1 = self.box
            if x1 <= 0 or y1 <= 0 or x0 >= width or y0 >= height:
                raise PromptError(
                    f"boxes: expected a box that touches the image ({width} x {height}), got {self.box.tolist()}."
                )


@dataclass(frozen=True, eq=False)
class Embedding:
    """An encoded image: a value, with CPU arrays only; picklable; nothing else is needed to predict.

    Attributes:
        model: name of the model that made it.
        weights: hash of the weights; a decoder of other weights must refuse it (cvat#8158).
        arrays: name -> array, exactly the decoder's image inputs, each with a leading batch axis of 1.
        size_hw: (height, width) of the original image in pixels.
        input_hw: (height, width) of the resized image inside the model's square input.
        input_size: side of that square, in pixels.
    """

    model: str
    weights: str
    arrays: Mapping[str, NDArray[Any]]
    size_hw: tuple[int, int]
    input_hw: tuple[int, int]
    input_size: int

    def __post_init__(self) -> None:
        held = self.arrays
        if not isinstance(held, Mapping) or not all(isinstance(array, np.ndarray) for array in held.values()):
            raise SamError("embedding: expected arrays by name. Take it from the model's embed.")
        object.__setattr__(self, "arrays", {name: arrays.frozen(array) for name, array in held.items()})
        for name in ("size_hw", "input_hw"):
            object.__setattr__(self, name, arrays.read_size(getattr(self, name), name))

    @property
    def nbytes(self) -> int:
        """Memory of the arrays in bytes."""
        return sum(array.nbytes for array in self.arrays.values())

    def to_bytes(self) -> bytes:
        """An .npz with the arrays and a JSON header; `from_bytes` reads it without pickle."""
        header = {name: getattr(self, name) for name in ("model", "weights", "size_hw", "input_hw", "input_size")}
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **{"__header__": np.array(json.dumps(header)), **self.arrays})
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Embedding:
        """The reverse of `to_bytes`.

        Raises:
            SamError: not an embedding, or a damaged one.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            header = json.loads(str(arrays.pop("__header__")))
            return cls(
                str(header["model"]),
                str(header["weights"]),
                arrays,
                (int(header["size_hw"][0]), int(header["size_hw"][1])),
                (int(header["input_hw"][0]), int(header["input_hw"][1])),
                int(header["input_size"]),
            )
        except Exception as error:
            raise SamError(f"This is no embedding ({type(error).__name__}). Encode the image again.") from error
