"""Benchmark of finding by name: `python -m sam.evaluation.benchmarks.names --data FOLDER`.

For each name, over held-out photos: mean IoU of the union of all masks found with the union of all that are marked, on
the photos that contain it; and precision, the mean share of an answer's pixels that are right over all photos with an
answer (one in a photo without the name is all wrong). Only names that a set marks throughout are asked there, and only
pixels count whose truth is known (`sam.training.names.truth`).
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...backends.nano_names import NanoNames
from ...detection.detector import MIN_SCORE, sift
from ...detection.vocabulary import INDEX
from ...errors import SamError
from ...images import read_image
from ...models.registry import load_model
from ...runtime.embedding_cache import embed
from ...training.coco import Photo, coco_folders, decode_mask, read_folder
from ...training.names.truth import KNOWN, PARTIAL, Rule, rule_for, states
from ...training.split import is_validation
from ...training.subject.truth import category_names
from ...types import Embedding, Image, Prompt

COMMON = ("person", "car", "window", "tree", "sky", "road", "building", "hair", "shoes", "elephant")
"""Names that are always asked where their absence is certain."""
Mask = NDArray[np.bool_]
Method = Callable[[Embedding, Sequence[str]], dict[str, Mask]]
"""Embedding and names -> for each name (H, W) of all that is so named."""


@dataclass(frozen=True, eq=False)
class NamedCase:
    """A held-out photo.

    Attributes:
        image: RGB.
        masks: name -> all that is so named.
        known: name -> pixels whose truth is known, for the names that may be asked.
    """

    image: Image
    masks: dict[str, Mask]
    known: dict[str, Mask]


@dataclass
class Sums:
    """What one name got on one set.

    Attributes:
        iou: of each photo with the name.
        precision: of each answer.
        absent: of each photo without the name, whether there was an answer.
    """

    iou: list[float] = field(default_factory=list)
    precision: list[float] = field(default_factory=list)
    absent: list[bool] = field(default_factory=list)

    def add(self, answer: Mask, truth: Mask | None, known: Mask) -> None:
        """One photo; truth is None where the name is not in it."""
        answer = answer & known
        some = bool(answer.any())
        if truth is None:
            self.absent.append(some)
            if some:
                self.precision.append(0.0)
            return
        truth = truth & known
        shared = int(np.count_nonzero(answer & truth))
        self.iou.append(shared / max(1, int(np.count_nonzero(answer | truth))))
        if some:
            self.precision.append(shared / np.count_nonzero(answer))

    def figures(self) -> dict[str, float]:
        """Means; nothing where there is nothing to measure."""
        out = {"images": float(len(self.iou))}
        if self.iou:
            out["iou"] = float(np.mean(self.iou))
        if self.precision:
            out["precision"] = float(np.mean(self.precision))
        if self.absent:
            out |= {"without": float(len(self.absent)), "imagined": float(np.mean(self.absent))}
        return out


def case_of(photo: Photo, rule: Rule, categories: Mapping[int, str]) -> NamedCase:
    """What is known of a photo."""
    masks: dict[str, Mask] = {}
    blocked: dict[str, Mask] = {}
    anything = np.zeros(photo.size_hw, bool)
    for one in photo.annotations:
        category = categories[one["category_id"]]
        mask = decode_mask(one, photo.size_hw) > 0
        anything |= mask
        for target, names in ((masks, rule.labels.get(category, ())), (blocked, rule.hidden.get(category, ()))):
            for name in names:
                target[name] = target[name] | mask if name in target else mask
    masks = {name: mask & ~blocked[name] if name in blocked else mask for name, mask in masks.items()}
    masks = {name: mask for name, mask in masks.items() if mask.any()}
    state = states(rule, list(masks))
    everywhere = np.ones(photo.size_hw, bool)
    known: dict[str, Mask] = {}
    for name in dict.fromkeys((*masks, *COMMON)):
        if state[INDEX[name]] == KNOWN:
            known[name] = everywhere
        elif name in masks and state[INDEX[name]] == PARTIAL:
            known[name] = anything | outside(masks[name]) if name in rule.bounded else anything
    return NamedCase(read_image(photo.path), masks, known)


def outside(mask: Mask) -> Mask:
    """Outside the box around the mask."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    out = np.ones_like(mask)
    out[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = False
    return out


def validation_cases(folder: Path, limit: int) -> Iterator[NamedCase]:
    """Held-out photos, `limit` at most, chosen by name so that each run takes the same."""
    categories = category_names(folder)
    rule = rule_for(folder.name, list(categories.values()))
    if not any(rule.labels.get(name) for name in categories.values()):
        return
    photos = [photo for photo in read_folder(folder) if photo.annotations and is_validation(photo.path.name)]
    for photo in sorted(photos, key=lambda photo: zlib.crc32(photo.path.name.encode()))[:limit]:
        case = case_of(photo, rule, categories)
        if case.image.shape[:2] == photo.size_hw:
            yield case


def methods_of(finder: NanoNames, min_score: float) -> dict[str, Method]:
    """The ways from names to masks: boxes into nano, the head's map where it says the name is there, both."""

    def drawn(embedding: Embedding, names: Sequence[str]) -> dict[str, Mask]:
        boxes = sift(finder.detect(embedding, ". ".join(names)), min_score=min_score)
        found = finder.nano.predict_many(embedding, [Prompt(box=box) for box in boxes.xyxy])
        return unions(names, boxes.labels, [one.masks[0] for one in found], embedding.size_hw)

    def dense(embedding: Embedding, names: Sequence[str]) -> dict[str, Mask]:
        there = sift(finder.detect(embedding, ". ".join(names)), min_score=min_score).labels
        masks = dict(zip(names, finder.dense_masks(embedding, ". ".join(names)).masks))
        return {name: mask if name in there else np.zeros_like(mask) for name, mask in masks.items()}

    def both(embedding: Embedding, names: Sequence[str]) -> dict[str, Mask]:
        found = finder.find_masks(embedding, ". ".join(names), min_score)
        return unions(names, found.boxes.labels, list(found.masks), embedding.size_hw)

    return {"masks": both, "boxes": drawn, "map": dense}


def unions(
    names: Sequence[str], labels: Sequence[str], masks: Sequence[Mask], size_hw: tuple[int, int]
) -> dict[str, Mask]:
    """All masks of each name together."""
    out = {name: np.zeros(size_hw, bool) for name in names}
    for label, mask in zip(labels, masks):
        out[label] |= mask
    return out


Results = dict[str, dict[str, dict[str, Sums]]]
"""Method -> set -> name."""


def measure(finder: NanoNames, data: Path, limit: int, min_score: float, only: Sequence[str] = ()) -> Results:
    """All sums.

    Raises:
        SamError: no held-out photo with a name in any set.
    """
    methods = {name: one for name, one in methods_of(finder, min_score).items() if not only or name in only}
    results: Results = {method: {} for method in methods}
    for folder in coco_folders(data):
        for case in validation_cases(folder, limit):
            embedding = embed(finder.nano, case.image)
            for method, find in methods.items():
                answers = find(embedding, list(case.known)) if case.known else {}
                for name, answer in answers.items():
                    sums = results[method].setdefault(folder.name, {}).setdefault(name, Sums())
                    sums.add(answer, case.masks.get(name), case.known[name])
    if not any(results.values()):
        raise SamError(
            f"{data}: expected held-out photos with things that sam/detection/vocabulary.py lists, found none."
        )
    return results


def pooled(sets: Mapping[str, Mapping[str, Sums]]) -> dict[str, Sums]:
    """By name, all sets together."""
    out: dict[str, Sums] = {}
    for names in sets.values():
        for name, sums in names.items():
            whole = out.setdefault(name, Sums())
            whole.iou += sums.iou
            whole.precision += sums.precision
            whole.absent += sums.absent
    return out


def table(results: Results) -> str:
    """Markdown: a row for each method and name, the common ones by set too, and the mean over photos."""
    keys = ("iou", "precision", "imagined")
    lines = ["| method | name | set | images | " + " | ".join(keys) + " |", "|---|---|---|---|" + "---|" * len(keys)]

    def line(method: str, name: str, where: str, row: Mapping[str, float]) -> str:
        cells = [f"{row[key]:.3f}" if key in row else "" for key in keys]
        return f"| {method} | {name} | {where} | {row.get('images', 0):.0f} | " + " | ".join(cells) + " |"

    for method, sets in results.items():
        together = pooled(sets)
        for name in sorted(together, key=lambda name: (name not in COMMON, name)):
            lines.append(line(method, name, "all", together[name].figures()))
            if name in COMMON:
                lines += [line(method, name, s, sets[s][name].figures()) for s in sets if name in sets[s]]
        for title, chosen in (("**all names**", list(together)), ("**common names**", list(COMMON))):
            lines.append(line(method, title, "all", means([together[name] for name in chosen if name in together])))
    return "\n".join(lines)


def means(rows: Sequence[Sums]) -> dict[str, float]:
    """IoU over all pairs of photo and name; precision and imagination as means of the names'."""
    figures = [row.figures() for row in rows]
    iou = [value for row in rows for value in row.iou]
    out = {"images": float(len(iou))} | ({"iou": float(np.mean(iou))} if iou else {})
    for key in ("precision", "imagined"):
        values = [one[key] for one in figures if key in one]
        out |= {key: float(np.mean(values))} if values else {}
    return out


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m sam.evaluation.benchmarks.names", description="Measure how well names find their masks."
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of COCO folders")
    parser.add_argument("--photos", type=int, default=60, help="photos of each folder, at most")
    parser.add_argument("--min-score", type=float, default=MIN_SCORE)
    parser.add_argument("--methods", nargs="*", default=[], help="masks, boxes, map; all when left out")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    a = parser.parse_args()
    try:
        results = measure(load_model("nano-names", NanoNames), a.data, a.photos, a.min_score, a.methods)
    except SamError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(table(results) + "\n")
    if a.json:
        figures = {
            method: {folder: {name: sums.figures() for name, sums in names.items()} for folder, names in sets.items()}
            for method, sets in results.items()
        }
        a.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
