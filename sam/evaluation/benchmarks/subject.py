"""Benchmark of the main subject, by the measures of salient-object detection.

`python -m sam.evaluation.benchmarks.subject`.

IoU and F-measure with beta^2 = 0.3 (Achanta et al. 2009; the best threshold for a set, and 0.5) and mean absolute
error (Perazzi et al. 2012), on held-out photos whose subject is known (`sam.training.subject.truth`); and whether
photos without a subject are told from others. Beside it, methods that nobody trained for this.
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

from ...errors import SamError
from ...images import read_image
from ...models.registry import load_model
from ...runtime.embedding_cache import embed
from ...segmenter import Segmenter
from ...subject import SubjectFinder
from ...training.coco import coco_folders, read_folder
from ...training.split import is_validation
from ...training.subject.truth import Truth, category_names, main_subject
from ...types import Image, Masks
from ..baselines.classics import grabcut
from ..measures import mask_iou
from .edges import enlarge

BETA2 = 0.3
THRESHOLDS = np.linspace(0, 1, 256)
Method = Callable[[Image], NDArray[np.float32]]
"""Image -> (H, W) float32 in [0, 1], how much each pixel is subject; more than 0.5 is subject."""


@dataclass(frozen=True, eq=False)
class SubjectCase:
    """A held-out photo and its truth."""

    image: Image
    truth: Truth


@dataclass
class Sums:
    """What one method got on one set.

    Attributes:
        iou, error: of each photo with a subject.
        precision, recall: of each such photo, (256,) by threshold.
        found: of each photo with a subject, whether there was an answer.
        imagined: of each photo without, whether there was one nevertheless.
    """

    iou: list[float] = field(default_factory=list)
    error: list[float] = field(default_factory=list)
    precision: list[NDArray[np.float64]] = field(default_factory=list)
    recall: list[NDArray[np.float64]] = field(default_factory=list)
    found: list[bool] = field(default_factory=list)
    imagined: list[bool] = field(default_factory=list)

    def add(self, answer: NDArray[np.float32], truth: Truth) -> None:
        """One photo; only pixels whose truth is known count."""
        some = bool((answer > 0.5).any())
        if not truth.present:
            self.imagined.append(some)
            return
        self.found.append(some)
        p, t = answer[truth.known], truth.mask[truth.known]
        self.iou.append(mask_iou(p > 0.5, t))
        self.error.append(float(np.abs(p - t).mean()))
        precision, recall = curves(p, t)
        self.precision.append(precision)
        self.recall.append(recall)

    def figures(self) -> dict[str, float]:
        """Means over the photos; nothing where there is no photo to measure on."""
        out: dict[str, float] = {}
        if self.iou:
            f = f_measure(np.mean(self.precision, 0), np.mean(self.recall, 0))
            out = {"photos": float(len(self.iou)), "iou": float(np.mean(self.iou)), "f max": float(f.max())}
            out |= {
                "f 0.5": float(f[len(f) // 2]),
                "mae": float(np.mean(self.error)),
                "found": float(np.mean(self.found)),
            }
        if self.imagined:
            out |= {"without": float(len(self.imagined)), "imagined": float(np.mean(self.imagined))}
        return out


def curves(p: NDArray[np.float32], truth: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(256,) precision and recall of the map above each of `THRESHOLDS`; precision of an empty answer is 0.

    Args:
        p: (N,) in [0, 1].
        truth: (N,), not empty.
    """
    bins = np.clip(np.ceil(p * 255).astype(int) - 1, -1, 254) + 1  # a value counts for all thresholds below it
    hits = np.bincount(bins[truth], minlength=256)[::-1].cumsum()[::-1].astype(float)
    all_on = np.bincount(bins, minlength=256)[::-1].cumsum()[::-1].astype(float)
    # Above threshold k / 255 lie the values of bins k + 1 and more.
    hits, all_on = np.append(hits[1:], 0.0), np.append(all_on[1:], 0.0)
    return hits / np.maximum(all_on, 1), hits / max(1, np.count_nonzero(truth))


def f_measure(precision: NDArray[np.float64], recall: NDArray[np.float64]) -> NDArray[np.float64]:
    """F with beta^2 = 0.3, which weighs precision more; 0 where both are 0."""
    return (1 + BETA2) * precision * recall / np.maximum(BETA2 * precision + recall, 1e-9)


def validation_cases(folder: Path, limit: int) -> Iterator[SubjectCase]:
    """Held-out photos with a sure truth, `limit` at most, chosen by name so that each run takes the same."""
    names = category_names(folder)
    photos = [photo for photo in read_folder(folder) if photo.annotations and is_validation(photo.path.name)]
    for photo in sorted(photos, key=lambda photo: zlib.crc32(photo.path.name.encode())):
        truth = main_subject(photo, names) if limit else None
        if truth is None:
            continue
        image = read_image(photo.path)
        if truth.mask.shape == image.shape[:2]:
            yield SubjectCase(image, truth)
            limit -= 1


