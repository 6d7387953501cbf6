"""Metrics of a mask against the ground truth, and what each figure of a report means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SIZES = {"small": (0.0, 32.0**2), "medium": (32.0**2, 96.0**2), "large": (96.0**2, float("inf"))}
"""COCO's sizes by area in pixels, lower bound included."""


class Figure(NamedTuple):
    """One figure of an object, averaged in tables.

    Attributes:
        title: for people.
        about: how it is measured, with its source.
        unit: "IoU" (more is better), "clicks" (fewer is better) or "share" (less is better).
    """

    title: str
    about: str
    unit: str = "IoU"


def figure(key: str) -> Figure:
    """What a key of a row means.

    Raises:
        KeyError: no figure of that name.
    """
    if key in _FIGURES:
        return _FIGURES[key]
    words = key.split("_")
    if len(words) >= 2 and words[0] == "clicks" and words[1].isdigit():
        many = words[1]
        if words[2:] == []:
            return Figure(f"{many} clicks", f"IoU after {many} clicks, one mask an answer.")
        if words[2:] == ["oracle"]:
            return Figure(f"{many} clicks, best of 3", f"IoU after {many} clicks, best of three masks each time.")
    raise KeyError(key)


_FIGURES = {
    "box": Figure("box", "IoU of the answer to the tight box of the truth."),
    "box_jitter": Figure(
        "box, jittered", "The same, box moved by SAM's training noise: 10% of its side, 20 px at most."
    ),
    "box_boundary": Figure("box, boundary", "Boundary IoU (Cheng et al. 2021) of the answer to the tight box."),
    "click_single": Figure("1 click, single mask", "One click farthest from the boundary; the model's single mask."),
    "click_top": Figure("1 click, top score", "The same click; of three masks the one with the best predicted score."),
    "click_oracle": Figure("1 click, best of 3", "The same click; of three masks the one that fits best."),
    "click_top_boundary": Figure("1 click, boundary", "Boundary IoU of the mask with the best predicted score."),
    "noc_85": Figure("NoC@85", "Clicks until IoU is .85, 20 at most (RITM).", "clicks"),
    "noc_90": Figure("NoC@90", "Clicks until IoU is .90, 20 at most (RITM).", "clicks"),
    "failed_85": Figure("20 clicks @85", "Share of objects that take 20 clicks or more for IoU .85 (RITM).", "share"),
    "failed_90": Figure("20 clicks @90", "Share of objects that take 20 clicks or more for IoU .90 (RITM).", "share"),
}


def mask_iou(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Intersection over union in [0, 1]; two empty masks are equal, 1."""
    union = np.count_nonzero(first | second)
    return np.count_nonzero(first & second) / union if union else 1.0


def best_iou(answers: Iterable[NDArray[np.bool_]], mask: NDArray[np.bool_]) -> float:
    """The oracle: IoU of the answer that fits best; 0 where there is none."""
    return max((mask_iou(answer, mask) for answer in answers), default=0.0)


def size_name(area: float) -> str:
    """COCO's word for an object of `area` pixels."""
    return next(name for name, (low, high) in SIZES.items() if low <= area < high)
