"""Boxes with masks, from detectors that give both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..boxes import masks_to_boxes
from ..errors import PromptError
from ..types import Boxes, Masks


@dataclass(frozen=True, eq=False)
class Detections(Boxes):
    """Boxes, best first, with the mask of what is in each; anything that takes boxes takes them.

    Attributes:
        logits: (N, h, w) float32, over the whole image however it was resized; > 0 is inside. Low resolution, since
            most of the boxes are never shown, and a full-size mask of each would fill the memory.
        size_hw: of the image that they are of.

    Raises:
        PromptError: as `Boxes`, or a different number of logits.
    """

    logits: NDArray[np.float32] = field(default=None)  # type: ignore[arg-type]
    size_hw: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        super().__post_init__()
        logits = np.zeros((len(self), 0, 0), np.float32) if self.logits is None else np.asarray(self.logits, np.float32)
        if logits.ndim != 3 or len(logits) != len(self):
            raise PromptError(f"logits: expected ({len(self)}, h, w), one for each box, got shape {logits.shape}.")
        view = logits.view()
        view.flags.writeable = False
        object.__setattr__(self, "logits", view)
        object.__setattr__(self, "size_hw", (int(self.size_hw[0]), int(self.size_hw[1])))

    def __getitem__(self, index: Any) -> Detections:
        """Rows by integer, slice, boolean or integer array, in that order; always a Detections."""
        rows = np.arange(len(self))[index].reshape(-1)
        some = super().__getitem__(rows)
        return Detections(some.xyxy, some.scores, some.labels, self.logits[rows], self.size_hw)

    def masks(self) -> Masks:
        """The masks at full size, in the order of the boxes and with their scores and labels.

        Probabilities are enlarged and cut at a half, as transformers' post-processing of SAM 3 does it: enlarged logits
        would put the edge elsewhere.
        """
        import cv2

        height, width = self.size_hw
        masks = np.zeros((len(self), height, width), bool)
        for mask, logits in zip(masks, self.logits):
            if logits.size:
                sure = 1 / (1 + np.exp(-logits))
                mask[:] = cv2.resize(sure, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5
        return Masks(masks, self.scores, boxes=Boxes(masks_to_boxes(masks), self.scores, self.labels))
