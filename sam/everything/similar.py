"""Objects like a given one: candidates compared with it by the image's own embedding.

Each mask is described by what the encoder says inside it: every feature map, standardised over the photo and averaged
over the mask, with its spread, beside the mean colour. Two masks are alike by the cosine of these descriptions, less so
the more their sizes differ. Masked average pooling is how prototype networks describe a class by an example (Zhang et
al., SG-One, 2018; Wang et al., PANet, 2019).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .. import rle
from ..errors import PromptError
from ..images import check_image
from ..types import Embedding, Image

SIZE = 1.0
"""Natural logarithm of the ratio of two areas at which it counts exp(-1/2)."""
SPREAD = 0.5
"""Weight of a feature's spread over the mask beside its mean."""
SIDE = 128
"""Cells of the longer side in which colours are averaged."""
SAME = 0.5
"""IoU from which a candidate is an example itself, or another candidate's double."""
INSIDE = 0.6
"""Share of the smaller of two masks from which it is a part of the other."""

Code = rle.Rle


def similarity(image: Image, embedding: Embedding, examples: Sequence[Code], others: Sequence[Code]) -> NDArray:
    """How like the examples other masks are.

    Args:
        image: (H, W, 3) uint8 RGB.
        embedding: of the image, by any model.
        examples: COCO RLE of masks of the image, one at least, none of them empty.
        others: COCO RLE of masks to compare.

    Returns:
        (N,) float32 in [0, 1], the nearest example's for each of `others`; 1 is the same look and size.

    Raises:
        PromptError: no example, an empty one, or masks of another size than the image.
    """
    check_image(image)
    if not examples:
        raise PromptError("Select an object first: others like it are looked for.")
    sizes = {tuple(code["size"]) for code in (*examples, *others)}
    if sizes != {image.shape[:2]}:
        raise PromptError(f"masks: expected the size of the image, {image.shape[:2]}, got {sorted(sizes)[0]}.")
    areas = np.array([rle.area(code) for code in (*examples, *others)], np.float64)
    count = len(examples)
    if not areas[:count].all():
        raise PromptError("The example is empty: select an object that has a mask.")
    if not others:
        return np.zeros(0, np.float32)
    found = describe(image, embedding, (*examples, *others))
    cosine = found[count:] @ found[:count].T
    ratio = np.log(np.maximum(areas[count:, None], 1) / areas[None, :count])
    alike = cosine * np.exp(-((ratio / SIZE) ** 2) / 2)
    return np.clip(alike.max(1), 0, 1).astype(np.float32)


def describe(image: Image, embedding: Embedding, codes: Sequence[Code]) -> NDArray:
    """One vector of length 1 for each mask.

    Args:
        image: (H, W, 3) uint8 RGB.
        embedding: its maps are (1, C, h, w), over the model's square.
        codes: COCO RLE of masks of the image.

    Returns:
        (N, D) float32; cosine is the dot product.
    """
    import cv2

    maps = [(features, features**2) for features in _maps(image, embedding)]
    parts: list[list[NDArray]] = [[] for _ in maps]
    for code in codes:
        mask = rle.decode(code).astype(np.float32)
        for place, (features, squares) in enumerate(maps):
            height, width = features.shape[1:]
            share = np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA), np.float32)
            share = share / np.float32(max(float(share.sum()), 1e-9))
            mean = np.tensordot(features, share, 2)
            spread = np.sqrt(np.maximum(np.tensordot(squares, share, 2) - mean**2, 0))
            parts[place].append(_unit(np.concatenate([mean, SPREAD * spread])))
    return _unit(np.concatenate([np.array(rows, np.float32) for rows in parts], 1))


def _maps(image: Image, embedding: Embedding) -> list[NDArray]:
    """Standardised (C, h, w) float32 over the photo's own part of the square: the embedding's, and the colours'."""
    import cv2

    side = float(embedding.input_size)
    found = []
    for array in embedding.arrays.values():
        if array.ndim != 4:
            continue
        high, wide = (max(1, round(cells * part / side)) for cells, part in zip(array.shape[2:], embedding.input_hw))
        found.append(array[0, :, :high, :wide].astype(np.float32))
    scale = SIDE / max(image.shape[:2])
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    small = cv2.resize(np.ascontiguousarray(image), size, interpolation=cv2.INTER_AREA)
    found.append(cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32).transpose(2, 0, 1))
    return [
        (one - one.mean((1, 2), keepdims=True)) / (one.std((1, 2), dtype=np.float64, keepdims=True) + 1e-6).astype("f4")
        for one in found
    ]


def _unit(rows: NDArray) -> NDArray:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9), np.float32)


def choose(examples: Sequence[Code], others: Sequence[Code], scores: NDArray, least: float) -> list[int]:
    """Places of those that are similar enough, best first: no example among them, none twice, and no part of another.

    Args:
        examples, others: COCO RLE of one size.
        scores: (N,) of `others`, from `similarity`.
        least: from which one counts, in [0, 1].
    """
    chosen: list[int] = []
    taken = [rle.decode(code) for code in examples]
    for place in np.argsort(-scores, kind="stable"):
        if scores[place] < least:
            break
        mask = rle.decode(others[place])
        if not any(_overlap(mask, one) for one in taken):
            taken.append(mask)
            chosen.append(int(place))
    return chosen


def _overlap(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> bool:
    """Whether they are the same thing, or one is a part of the other."""
    both, one, other = (int(np.count_nonzero(mask)) for mask in (a & b, a, b))
    return both >= SAME * max(1, one + other - both) or both >= INSIDE * max(1, min(one, other))
