"""Masks as (H, W) bool: pure functions, each with a new array out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import PromptError
from .io.arrays import GUIDE_LOGIT, read_array

_BLOCK = 16 * 2**20
"""Bytes of masks that are asked for at once: Linux gives large arrays memory by pages of 2 MB, and not of 4 kB."""


class Placement(Protocol):
    """How an image lies in a model's padded square; an `Embedding` says it, and so does whoever remembers one.

    Attributes:
        size_hw: of the image.
        input_hw: of the image inside the square, pixels of the square.
        input_size: side of the square, pixels.
    """

    @property
    def size_hw(self) -> tuple[int, int]: ...

    @property
    def input_hw(self) -> tuple[int, int]: ...

    @property
    def input_size(self) -> int: ...


class Polygon(NamedTuple):
    """One connected region, with its holes.

    Attributes:
        exterior: (N, 2) float32 x, y on pixel edges, not closed (the first vertex is not repeated).
        holes: (N, 2) float32 each, turning the other way round.
    """

    exterior: NDArray[np.float32]
    holes: list[NDArray[np.float32]]


def logits_to_masks(logits: ArrayLike, embedding: Placement) -> NDArray[np.bool_]:
    """Low-resolution logits of a padded square, as masks of the image.

    Args:
        logits: (K, h, w) float32, > 0 is foreground; they cover the model's whole square input.
        embedding: says how the image lies in that square.

    Returns:
        (K, H, W) bool in the image's own size.

    Raises:
        PromptError: not three axes.
    """
    (masks,) = each_to_masks([logits], embedding)
    return masks


def each_to_masks(each: Iterable[ArrayLike], embedding: Placement) -> list[NDArray[np.bool_]]:
    """`logits_to_masks` of several answers.

    A few small answers share an array of at most `_BLOCK` bytes, which lives until none of them is needed: to get
    memory for a mask alone takes the system longer than to compute it.
    """
    import cv2

    (height, width), (rows, columns) = embedding.size_hw, embedding.input_hw
    found: list[NDArray[np.bool_]] = []
    full = None
    room = np.empty((0, height, width), bool)
    answers = [np.asarray(read_array(logits, "logits", "(K, h, w)"), np.float32) for logits in each]
    for array in answers:
        if array.ndim != 3:
            raise PromptError(f"logits: expected (K, h, w), got shape {array.shape}.")
    left = sum(map(len, answers))
    for array in answers:
        # Where the image ends inside the logits, which need not be on a cell boundary. Cells of pure padding are cut
        # off first, so that what the model says about the padding does not bleed into the last rows of the image.
        cells_y = array.shape[1] * rows / embedding.input_size
        cells_x = array.shape[2] * columns / embedding.input_size
        inside = array[:, : int(np.ceil(cells_y)), : int(np.ceil(cells_x))]
        if len(room) < len(array):
            room = np.empty((max(len(array), min(left, _BLOCK // max(1, height * width))), height, width), bool)
        masks, room = room[: len(array)], room[len(array) :]
        left -= len(array)
        for mask, low in zip(masks, inside, strict=True):
            low, fx, fy = np.ascontiguousarray(low), width / cells_x, height / cells_y
            # With factors instead of a size, cv2 keeps the exact scale and returns at least (height, width). What it
            # returned last is written over: memory that is new for each mask takes longer than its numbers.
            full = cv2.resize(low, None, full, fx, fy, cv2.INTER_LINEAR)
            np.greater(full[:height, :width], 0, out=mask)
        found.append(masks)
    return found


def mask_to_logits(mask: ArrayLike, embedding: Placement, side: int = 256, unsure: float = 0) -> NDArray[np.float32]:
    """A mask of the image as `mask_input`: the way back from `logits_to_masks`, for masks from elsewhere.

    Args:
        mask: (H, W) bool in the image's own size.
        embedding: says how the image lies in the model's square.
        side: of the logits (`Segmenter.mask_side`).
        unsure: pixels on both sides of the outline over which the logits rise to their full size: where the outline
            comes from a coarser view, a model that is told so draws its own, and else it repeats what it is given.

    Returns:
        (side, side) float32 from -GUIDE_LOGIT to GUIDE_LOGIT; cells that the outline crosses lie in between.

    Raises:
        PromptError: a mask of another size.
    """
    import cv2

    array = read_array(mask, "mask", "(H, W) of true and false").astype(bool, copy=False)
    if array.shape != tuple(embedding.size_hw):
        raise PromptError(f"mask: expected the size of the image, {tuple(embedding.size_hw)}, got {array.shape}.")
    rows, columns = (max(1, round(side * length / embedding.input_size)) for length in embedding.input_hw)
    method = cv2.INTER_AREA if columns <= array.shape[1] else cv2.INTER_LINEAR
    share = np.zeros((side, side), np.float32)
    full = array.astype(np.float32)
    if unsure > 0 and array.any() and not array.all():
        full = 0.5 + np.clip(_depth(array) / (2 * unsure), -0.5, 0.5)
    share[:rows, :columns] = cv2.resize(full, (columns, rows), interpolation=method)
    return (2 * np.clip(share, 0, 1) - 1) * np.float32(GUIDE_LOGIT)


def stability_score(logits: ArrayLike, threshold: float = 0.0, offset: float = 1.0) -> NDArray[np.float32]:
    """How little a mask changes when its threshold moves: IoU of the masks at threshold + offset and - offset.

    Args:
        logits: (..., h, w).
        threshold: the mask's own.
        offset: how far to move it, in logits.

    Returns:
        (...) float32 in [0, 1]; 0 where both masks are empty.

    Raises:
        PromptError: fewer than two axes.
    """
    array = read_array(logits, "logits", "(..., h, w)")
    if array.ndim < 2:
        raise PromptError(f"logits: expected (..., h, w), got shape {array.shape}.")
    # The stricter mask lies inside the looser one, so that the areas are the intersection and the union.
    intersection = np.count_nonzero(array > threshold + offset, axis=(-2, -1)).astype(np.float32)
    union = np.count_nonzero(array > threshold - offset, axis=(-2, -1)).astype(np.float32)
    return np.divide(intersection, union, out=np.zeros_like(union), where=np.asarray(union > 0))


def fill_holes(mask: ArrayLike, max_area: float | None = None) -> NDArray[np.bool_]:
    """Fill background that the mask encloses; background that reaches the image's border is no hole.

    Args:
        mask: (H, W) bool.
        max_area: fill holes of at most this many pixels; None: all.

    Raises:
        PromptError: not two axes.
    """
    mask = _mask(mask)
    # Four neighbours for background and eight for foreground: with the same number for both, a diagonal line
    # would neither separate nor connect.
    labels, areas = _components(~mask, 4)
    hole = np.ones(len(areas), bool) if max_area is None else areas <= max_area
    hole[0] = False
    hole[np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = False
    return mask | hole[labels]


def drop_islands(mask: ArrayLike, max_area: float | None = None) -> NDArray[np.bool_]:
    """Drop foreground that lies apart from the largest region, which always stays.

    Args:
        mask: (H, W) bool.
        max_area: drop islands of at most this many pixels; None: all but the largest region.

    Raises:
        PromptError: not two axes.
    """
    mask = _mask(mask)
    labels, areas = _components(mask, 8)
    if len(areas) == 1:
        return mask.copy()
    keep = np.zeros(len(areas), bool) if max_area is None else areas > max_area
    keep[1 + np.argmax(areas[1:])] = True
    keep[0] = False
    return keep[labels]


def dilate(mask: ArrayLike, pixels: float) -> NDArray[np.bool_]:
    """Grow the mask by a distance; a negative one erodes it.

    The image's border is no edge: an object that it cuts off keeps touching it when eroded.

    Args:
        mask: (H, W) bool.
        pixels: Euclidean distance between pixel centres.

    Raises:
        PromptError: not two axes, or not a finite distance.
    """
    mask = _mask(mask)
    if not np.isfinite(pixels):
        raise PromptError(f"pixels: expected a finite number, got {pixels}.")
    if pixels < 0:
        return ~dilate(~mask, -pixels)
    return _distance_to(mask) <= pixels


def feather(mask: ArrayLike, radius: float) -> NDArray[np.float32]:
    """A soft edge: alpha rises over `radius` pixels to both sides of the mask's edge, where it is one half.

    Args:
        mask: (H, W) bool.
        radius: pixels, >= 0; 0 keeps the hard edge.

    Returns:
        (H, W) float32 in [0, 1].

    Raises:
        PromptError: not two axes, or not a finite radius >= 0.
    """
    mask = _mask(mask)
    if not (np.isfinite(radius) and radius >= 0):
        raise PromptError(f"radius: expected a number of pixels >= 0, got {radius}.")
    if radius == 0 or mask.all() or not mask.any():
        return mask.astype(np.float32)
    return np.clip(0.5 + _depth(mask) / (2 * radius), 0, 1).astype(np.float32)


def to_polygons(mask: ArrayLike, tolerance: float = 0) -> list[Polygon]:
    """Outlines along the pixels' edges, with holes.

    Without tolerance the polygons cover exactly the mask's pixels, and each ring is simple: it never meets itself.
    Regions that touch at a corner only are separate polygons. In a picture (y down) exteriors turn clockwise.

    Args:
        mask: (H, W) bool.
        tolerance: how far the outline may move to need fewer vertices (Douglas-Peucker), in pixels; with it,
            rings may come to touch.

    Returns:
        Largest first; [] for an empty mask.

    Raises:
        PromptError: not two axes, or a negative tolerance.
    """
    mask = _mask(mask)
    if not (np.isfinite(tolerance) and tolerance >= 0):
        raise PromptError(f"tolerance: expected a number of pixels >= 0, got {tolerance}.")
    labels, areas = _components(mask, 4)
    exteriors: dict[int, NDArray[np.float32]] = {}
    holes: dict[int, list[NDArray[np.float32]]] = {}
    for ring in _rings(mask):
        outer = _signed_area(ring) > 0
        owner = _region_beside(ring, labels)
        ring = _simplify(ring, tolerance)
        if outer:
            exteriors[owner] = ring
        else:
            holes.setdefault(owner, []).append(ring)
    order = sorted(exteriors, key=lambda label: (-areas[label], label))
    return [Polygon(exteriors[label], holes.get(label, [])) for label in order]


def _mask(value: ArrayLike) -> NDArray[np.bool_]:
    mask = read_array(value, "mask", "one mask as (H, W)")
    if mask.ndim != 2 or mask.size == 0:
        raise PromptError(f"mask: expected one mask as (H, W), got shape {mask.shape}. Call this once for each mask.")
    return mask.astype(bool, copy=False)


def _components(mask: NDArray[np.bool_], neighbours: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """(H, W) labels, 0 outside the mask, and the area of each label."""
    import cv2

    count, labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=neighbours)
    return np.asarray(labels, np.int32), np.bincount(np.asarray(labels).reshape(-1), minlength=count)


def _depth(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(H, W) distance of each pixel centre to the outline, positive inside; neither all nor nothing is foreground."""
    # The outline lies half a pixel away from the nearest pixel centre of the other side.
    return np.where(mask, _distance_to(~mask) - np.float32(0.5), np.float32(0.5) - _distance_to(mask))


