"""What a format cannot keep, known before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...rle import Rle
from ..annotations import AnnotatedObject, Annotations, class_names
from . import regions
from .format import EXACT, Format, Options, Shape

_PLURAL = {"class": "classes", "name": "names", "score": "scores", "color": "colours", "key": "keys"}


@dataclass(frozen=True)
class Loss:
    """What is not the same when written annotations are read again.

    Attributes:
        objects: how many there are.
        lost: objects that do not come back at all.
        covered: objects of which another covers a part, where each pixel belongs to one.
        merged: objects that share their class's area with others.
        holes_bridged: holes that are joined to the outline by a seam.
        parts_joined: parts that are joined to their object's first by a seam.
        vertices: of all outlines; 0 where there are none.
        least_iou: of a mask and what comes back for it, over all objects that come back.
        unclassed: objects without a class that get the class "object".
        fields: what the annotations have and the format does not.
    """

    objects: int
    lost: int = 0
    covered: int = 0
    merged: int = 0
    holes_bridged: int = 0
    parts_joined: int = 0
    vertices: int = 0
    least_iou: float = 1.0
    unclassed: int = 0
    fields: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether all comes back."""
        return self.least_iou == 1 and not (self.lost or self.merged or self.unclassed or self.fields)

    def sentences(self) -> list[str]:
        """What to tell whoever is about to save."""
        said: list[str] = []
        if self.lost == self.objects and self.objects:
            said.append("Objects can't be read back from this.")
        elif self.lost:
            said.append(f"{_count(self.lost, 'object')} can't be written.")
        if self.merged:
            said.append(f"{_count(self.merged, 'object')} become one with others of their class.")
        if self.covered:
            said.append(f"{_count(self.covered, 'object')} partly covered by others: each pixel keeps one.")
        if self.least_iou < 1:
            said.append(f"Lowest overlap with the mask (IoU): {np.floor(self.least_iou * 1000) / 1000:.3f}.")
        if self.holes_bridged:
            said.append(f"{_count(self.holes_bridged, 'hole')} bridged to the outline by a seam.")
        if self.parts_joined:
            said.append(f"{_count(self.parts_joined, 'part')} joined by a seam.")
        if self.vertices:
            said.append(f"{self.vertices:,} vertices.")
        if self.unclassed:
            said.append(f"{_count(self.unclassed, 'object')} without a class: saved as “object”.")
        if self.fields and not (self.lost == self.objects and self.objects):
            said.append(f"Not kept: {', '.join(_PLURAL.get(one, one) for one in self.fields)}.")
        return said or ["Nothing is lost."]


def loss_of(annotations: Annotations, format: Format, options: Options = EXACT) -> Loss:
    """What writing in a format would lose.

    Args:
        annotations: what is to be written.
        format, options: how.
    """
    shape = format.shape
    count = len(annotations.objects)
    if shape is Shape.TABLE or format.read is None:
        return Loss(count, lost=count, fields=_missing(annotations, format))
    counted = {"holes": 0, "parts": 0, "vertices": 0}
    least, lost, covered, merged = 1.0, 0, 0, 0
    kept = _kept(annotations, shape, options, counted)
    for one, back in kept:
        if back is None:
            lost += 1
        elif back != one.rle:
            same = regions.iou(one.rle, back)
            least = min(least, same)
            if shape is Shape.LABELS:
                covered += 1
    if shape is Shape.CLASSES:
        merged = _sharing(annotations)
    unclassed = sum(not one.label for one in annotations.objects) if format.classed else 0
    return Loss(
        count,
        lost,
        covered,
        merged,
        counted["holes"],
        counted["parts"],
        counted["vertices"],
        least,
        unclassed,
        _missing(annotations, format),
    )


def drawn(one: AnnotatedObject, shape: Shape, tolerance: float) -> list[list[regions.Ring]]:
    """The outlines that a format of a shape gets, as polygons of one or more rings; what covers no pixel is drawn
    exactly."""
    polygons = regions.outlines(one.rle, tolerance)
    groups = [[polygon.exterior, *polygon.holes] for polygon in polygons]
    if shape is Shape.PARTS:
        groups = [[regions.joined(group)] for group in groups]
    elif shape is Shape.SINGLE:
        groups = [[regions.joined([ring for group in groups for ring in group])]]
    made = [[np.asarray(ring, np.float64) for ring in group] for group in groups]
    if tolerance and not regions.runs_of(filled(made, one))[1::2].any():
        return drawn(one, shape, 0)
    return made


