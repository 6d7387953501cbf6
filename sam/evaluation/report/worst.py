"""The worst answers as small pictures: truth, answer and prompt on the part of the photo around them."""

from __future__ import annotations

import base64
import heapq
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...boxes import masks_to_boxes
from ...types import Image
from ..cases import Case

KEPT = 12
"""Pictures for each model and prompt."""
SIDE = 320
"""Longest side of a picture in pixels."""
TRUTH, ANSWER, PROMPT = (255, 176, 0), (60, 120, 255), (255, 255, 255)
"""Colours that people who see few colours can still tell apart; the page's legend has the same."""
PromptKind = Literal["box", "click"]


@dataclass(frozen=True, eq=False)
class Picture:
    """One answer.

    Attributes:
        iou: how bad it is.
        photo: data set and file name.
        number: the annotation's id.
        label: class of the object.
        jpeg: the picture, encoded.
        size_hw: of the picture in pixels.
    """

    iou: float
    photo: str
    number: int | str
    label: str
    jpeg: bytes
    size_hw: tuple[int, int]

    @property
    def url(self) -> str:
        """As a data URL."""
        return "data:image/jpeg;base64," + base64.b64encode(self.jpeg).decode("ascii")


@dataclass(eq=False)
class Worst:
    """The worst answers of each model to each kind of prompt; pictures are drawn at once, so that no photo is kept.

    Attributes:
        kept: pictures at most, for each model and prompt.
    """

    kept: int = KEPT
    _heaps: dict[tuple[str, str], list[tuple[float, int, Picture]]] = field(default_factory=dict)
    _count: int = 0

    def offer(self, method: str, prompt: PromptKind, iou: float, case: Case, answer: NDArray[np.bool_]) -> None:
        """Keep this answer if it is among the worst so far."""
        heap = self._heaps.setdefault((method, prompt), [])
        if self.kept < 1 or (len(heap) == self.kept and iou >= -heap[0][0]):
            return
        pixels = draw(case, answer, prompt)
        picture = Picture(iou, case.photo, case.number, case.label, to_jpeg(pixels), (pixels.shape[0], pixels.shape[1]))
        # The first of the heap is the best of the worst; the count settles ties, since pictures have no order.
        self._count += 1
        entry = (-iou, -self._count, picture)
        if len(heap) == self.kept:
            heapq.heapreplace(heap, entry)
        else:
            heapq.heappush(heap, entry)

    def __iter__(self) -> Iterator[tuple[str, str, list[Picture]]]:
        """(model, prompt, pictures worst first)."""
        for (method, prompt), heap in self._heaps.items():
            yield method, prompt, [picture for _, _, picture in sorted(heap, key=lambda entry: (-entry[0], -entry[1]))]


def draw(case: Case, answer: NDArray[np.bool_], prompt: PromptKind) -> Image:
    """The part of the photo around truth and answer: answer tinted, truth outlined, prompt on top.

    Args:
        case: with its image and truth.
        answer: (H, W) bool.
        prompt: which one was given.

    Returns:
        (h, w, 3) uint8, `SIDE` px at most.
    """
    import cv2

    x0, y0, x1, y1 = view(case.mask, answer)
    scale = SIDE / max(x1 - x0, y1 - y0)
    size = max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = np.asarray(cv2.resize(case.image[y0:y1, x0:x1], size, interpolation=method), np.uint8).copy()
    tint = _enlarged(answer[y0:y1, x0:x1], size)
    picture[tint] = (0.5 * picture[tint] + 0.5 * np.array(ANSWER)).astype(np.uint8)
    outline: Any = cv2.findContours(
        _enlarged(case.mask[y0:y1, x0:x1], size).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE
    )[0]
    cv2.drawContours(picture, outline, -1, (0, 0, 0), 4, cv2.LINE_AA)
    cv2.drawContours(picture, outline, -1, TRUTH, 2, cv2.LINE_AA)
    for colour, extra in (((0, 0, 0), 2), (PROMPT, 0)):
        if prompt == "box":
            corners = ((case.box.reshape(2, 2) - (x0, y0)) * scale).round().astype(int)
            low, high = np.clip(corners, 1, np.array(size) - 2).tolist()
            cv2.rectangle(picture, low, high, colour, 1 + extra)
        else:
            centre = ((case.click - (x0, y0)) * scale).round().astype(int).tolist()
            cv2.circle(picture, centre, 5 + extra, colour, -1, cv2.LINE_AA)
    return picture


def view(truth: NDArray[np.bool_], answer: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Half-open x0, y0, x1, y1 of what to show: truth and answer with a margin; an answer that is far too large is cut.

    Args:
        truth: (H, W) bool, not empty.
        answer: (H, W) bool.
    """
    boxes = masks_to_boxes(np.stack([truth, answer if answer.any() else truth]))
    own = boxes[0]
    side = max(own[2] - own[0], own[3] - own[1], 32)
    low = np.maximum(boxes[:, :2].min(0), own[:2] - 1.5 * side) - 0.15 * side
    high = np.minimum(boxes[:, 2:].max(0), own[2:] + 1.5 * side) + 0.15 * side
    height, width = truth.shape
    x0, y0 = np.maximum(np.floor(low), 0).astype(int).tolist()
    x1, y1 = np.minimum(np.ceil(high), (width, height)).astype(int).tolist()
    return x0, y0, x1, y1


def to_jpeg(picture: Image) -> bytes:
    """Small enough that a page can hold dozens."""
    from PIL import Image as Pil

    buffer = io.BytesIO()
    Pil.fromarray(picture).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def _enlarged(mask: NDArray[np.bool_], size: tuple[int, int]) -> NDArray[np.bool_]:
    import cv2

    return np.asarray(cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0)
