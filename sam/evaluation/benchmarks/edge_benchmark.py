"""The boundary benchmark of BSDS500 (Martin et al. 2004; Arbelaez et al. 2011): ODS, OIS, AP and R50."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import PromptError
from ...images import fit_hw
from ...training.coco import Photo
from ..dataset import object_mask

Mask = NDArray[np.bool_]

THRESHOLDS = 99
"""How many, spread evenly inside (0, 1)."""
MAX_DISTANCE = 0.0075
"""How far a found edge may be from a true one, as a share of the image's diagonal: 4.3 px in BSDS500."""
OUTLIER_COST = 100
"""What a pixel without a partner costs, in units of the greatest distance; the benchmark's own number."""
PART = 300
"""Pixels that are assigned at once, where they do not hang together with more."""
LONGEST = 640
"""Longest side in pixels of what is measured: larger photos are scaled down. BSDS500's have 481."""
STEPS = 100
"""Points between two thresholds at which the benchmark looks for the best F."""


@dataclass(frozen=True, eq=False)
class EdgeFigures:
    """Edge detection on a set of photos; all in [0, 1].

    Attributes:
        ods: best F over the set at one threshold for all photos (optimal dataset scale).
        ois: F over the set with each photo at its own best threshold (optimal image scale).
        ap: area under the precision-recall curve.
        r50: recall at 50% precision.
        curve: (N, 3) float64 of threshold, precision, recall, thresholds rising, those that found no edge left out.
        photos: how many were measured.
    """

    ods: float
    ois: float
    ap: float
    r50: float
    curve: NDArray[np.float64]
    photos: int


@dataclass(frozen=True, eq=False)
class MatchCounts:
    """What the benchmark counts in one photo, for each of K rising thresholds.

    Attributes:
        thresholds: (K,) in (0, 1).
        true_matched: (K,) edge pixels of all annotators that were found.
        true: edge pixels of all annotators.
        found_matched: (K,) found pixels that are on an edge of any annotator.
        found: (K,) found pixels.
    """

    thresholds: NDArray[np.float64]
    true_matched: NDArray[np.int64]
    true: int
    found_matched: NDArray[np.int64]
    found: NDArray[np.int64]


def even_thresholds(count: int = THRESHOLDS) -> NDArray[np.float64]:
    """(count,) rising, evenly inside (0, 1): .01 to .99 for 99."""
    return np.linspace(1 / (count + 1), 1 - 1 / (count + 1), count)


def boundaries(photo: Photo) -> list[Mask]:
    """The true edges of a photo, one map for each annotator; annotations without the field `annotator` are of one.

    A pixel is on an edge if the 2 x 2 pixels from it to the right and down do not all lie in the same segments: the
    rule of the benchmark's seg2bdry('imageSize') and of its predecessor's seg2bmap. Slanting edges come out of it as
    stairs, two pixels wide; they are thinned to one pixel, as found edges are, since pixels are matched one to one: an
    edge found perfectly could not reach recall 1 otherwise. Pixels in no segment count as a segment of their own.

    Returns:
        (H, W) bool each, `LONGEST` px at most; none where the photo has no annotation.

    Raises:
        PromptError: a mask that cannot be read, or masks of different sizes.
    """
    edges: dict[object, Mask] = {}
    for annotation in photo.annotations:
        ends = segment_ends(shrink(object_mask(annotation, photo.size_hw)))
        edge = edges.setdefault(annotation.get("annotator"), np.zeros_like(ends))
        if edge.shape != ends.shape:
            raise PromptError(f"expected masks of one size, got {edge.shape} and {ends.shape}")
        edge |= ends
    return [thin(edge) for edge in edges.values()]


