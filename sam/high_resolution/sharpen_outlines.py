"""Outlines read again at full resolution: a part of the photo around each object, encoded on its own.

A model sees a photo in one square of `Segmenter.input_size` pixels, so that a small object in a large photo is a few
cells and its outline a staircase. Around the object alone the same model sees every pixel. It is told the old mask as
something to go by whose outline is not to be trusted: handed a mask as it is, it repeats it. It is asked for one mask,
which a prompt of several parts makes unambiguous (SAM paper, appendix A); the closest of three to the old mask is
worse, being closest to its mistakes. `python -m sam.evaluation.benchmarks.closeups` measures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..clicks import clicks_inside
from ..errors import PromptError
from ..images import check_image
from ..masks import mask_to_logits
from ..runtime.leases import in_leases, one_lease
from ..runtime.out_of_memory import enough_memory
from ..segmenter import Segmenter
from ..stopping import check_stopped
from ..types import Boxes, Embedding, Image, Masks, Prompt
from .crop_windows import Window, windows_around

Progress = Callable[[float], None]
"""Told the share that is done, in [0, 1]; may raise `Cancelled` to stop."""

Outcome = Literal["sharper", "seen whole", "lost", "empty"]
"""sharper: read again. The others kept their mask: "seen whole": the model sees the object no better alone than in the
whole photo; "lost": its answer was another object; "empty": there was nothing."""

MARGIN = 0.25
LEAST_GAIN = 1.25
"""How many times finer the view must be to be worth an encoding."""
LEAST_AGREEMENT = 0.6
"""IoU with the old mask below which an answer is another object."""
UNSURE_CELLS = 3.0
"""How far an outline may be off, in cells of the view that it came from."""


@dataclass(frozen=True, eq=False)
class Refined:
    """What came of it.

    Attributes:
        masks: as many as were given, in their order, with their labels; without logits, which would be of many views.
        outcomes: one for each.
    """

    masks: Masks
    outcomes: tuple[Outcome, ...]

    @property
    def changed(self) -> int:
        """How many were read again."""
        return self.outcomes.count("sharper")


def gain(model: Segmenter, size_hw: tuple[int, int], side: float) -> float:
    """How many times finer the model sees a part of `side` pixels than in the whole image; 1 where no finer."""
    whole, part = (max(1.0, length / model.input_size) for length in (max(size_hw), side))
    return whole / part


def explain(outcome: Outcome, model: Segmenter, size_hw: tuple[int, int]) -> str:
    """Why a mask was kept as it is, as a sentence for people; "" for one that was read again."""
    if outcome == "sharper":
        return ""
    if outcome == "lost":
        return "Alone, the object was taken for another one, so its outline stays as it is. Correct it with clicks."
    if outcome == "empty":
        return "There is nothing in this mask."
    if gain(model, size_hw, 0) < LEAST_GAIN:
        return f"This photo is not larger than what {model.name} sees ({model.input_size} pixels)."
    return f"The object fills so much of the photo that {model.name} sees it no finer alone."


def refine(
    model: Segmenter,
    image: Image,
    masks: Masks,
    *,
    margin: float = MARGIN,
    least_agreement: float = LEAST_AGREEMENT,
    progress: Progress | None = None,
) -> Refined:
    """Read the outline of each mask again, at the image's own resolution.

    Each answer is taken inside a window around its object, `margin` away from the old mask. What reaches the edge of
    that window from inside the photo is no part of the object and is left out, so that no cut is ever straight.

    Args:
        model: any promptable model, not necessarily the one that made the masks.
        image: (H, W, 3) uint8 RGB.
        masks: of that image.
        margin: what is seen around an object, as a share of its longer side, 0.1 to 2.
        least_agreement: IoU with the old mask, 0 to 1, below which that one is kept.
        progress: see `Progress`.

    Raises:
        PromptError: masks of another image, or a number out of range.
        ImageError, ModelUnavailable: no image, whatever the model raises.
        OutOfMemory: there is not enough of it.
        Cancelled: raised by `progress`.
    """
    check_image(image)
    size_hw = (image.shape[0], image.shape[1])
    if masks.size_hw != size_hw and len(masks):
        raise PromptError(f"masks: expected the size of the image, {size_hw}, got {masks.size_hw}.")
    for name, value, low, high in (("margin", margin, 0.1, 2), ("least_agreement", least_agreement, 0, 1)):
        if not low <= value <= high:
            raise PromptError(f"{name}: expected {low:g} to {high:g}, got {value}.")
    outcomes: list[Outcome] = ["seen whole" if mask.any() else "empty" for mask in masks]
    windows = windows_around(masks.boxes.xyxy, size_hw, margin=margin, least=model.input_size)
    windows = [window for window in windows if gain(model, size_hw, window.side) >= LEAST_GAIN]
    refined, done, total = Refined(masks, tuple(outcomes)), 0, sum(len(window.rows) for window in windows)
    for part in in_leases("sharpen", model, windows, lambda window: len(window.rows)):
        count = sum(len(window.rows) for window in part)

        def tell(share: float, done: int = done, count: int = count) -> None:
            if progress:
                progress((done + share * count) / total)

        before = list(refined.outcomes)
        refined = _sharpen(model, image, refined.masks, part, before, least_agreement, tell if progress else None)
        done += count
    return refined


@one_lease("sharpen", lambda model, image, masks, windows, *more, **options: sum(len(one.rows) for one in windows))
def _sharpen(
    model: Segmenter,
    image: Image,
    masks: Masks,
    windows: list[Window],
    outcomes: list[Outcome],
    least_agreement: float,
    progress: Progress | None = None,
) -> Refined:
    size_hw = (image.shape[0], image.shape[1])
    drawn, scores = masks.masks.copy(), masks.scores.copy()
    done, total = 0, sum(len(window.rows) for window in windows)
    if progress:
        progress(0.0)
    for window in windows:
        # One window at a time is in memory, whatever the number of objects.
        with enough_memory(f"to look closer with {model.name}"):
            part = np.ascontiguousarray(image[window.slices])
            embedding = model.embed(part)
            for row in window.rows:
                check_stopped()
                old = drawn[row][window.slices]
                answer = _read(model, embedding, old, _coarse(model, size_hw))
                new = _whole(answer.masks[0], window.crop, size_hw)
                if _iou(old, new) >= max(least_agreement, 1e-6):
                    drawn[row][window.slices] = new
                    scores[row] = answer.scores[0]
                    outcomes[row] = "sharper"
                else:
                    outcomes[row] = "lost"
                done += 1
                if progress:
                    progress(done / total)
    found = Masks(drawn, scores)
    return Refined(Masks(drawn, scores, None, Boxes(found.boxes.xyxy, scores, masks.boxes.labels)), tuple(outcomes))  # type: ignore[arg-type]


def _coarse(model: Segmenter, size_hw: tuple[int, int]) -> float:
    """Pixels of the photo that the outline of an answer to the whole of it may be off."""
    return UNSURE_CELLS * max(size_hw) / model.mask_side


def _read(model: Segmenter, embedding: Embedding, old: NDArray[np.bool_], unsure: float) -> Masks:
    rows, columns = np.flatnonzero(old.any(1)), np.flatnonzero(old.any(0))
    box = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
    guide = mask_to_logits(old, embedding, model.mask_side, unsure)
    inside = clicks_inside(old)
    prompt = Prompt.of(points=inside, labels=np.ones(len(inside)), boxes=[box], mask_input=guide)
    return model.predict_many(embedding, [prompt])[0]


def _whole(answer: NDArray[np.bool_], crop: tuple[int, int, int, int], size_hw: tuple[int, int]) -> NDArray[np.bool_]:
    """Without the parts that reach an edge of the window that is none of the photo."""
    import cv2

    x0, y0, x1, y1 = crop
    edges = {
        "left": (answer[:, 0], x0 > 0),
        "right": (answer[:, -1], x1 < size_hw[1]),
        "top": (answer[0], y0 > 0),
        "bottom": (answer[-1], y1 < size_hw[0]),
    }
    if not any(inner and edge.any() for edge, inner in edges.values()):
        return answer
    _, parts = cv2.connectedComponents(answer.view(np.uint8), connectivity=8)
    labels = {"left": parts[:, 0], "right": parts[:, -1], "top": parts[0], "bottom": parts[-1]}
    cut = {int(label) for name, (_, inner) in edges.items() if inner for label in np.unique(labels[name])} - {0}
    return answer & ~np.isin(parts, list(cut))


def _iou(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    union = np.count_nonzero(first | second)
    return float(np.count_nonzero(first & second) / union) if union else 0.0
