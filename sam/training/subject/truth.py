"""What the main subject of an annotated photo is: by a rule for each folder, or unknown, which trains nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..coco import Photo, decode_mask

SURFACES = frozenset({"dining table", "bed", "couch", "sink", "oven", "refrigerator", "microwave", "tv", "bench"})
"""Classes that carry or surround the subject; where one of them is the largest thing, nobody can say what is meant."""
HELD = frozenset(
    [
        "backpack",
        "umbrella",
        "handbag",
        "tie",
        "suitcase",
        "frisbee",
        "skis",
        "snowboard",
        "kite",
        "skateboard",
        "surfboard",
        "bottle",
        "cup",
        "fork",
        "knife",
        "spoon",
        "banana",
        "sandwich",
        "donut",
        "book",
        "scissors",
        "toothbrush",
        "remote",
        "laptop",
    ]
) | {
    "sports ball",
    "baseball bat",
    "baseball glove",
    "tennis racket",
    "wine glass",
    "hot dog",
    "cell phone",
    "hair drier",
}
"""Belongs to the person who touches it."""
RIDDEN = frozenset(
    {"bicycle", "motorcycle", "horse", "elephant", "surfboard", "skateboard", "snowboard", "skis", "boat"}
)
"""Belongs together with the person on it."""
SMALLEST = 0.04
"""Share of the photo that a subject covers at least."""


@dataclass(frozen=True, eq=False)
class Truth:
    """The subject of one photo.

    Attributes:
        mask: (H, W) bool; empty where nothing stands out.
        known: (H, W) bool; elsewhere nobody has said whether it is subject, and nothing is learnt or measured.
    """

    mask: NDArray[np.bool_]
    known: NDArray[np.bool_]

    @property
    def present(self) -> bool:
        """Whether there is a subject at all."""
        return bool(self.mask.any())


def nothing(size_hw: tuple[int, int]) -> Truth:
    """A photo of `size_hw` in which nothing stands out."""
    return Truth(np.zeros(size_hw, bool), np.ones(size_hw, bool))


def whole(masks: Sequence[NDArray[np.bool_]], names: Sequence[str]) -> Truth | None:
    """All that is annotated, together: a person with clothes and bags."""
    union = np.any(masks, axis=0)
    return Truth(union, np.ones_like(union)) if union.mean() >= SMALLEST else None


def all_of_them(masks: Sequence[NDArray[np.bool_]], names: Sequence[str]) -> Truth | None:
    """All animals, where at least one of them is large; unknown where all are far away."""
    return whole(masks, names) if max(mask.mean() for mask in masks) >= SMALLEST else None


def assembled(masks: Sequence[NDArray[np.bool_]], names: Sequence[str]) -> Truth | None:
    """A thing of which only parts are annotated: gaps between parts are unknown, small ones are filled.

    Cars come without roof, wings and load bed; all of these lie in the convex hull of the parts or just above it.
    """
    union = np.any(masks, axis=0).astype(np.uint8)
    points = cv2.findNonZero(union)
    if points is None or union.mean() < SMALLEST:
        return None
    _, _, w, h = cv2.boundingRect(points)
    reach = max(3, round(0.03 * max(w, h)))
    room = 2 * reach
    closed = np.pad(union, room)
    closed = cv2.morphologyEx(closed, cv2.MORPH_CLOSE, disk(reach))[room:-room, room:-room]
    hull = np.zeros_like(union)
    cv2.fillConvexPoly(hull, cv2.convexHull(points), 1)
    near = np.asarray(cv2.dilate(hull, disk(max(1, round(0.015 * max(w, h))))), np.uint8)
    for up in range(1, round(0.08 * h)):  # the roof
        near[:-up] |= hull[up:]
    mask = (closed > 0) | (union > 0)
    return Truth(mask, mask | (near == 0))


def dominant(masks: Sequence[NDArray[np.bool_]], names: Sequence[str]) -> Truth | None:
    """The one thing, or group of things that touch, beside which all others are small.

    Returns:
        The group; `nothing` for a crowd of equals or only tiny things; None where people might disagree.
    """
    height, width = masks[0].shape
    share = np.array([mask.mean() for mask in masks])
    if max((share[i] for i, name in enumerate(names) if name in SURFACES), default=0.0) > 0.35:
        return None
    left = [i for i in np.argsort(-share) if names[i] not in SURFACES and share[i] > 0.002]
    groups: list[list[int]] = []
    while left:
        groups.append(grow(left, masks, names, share))
        left = [i for i in left if i not in groups[-1]]
    unions = sorted((np.any([masks[i] for i in group], axis=0) for group in groups), key=lambda union: -union.mean())
    if not unions:
        return nothing((height, width)) if len(masks) >= 3 else None
    best, rival = unions[0], unions[1].mean() if len(unions) > 1 else 0.0
    rest = sum(union.mean() for union in unions[1:])
    crowded = best.mean() < 0.08 and len(unions) >= 6 and rival > 0.6 * best.mean()
    tiny = best.mean() < 0.02 and len(masks) >= 4 and rival > 0.3 * best.mean()
    if crowded or tiny:
        return nothing((height, width))
    rows, columns = np.nonzero(best)
    middle = abs(columns.mean() / width - 0.5) < 0.25 and abs(rows.mean() / height - 0.5) < 0.27
    border = np.concatenate([best[0], best[-1], best[:, 0], best[:, -1]]).mean()
    small, large = best.mean() < SMALLEST, best.mean() > 0.75 or border > 0.5
    if small or large or not middle or rival > 0.25 * best.mean() or rest > 0.5 * best.mean():
        return None
    return Truth(best, np.ones_like(best))


def grow(
    left: Sequence[int], masks: Sequence[NDArray[np.bool_]], names: Sequence[str], share: NDArray[np.float64]
) -> list[int]:
    """The first of `left` with what belongs to it: neighbours of its class, what a person holds, who rides it."""
    group = [left[0]]
    reach = disk(max(2, round(0.01 * max(masks[0].shape))))
    grown = True
    while grown:
        near = cv2.dilate(np.any([masks[i] for i in group], axis=0).astype(np.uint8), reach) > 0
        own = {names[i] for i in group}
        more = [i for i in left if i not in group and (masks[i] & near).any() and belongs(names[i], own)]
        group += more
        grown = bool(more)
    return group


def belongs(name: str, own: set[str]) -> bool:
    """Whether a thing of this class that touches a group of these classes is part of it."""
    return name in own or ("person" in own and name in HELD | RIDDEN) or (name == "person" and bool(own & RIDDEN))


def disk(radius: int) -> NDArray[np.uint8]:
    """A round structuring element."""
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2), np.uint8)


Rule = Callable[[Sequence[NDArray[np.bool_]], Sequence[str]], "Truth | None"]
RULES: Mapping[str, Rule] = {
    **dict.fromkeys(("animals", "dogs", "horses", "animals2"), all_of_them),
    **dict.fromkeys(("clothing", "subjects"), whole),
    "car_parts": assembled,
}
"""Folder -> rule; every other folder is read by `dominant`."""
WITHOUT_SUBJECT = ("facades", "camvid", "nuclei")
"""Folders of photos in which nothing stands out: house fronts, streets, cells."""
UNUSED = ("bsds500", "photos", "fluent_emoji")
"""Folders that do not say what their subjects are."""


def main_subject(photo: Photo, names: Mapping[int, str]) -> Truth | None:
    """The truth about one photo, or None where it has no sure one.

    Args:
        photo: of any folder.
        names: category number -> name.
    """
    if photo.folder in UNUSED or not photo.annotations:
        return None
    if photo.folder in WITHOUT_SUBJECT:
        return nothing(photo.size_hw)
    masks = [decode_mask(annotation, photo.size_hw).astype(bool) for annotation in photo.annotations]
    classes = [names.get(annotation.get("category_id", 0), "") for annotation in photo.annotations]
    return RULES.get(photo.folder, dominant)(masks, classes)


def category_names(folder: Path) -> dict[int, str]:
    """Category number -> name of a COCO folder; nothing for a folder without annotations."""
    file = folder / "annotations.json"
    if not file.exists():
        return {}
    return {int(row["id"]): str(row["name"]) for row in json.loads(file.read_text()).get("categories", ())}