def shrink(mask: Mask) -> Mask:
    """The mask with its longest side at `LONGEST`, if it is longer."""
    if max(mask.shape) <= LONGEST:
        return mask
    import cv2

    height, width = fit_hw((mask.shape[0], mask.shape[1]), LONGEST)
    return np.asarray(cv2.resize(mask.view(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)).view(bool)


def segment_ends(mask: Mask) -> Mask:
    """(H, W) bool: pixels that differ from one to the right, below, or both; at the image's border there is none."""
    padded = np.pad(mask, ((0, 1), (0, 1)), mode="edge")
    here, right, below, both = padded[:-1, :-1], padded[:-1, 1:], padded[1:, :-1], padded[1:, 1:]
    return np.asarray((here != right) | (here != below) | (here != both))


def thin(mask: Mask) -> Mask:
    """One pixel wide: morphological thinning until nothing changes, MATLAB's bwmorph(mask, 'thin', inf)."""
    from skimage.morphology import thin as until_stable

    return np.asarray(until_stable(mask), bool)


def count_matches(
    edges: NDArray[np.floating], truths: Sequence[Mask], thresholds: NDArray[np.float64] | None = None
) -> MatchCounts:
    """Match the edge map, thresholded and thinned, with each annotator's edges.

    Args:
        edges: (H, W) in [0, 1].
        truths: (H, W) bool, one pixel wide, one for each annotator.
        thresholds: rising; default: `even_thresholds()`.
    """
    thresholds = even_thresholds() if thresholds is None else thresholds
    pairings = [Pairing(truth) for truth in truths]
    rows: list[tuple[int, int, int]] = []
    before: Mask | None = None
    for threshold in thresholds:
        above = edges >= threshold
        if before is None or not np.array_equal(above, before):
            found, before = thin(above), above
            matched = np.zeros_like(found)
            total = 0
            for pairing in pairings:
                partners = pairing.match(found)
                matched.reshape(-1)[partners] = True
                total += len(partners)
            row = total, int(np.count_nonzero(matched)), int(np.count_nonzero(found))
        rows.append(row)
    table = np.array(rows, np.int64).reshape(-1, 3)
    true = sum(int(np.count_nonzero(truth)) for truth in truths)
    return MatchCounts(thresholds, table[:, 0], true, table[:, 1], table[:, 2])


class Pairing:
    """One annotator's edge pixels and the places near enough to each; made once and used for all thresholds."""

    def __init__(self, truth: Mask, max_distance: float = MAX_DISTANCE) -> None:
        """
        Args:
            truth: (H, W) bool.
            max_distance: as a share of the image's diagonal.
        """
        self._limit = max_distance * float(np.hypot(*truth.shape))
        self._reach = reach = int(self._limit)
        self._width = truth.shape[1]
        down, across = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1)
        distances = np.hypot(down, across)
        near = distances <= self._limit
        self._distances = distances[near]
        rows, columns = np.nonzero(truth)
        self._stride = truth.shape[1] + 2 * reach
        centres = (rows + reach) * self._stride + columns + reach
        self._places = centres[:, None] + (down * self._stride + across)[near]

    def match(self, found: Mask) -> NDArray[np.int64]:
        """The found pixels that have a partner, as flat indices, one for each true pixel that was found.

        One to one, at the least sum of distances where a pixel that stays alone costs `OUTLIER_COST`: as many pairs as
        there can be, and the nearest. The benchmark solves the same assignment with a few outlier connections drawn by
        chance; here each pixel has its own, so that the least cost is exact. scipy's maximum_bipartite_matching gives
        the same number of pairs, but any pixels: different ones for each annotator, which adds up to 1% to precision
        (measured); and on some maps it took ten times as long.
        """
        padded = np.pad(found, self._reach).reshape(-1)
        pixels, offsets = np.nonzero(padded[self._places])
        places = self._places[pixels, offsets]
        paired = [
            assign(pixels[part], places[part], self._distances[offsets[part]], OUTLIER_COST * self._limit)
            for part in separate(pixels, places)
        ]
        chosen = np.concatenate([np.empty(0, np.int64), *paired])
        return np.asarray((chosen // self._stride - self._reach) * self._width + chosen % self._stride - self._reach)


def separate(left: NDArray[np.int64], right: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Indices of connections, in parts that share no pixel: time for an assignment grows with the square of its size.

    Args:
        left, right: (E,) names of the two ends of each connection.

    Returns:
        Connected components, small ones together.
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    if not len(left):
        return []
    left, right = (np.unique(names, return_inverse=True)[1] for names in (left, right))
    first = int(left.max()) + 1
    size = first + int(right.max()) + 1
    ends = csr_matrix((np.ones(len(left), bool), (left, right + first)), shape=(size, size))
    component = connected_components(ends, directed=False)[1]
    part = np.cumsum(np.bincount(component))[component] // PART
    order = np.argsort(part[left], kind="stable")
    return np.split(order, np.flatnonzero(np.diff(part[left][order])) + 1)


def assign(
    left: NDArray[np.int64], right: NDArray[np.int64], costs: NDArray[np.float64], alone: float
) -> NDArray[np.int64]:
    """The names on the right that have a partner in the cheapest one-to-one assignment.

    Args:
        left, right: (E,) names of the two ends of each connection, at least one.
        costs: (E,) of connecting them.
        alone: cost of having no partner.
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    names, right = np.unique(right, return_inverse=True)
    left = np.unique(left, return_inverse=True)[1]
    turned = left.max() > right.max()
    few, many = (right, left) if turned else (left, right)
    each = np.arange(few.max() + 1)
    rows, columns = np.concatenate([few, each]), np.concatenate([many, each + many.max() + 1])
    # A weight of 0 would count as no connection; one more for all changes no assignment, since all rows get one.
    weights = np.concatenate([costs, np.full(len(each), alone)]) + 1
    row, column = min_weight_full_bipartite_matching(csr_matrix((weights, (rows, columns))))
    paired = column <= many.max()
    return np.asarray(names[row[paired] if turned else column[paired]])


def edge_figures(counts: Sequence[MatchCounts]) -> EdgeFigures:
    """The figures of a set of photos, from counts at the same thresholds.

    Counts are summed over photos. As in the benchmark, F is also looked for between neighbouring thresholds, with
    precision and recall interpolated, for ODS; OIS takes each photo at the best of its thresholds.
    """
    thresholds = counts[0].thresholds
    true = sum(each.true for each in counts)
    true_matched = np.sum([each.true_matched for each in counts], axis=0)
    found_matched = np.sum([each.found_matched for each in counts], axis=0)
    found = np.sum([each.found for each in counts], axis=0)
    any_found = found > 0
    precision = found_matched[any_found] / found[any_found]
    recall = true_matched[any_found] / max(1, true)
    best = [
        int(np.argmax(f_measure(each.found_matched / np.maximum(1, each.found), each.true_matched / max(1, each.true))))
        for each in counts
    ]
    own_precision = sum(c.found_matched[i] for c, i in zip(counts, best)) / max(
        1, sum(c.found[i] for c, i in zip(counts, best))
    )
    own_recall = sum(c.true_matched[i] for c, i in zip(counts, best)) / max(1, true)
    return EdgeFigures(
        best_f(precision, recall),
        float(f_measure(np.array(own_precision), np.array(own_recall))),
        average_precision(precision, recall),
        recall_at_half(precision, recall),
        np.stack([thresholds[any_found], precision, recall], axis=1),
        len(counts),
    )


def f_measure(precision: NDArray[np.floating], recall: NDArray[np.floating]) -> NDArray[np.float64]:
    """Harmonic mean; 0 where both are 0."""
    total = np.asarray(precision + recall, np.float64)
    return np.asarray(2 * precision * recall / np.where(total > 0, total, 1))


def best_f(precision: NDArray[np.float64], recall: NDArray[np.float64]) -> float:
    """The best F on the curve, also between its points; 0 where it has none."""
    if not len(precision):
        return 0.0
    steps = np.linspace(0, 1, STEPS)[:, None]
    between = [values[:-1] * (1 - steps) + values[1:] * steps for values in (precision, recall)]
    return float(max(f_measure(precision, recall).max(), f_measure(*between).max(initial=0)))


def average_precision(precision: NDArray[np.float64], recall: NDArray[np.float64]) -> float:
    """Area under the curve: precision interpolated at recalls 0, .01, ... 1, 0 where the curve does not reach.

    The benchmark adds the 101 values and divides by 100, which is kept, so that figures compare, but not above 1. A
    curve of one recall, which a map of 0 and 1 gives, has no area there; here it has that of the rectangle under it.

    Args:
        precision, recall: (N,), thresholds rising; among equal recalls the lowest threshold counts, as in MATLAB.
    """
    if not len(recall):
        return 0.0
    recalls, first = np.unique(recall, return_index=True)
    if len(recalls) == 1:
        return float(precision[first[0]] * recalls[0])
    values = np.interp(np.linspace(0, 1, 101), recalls, precision[first], left=0, right=0)
    return float(min(1.0, values.sum() / 100))


def recall_at_half(precision: NDArray[np.float64], recall: NDArray[np.float64]) -> float:
    """The greatest recall at which precision is 50% or more, between thresholds too; 0 where it never is.

    The benchmark interpolates recall over precision sorted, which is the same where precision falls as recall rises,
    and arbitrary where it does not.
    """
    enough = precision >= 0.5
    best = float(recall[enough].max(initial=0))
    for i in np.flatnonzero(enough[:-1] != enough[1:]):
        share = (0.5 - precision[i]) / (precision[i + 1] - precision[i])
        best = max(best, float(recall[i] + share * (recall[i + 1] - recall[i])))
    return best
