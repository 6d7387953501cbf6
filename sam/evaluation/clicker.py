"""The simulated user: clicks in the middle of the largest error, and how many of them an object takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..segmenter import Segmenter
from ..types import Embedding
from .measures import mask_iou

MOST_CLICKS = 20
"""What an object counts that never reaches the threshold (RITM)."""
IGNORE = -1
"""Label of pixels that are neither object nor background: no click goes there, no IoU counts them."""


def next_click(
    truth: NDArray[Any], answer: NDArray[np.bool_], clicked: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.float32], int] | None:
    """The click that corrects an answer, by the rules of RITM (Sofiiuk et al. 2021, isegm/inference/clicker.py).

    Missing and surplus pixels are two regions, each padded by one pixel so that the image's edge counts as boundary.
    The click goes to the pixel farthest from its region's boundary, on the region where that distance is larger;
    label 1 where pixels are missing, 0 where there are too many, and 0 when the two distances are equal. The first
    such pixel in reading order is taken; pixels clicked before are not. SAM's evaluation follows it (paper, D.1).

    Args:
        truth: (H, W) bool, or integers: 1 object, 0 background, -1 ignored.
        answer: (H, W) bool.
        clicked: (H, W) bool, pixels that had a click.

    Returns:
        (2,) x, y at the pixel's centre, and the label; None where no error is left to click on.
    """
    import cv2

    wanted, counts = truth == 1, truth != IGNORE
    peaks: list[tuple[float, NDArray[np.float32]]] = []
    for error in (wanted & ~answer & counts, ~wanted & answer & counts):
        padded = np.pad(error, 1).astype(np.uint8)
        distance = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
        if clicked is not None:
            distance = distance * ~clicked
        row, column = np.unravel_index(int(distance.argmax()), distance.shape)
        peaks.append((float(distance[row, column]), np.array([column + 0.5, row + 0.5], np.float32)))
    (missing, missing_xy), (surplus, surplus_xy) = peaks
    if not missing and not surplus:
        return None
    return (missing_xy, 1) if missing > surplus else (surplus_xy, 0)


def centre_click(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(2,) x, y of the first click: the point farthest from the mask's boundary; the image's edge is boundary too.

    Args:
        mask: (H, W) bool, not empty.
    """
    click = next_click(mask, np.zeros_like(mask))
    if click is None:
        raise ValueError("centre_click: expected a mask with pixels in it, got an empty one.")
    return click[0]


@dataclass(frozen=True, eq=False)
class Clicking:
    """Clicks given in turn, and how good each answer was.

    Attributes:
        ious: of the answer after 1, 2, ... clicks.
        xy: (x, y) of each click.
        labels: 1 or 0 of each click.
        masks: (H, W) bool, the answer to each click.
    """

    ious: list[float]
    xy: list[NDArray[np.float32]]
    labels: list[int]
    masks: list[NDArray[np.bool_]]

    def iou_after(self, clicks: int) -> float:
        """IoU after so many clicks; the last one where no error was left to click on before."""
        return self.ious[min(clicks, len(self.ious)) - 1]

    def number_of_clicks(self, threshold: float) -> int:
        """RITM's NoC: clicks until IoU >= threshold; 20 where it is never reached."""
        reached = [clicks for clicks, iou in enumerate(self.ious[:MOST_CLICKS], 1) if iou >= threshold]
        return reached[0] if reached else MOST_CLICKS


def click_through(
    model: Segmenter,
    embedding: Embedding,
    truth: NDArray[Any],
    *,
    least: int = 1,
    most: int = MOST_CLICKS,
    stop_at: float = 1.0,
    oracle: bool = False,
) -> Clicking:
    """Give clicks in turn from an empty mask, each answer's logits as the next one's mask input (SAM paper, D.1).

    Args:
        model: to click in.
        embedding: of the image, by this model.
        truth: as `next_click`; with at least one pixel of object.
        least: clicks that are given even if `stop_at` is reached before.
        most: clicks at most.
        stop_at: no more clicks once IoU >= this.
        oracle: ask for three masks each time, and go on with the one that fits best; else one mask each time.
    """
    counts = truth != IGNORE
    wanted = truth == 1
    done = Clicking([], [], [], [])
    answer, clicked = np.zeros(truth.shape, bool), np.zeros(truth.shape, bool)
    logits: NDArray[np.float32] | None = None
    while len(done.ious) < most and not (len(done.ious) >= least and done.ious[-1] >= stop_at):
        click = next_click(truth, answer, clicked)
        if click is None:
            break
        xy, label = click
        clicked[int(xy[1]), int(xy[0])] = True
        done.xy.append(xy)
        done.labels.append(label)
        masks = model.predict(
            embedding, points=np.stack(done.xy), labels=done.labels, mask_input=logits, multimask_output=oracle
        )
        ious = [mask_iou(mask & counts, wanted) for mask in masks]
        best = int(np.argmax(ious)) if oracle else 0
        answer, logits = masks.masks[best], masks.logits[best]
        done.ious.append(ious[best])
        done.masks.append(answer)
    return done


def reported_clicks(clicks: int) -> Sequence[int]:
    """Which numbers of clicks a report shows: SAM's 1, 2, 3, 5 and 9 up to `clicks`, and that itself."""
    return sorted({count for count in (1, 2, 3, 5, 9) if count <= clicks} | {clicks})