def subject_map(finder: SubjectFinder, nano: Segmenter) -> Method:
    """The finder's answer: probabilities where it gives logits of nano's square, else its mask; 0 for no subject."""

    def answer(image: Image) -> NDArray[np.float32]:
        found = finder.find_subject(image)
        if not len(found):
            return np.zeros(image.shape[:2], np.float32)
        return as_map(found, nano, image)

    return answer


def as_map(found: Masks, nano: Segmenter, image: Image) -> NDArray[np.float32]:
    """(H, W) in [0, 1] of the best mask, on the mask's side of 0.5 everywhere: a tidied speck must not come back."""
    mask = found.masks[0]
    if not found.logits[0].size:
        return mask.astype(np.float32)
    p = 1 / (1 + np.exp(-np.clip(enlarge(found.logits[0], embed(nano, image)), -30, 30)))
    return np.where(mask, np.maximum(p, 0.502), np.minimum(p, 0.498)).astype(np.float32)


def centred_ellipse(image: Image) -> NDArray[np.float32]:
    """An ellipse in the middle, two thirds of each side long: people put their subject there."""
    rows, columns = np.ogrid[: image.shape[0], : image.shape[1]]
    y = (rows + 0.5) / image.shape[0] * 2 - 1
    x = (columns + 0.5) / image.shape[1] * 2 - 1
    return (x * x + y * y <= (2 / 3) ** 2).astype(np.float32)


def centred_grabcut(image: Image) -> NDArray[np.float32]:
    """GrabCut from a rectangle that leaves a tenth of the photo on each side."""
    height, width = image.shape[:2]
    box = np.array([width * 0.1, height * 0.1, width * 0.9, height * 0.9], np.float32)
    return grabcut(image, box).astype(np.float32)


def middle_click(nano: Segmenter) -> Method:
    """nano's first answer to one click in the middle."""

    def answer(image: Image) -> NDArray[np.float32]:
        found = nano.predict(embed(nano, image), points=[[image.shape[1] / 2, image.shape[0] / 2]], labels=[1])
        return as_map(found.best(), nano, image)

    return answer


def measure(methods: Mapping[str, Method], data: Path, limit: int) -> dict[str, dict[str, dict[str, float]]]:
    """Figures by set and method; sets without a photo whose subject is known are left out.

    Raises:
        SamError: no such photo in any set.
    """
    results: dict[str, dict[str, dict[str, float]]] = {}
    for folder in coco_folders(data):
        sums = {name: Sums() for name in methods}
        for case in validation_cases(folder, limit):
            for name, method in methods.items():
                sums[name].add(method(case.image), case.truth)
        found = {name: one.figures() for name, one in sums.items()}
        if any(found.values()):
            results[folder.name] = found
            sys.stderr.write(f"{folder.name} is measured.\n")
    if not results:
        raise SamError(f"{data}: expected held-out photos with one thing that stands out, found none to measure on.")
    return results


def table(results: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Markdown: a row for each set and method, and for each method the mean over sets with a subject."""
    keys = ("iou", "f max", "f 0.5", "mae", "found", "imagined")
    lines = ["| set | method | photos | " + " | ".join(keys) + " |", "|---|---|---|" + "---|" * len(keys)]

    def line(name: str, method: str, row: Mapping[str, float]) -> str:
        photos = row.get("photos", 0) + row.get("without", 0)
        cells = [f"{row[key]:.3f}" if key in row else "" for key in keys]
        return f"| {name} | {method} | {photos:.0f} | " + " | ".join(cells) + " |"

    for name, rows in results.items():
        lines += [line(name, method, row) for method, row in rows.items()]
    for method in dict.fromkeys(method for rows in results.values() for method in rows):
        lines.append(line("**mean of sets**", method, mean_of_sets([rows[method] for rows in results.values()])))
    return "\n".join(lines)


def mean_of_sets(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Each figure's mean over the sets that have it, so that no set drowns another; photos are summed."""
    keys = dict.fromkeys(key for row in rows for key in row)
    return {
        key: float((np.sum if key in ("photos", "without") else np.mean)([row[key] for row in rows if key in row]))
        for key in keys
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m sam.evaluation.benchmarks.subject", description="Measure how well the main subject is found."
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of COCO folders")
    parser.add_argument("--model", default="nano-subject")
    parser.add_argument("--photos", type=int, default=60, help="photos of each folder, at most")
    parser.add_argument("--no-baselines", action="store_true", help="only the model")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    a = parser.parse_args()
    try:
        nano = load_model("nano")
        methods: dict[str, Method] = {a.model: subject_map(load_model(a.model, SubjectFinder), nano)}
        if not a.no_baselines:
            methods |= {
                "ellipse": centred_ellipse,
                "grabcut": centred_grabcut,
                "nano, middle click": middle_click(nano),
            }
        results = measure(methods, a.data, a.photos)
    except SamError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(table(results) + "\n")
    if a.json:
        a.json.write_text(json.dumps(results, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