def _distance_to(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(H, W) distance of each pixel centre to the nearest one inside the mask; infinite when it is empty."""
    import cv2

    if not mask.any():
        return np.full(mask.shape, np.inf, np.float32)
    away = cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(away, np.float32)


def _rings(mask: NDArray[np.bool_]) -> list[NDArray[np.float32]]:
    """All simple rings of the outline, each (N, 2) x, y corners with foreground on the same side throughout."""
    corners, follow = _corners(mask)
    vertices: list[tuple[int, int]] = list(map(tuple, corners.tolist()))
    rings: list[NDArray[np.float32]] = []
    seen = np.zeros(len(vertices), bool)
    for start in range(len(vertices)):
        if seen[start]:
            continue
        path: list[tuple[int, int]] = []
        place: dict[tuple[int, int], int] = {}
        here = start
        while not seen[here]:
            seen[here] = True
            vertex = vertices[here]
            if vertex in place:  # A pinch: what lies between the two visits is a ring by itself.
                first = place[vertex]
                rings.append(np.array(path[first:], np.float32))
                for old in path[first + 1 :]:
                    del place[old]
                del path[first + 1 :]
            else:
                place[vertex] = len(path)
                path.append(vertex)
            here = follow(here)
        rings.append(np.array(path, np.float32))
    return rings


def _corners(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], Callable[[int], int]]:
    """Lattice points where the outline turns, (N, 2) x, y, and the step from each to the next along the outline.

    A point where two regions touch at a corner is there twice.
    """
    padded = np.pad(mask, 1)
    nw, ne, sw, se = padded[:-1, :-1], padded[:-1, 1:], padded[1:, :-1], padded[1:, 1:]
    turn = nw ^ ne ^ sw ^ se
    pinch = (nw == se) & (ne == sw) & (nw != ne)
    y, x = np.nonzero(turn | pinch)
    twice = 1 + pinch[y, x]
    y, x = np.repeat(y, twice), np.repeat(x, twice)
    second = np.zeros(len(x), bool)
    second[1:] = (y[1:] == y[:-1]) & (x[1:] == x[:-1])

    # Sorted along a row, corners are the left and right ends of the row's edges in turn; along a column likewise.
    count = np.arange(len(x))
    beside = count ^ 1
    # At a pinch the left edge belongs to the first of the two. Above it the foreground is at nw, or else at ne; the
    # upper edge goes with the left one in the first case, so that each turn keeps to one region.
    first_goes_up = nw[y, x] | ~pinch[y, x]
    by_column = np.lexsort((second == first_goes_up, y, x))
    rank = np.empty_like(count)
    rank[by_column] = count
    across = by_column[rank ^ 1]

    # Start each step on the kind of edge that keeps the foreground on the right, walking clockwise with y down: a
    # corner leaves along its row where the pixel below the row edge is foreground and the edge goes right, and so on.
    goes_right = count % 2 == 0
    below = np.where(goes_right, se[y, x], sw[y, x])
    leaves_by_row = goes_right == below
    step = np.where(leaves_by_row, beside, across).tolist()
    return np.stack([x, y], axis=1), step.__getitem__


def _signed_area(ring: NDArray[np.float32]) -> float:
    x, y = ring.astype(np.float64).T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def _region_beside(ring: NDArray[np.float32], labels: NDArray[np.int32]) -> int:
    """Label of the foreground along the ring, read at its first edge."""
    (x0, y0), (x1, y1) = ring[0].astype(int), ring[1].astype(int)
    x, y = min(x0, x1), min(y0, y1)
    if y0 == y1:
        return int(labels[y if x1 > x0 else y - 1, x])
    return int(labels[y, x - 1 if y1 > y0 else x])


def _simplify(ring: NDArray[np.float32], tolerance: float) -> NDArray[np.float32]:
    if tolerance == 0:
        return ring
    import cv2

    simple = np.asarray(cv2.approxPolyDP(ring[:, None], tolerance, True)[:, 0], np.float32)
    return simple if len(simple) >= 3 else ring