def filled(groups: list[list[regions.Ring]], one: AnnotatedObject) -> Rle:
    """The region that outlines cover."""
    size = (one.rle["size"][0], one.rle["size"][1])
    return regions.union([regions.fill(group, size) for group in groups], size)


def painted(annotations: Annotations, image: str) -> tuple[NDArray[np.int32], list[AnnotatedObject]]:
    """Objects of one photo in one picture: number i + 1 of the i-th object at each pixel, 0 for none.

    Small objects lie above large ones, so that what lies within another is seen.
    """
    objects = annotations.of(image)
    size = next(one.size_hw for one in annotations.images if one.name == image)
    labels = np.zeros(size, np.int32)
    for index in sorted(range(len(objects)), key=lambda at: -objects[at].area):
        mask, left, top = regions.crop_of(objects[index].rle)
        labels[top : top + mask.shape[0], left : left + mask.shape[1]][mask] = index + 1
    return labels, objects


def painted_classes(annotations: Annotations, image: str, names: list[str]) -> NDArray[np.int32]:
    """Number i + 1 of the i-th class at each pixel, 0 for none."""
    labels, objects = painted(annotations, image)
    numbers = [0, *(names.index(one.label or names[-1]) + 1 for one in objects)]
    return np.asarray(numbers, np.int32)[labels]


def _kept(
    annotations: Annotations, shape: Shape, options: Options, counted: dict[str, int]
) -> Iterator[tuple[AnnotatedObject, Rle | None]]:
    if shape in (Shape.LABELS, Shape.CLASSES):
        yield from _kept_pixels(annotations, shape)
        return
    for one in annotations.objects:
        if shape is Shape.MASK:
            yield one, one.rle
        elif shape is Shape.BOX:
            yield one, regions.rectangle(one.box, (one.rle["size"][0], one.rle["size"][1]))
        else:
            groups = drawn(one, shape, options.tolerance)
            counted["vertices"] += sum(len(ring) for group in groups for ring in group)
            if shape in (Shape.PARTS, Shape.SINGLE):
                polygons = regions.outlines(one.rle)
                counted["holes"] += sum(len(polygon.holes) for polygon in polygons)
                counted["parts"] += len(polygons) - 1 if shape is Shape.SINGLE else 0
            yield one, filled(groups, one) if options.tolerance else one.rle


def _kept_pixels(annotations: Annotations, shape: Shape) -> Iterator[tuple[AnnotatedObject, Rle | None]]:
    names = class_names(annotations)
    for image in annotations.images:
        labels, objects = painted(annotations, image.name)
        classes = painted_classes(annotations, image.name, names) if shape is Shape.CLASSES else None
        for index, one in enumerate(objects):
            if classes is not None:
                region = regions.place(classes == names.index(one.label or names[-1]) + 1, 0, 0, image.size_hw)
            else:
                x0, y0, x1, y1 = one.box
                region = regions.place(labels[y0:y1, x0:x1] == index + 1, x0, y0, image.size_hw)
            yield one, region if regions.runs_of(region)[1::2].any() else None


def _sharing(annotations: Annotations) -> int:
    counts: dict[tuple[str, str], int] = {}
    for one in annotations.objects:
        counts[one.image, one.label] = counts.get((one.image, one.label), 0) + 1
    return sum(count for count in counts.values() if count > 1)


def _missing(annotations: Annotations, format: Format) -> tuple[str, ...]:
    has = {
        "class": any(one.label for one in annotations.objects),
        "name": any(one.name for one in annotations.objects),
        "score": any(one.score is not None for one in annotations.objects),
        "prompts": any(one.prompts for one in annotations.objects),
        "provenance": any(one.provenance for one in annotations.objects),
        "color": any(one.color != type(one)(one.name).color for one in annotations.classes),
        "key": any(one.key for one in annotations.classes),
    }
    return tuple(name for name, there in has.items() if there and name not in format.holds)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
