"""A large photo in overlapping tiles, each encoded on its own: small objects are seen at the photo's own pixels.

A prompt is answered by the finest view that holds the object: a tile at full resolution, a coarser one where the answer
runs into a tile's edge, the whole photo in the end. So an answer lies in one view always, and needs no seam. A click on
something large may still be answered with a part of it, which is what a tile sees: say how large with a box.

What is encoded is kept in `sam.runtime.embedding_cache`, whose limit (256 MB) is the bound on memory; a tile
that no prompt asks for is never encoded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..clicks import predict_in_turn
from ..errors import PromptError
from ..everything.point_grid import Crop
from ..images import check_image, image_hash
from ..runtime.embedding_cache import embed
from ..runtime.leases import one_lease
from ..segmenter import Segmenter
from ..types import Boxes, Image, Masks, Points, Prompt

OVERLAP = 0.5
"""Of two neighbours, as a share of a tile's side: an object of up to a quarter of it lies in one with `ROOM`."""
ROOM = 0.125
"""What a tile shows around a prompt at least, as a share of its side."""
LEAST_SCORE = 0.8
"""Of the whole photo's answer to a click, that a tile's needs: less, and the click meant what a tile sees parts of."""
EDGE = 2
"""Pixels from a tile's edge within which a mask counts as running into it, at the model's own scale."""


def plan_tiles(size_hw: tuple[int, int], side: int, overlap: int) -> list[Crop]:
    """Tiles that cover an image, row by row, spread evenly; one where the image is no larger than a tile.

    Args:
        size_hw: of the image.
        side: of the largest tile, in pixels.
        overlap: of two neighbours at least, in pixels.

    Raises:
        PromptError: no image, or tiles that cannot cover it.
    """
    height, width = size_hw
    if height < 1 or width < 1 or not 0 <= overlap < side:
        raise PromptError(
            f"tiles: expected an image, and a side larger than the overlap, got {width} x {height} pixels, a side of "
            f"{side} and an overlap of {overlap}."
        )
    lines = []
    for length in (height, width):
        size = min(length, side)
        count = 1 if length <= side else math.ceil((length - overlap) / (side - overlap))
        # Rounded down, two neighbours are never further apart than the asked step, which is whole.
        lines.append([((length - size) * step // max(1, count - 1), size) for step in range(count)])
    rows, columns = lines
    return [(left, top, left + w, top + h) for top, h in rows for left, w in columns]


@dataclass(frozen=True, eq=False)
class Tiled:
    """A photo that answers prompts from its tiles; a value, safe to share between threads.

    Attributes:
        model: any promptable model.
        image: (H, W, 3) uint8 RGB.
        levels: tiles from fine to coarse; the last level is the whole photo.
        key: hash of the image.
    """

    model: Segmenter
    image: Image
    levels: tuple[tuple[Crop, ...], ...] = ()
    key: str = field(default="")

    def __post_init__(self) -> None:
        check_image(self.image)
        if not self.levels:
            object.__setattr__(self, "levels", _levels(self.size_hw, self.model.input_size))
        if not self.key:
            object.__setattr__(self, "key", image_hash(self.image))

    @property
    def size_hw(self) -> tuple[int, int]:
        """(height, width) of the photo in pixels."""
        return self.image.shape[0], self.image.shape[1]

    def predict(
        self,
        *,
        points: ArrayLike | Points | None = None,
        labels: ArrayLike | None = None,
        boxes: ArrayLike | Boxes | None = None,
        multimask_output: bool | None = None,
    ) -> Masks:
        """As `Segmenter.predict` on the whole photo: masks of its size, best first.

        Clicks are taken in turn (`sam.clicks`). Logits are left out: those of a tile are no `mask_input` elsewhere.

        Raises:
            PromptError, ModelUnavailable: as `Segmenter.predict`.
            OutOfMemory: there is not enough of it to encode a tile.
        """
        prompt = Prompt.of(points=points, labels=labels, boxes=boxes, multimask_output=multimask_output)
        return self.answer(prompt)[0]

    def answer(self, prompt: Prompt) -> tuple[Masks, Crop]:
        """(masks, tile that they come from) for one prompt.

        Raises:
            PromptError, ModelUnavailable, OutOfMemory: as `predict`; a mask input.
        """
        return self.answer_many([prompt])[0]

    def answer_many(self, prompts: Sequence[Prompt]) -> list[tuple[Masks, Crop]]:
        """`answer` for each prompt."""
        for prompt in prompts:
            if prompt.mask_input is not None:
                raise PromptError("mask_input: expected clicks and a box only, since tiles do not share logits.")
            prompt.check_inside(self.size_hw)
        return _answers(self.model, self.image, self.levels, self.key, prompts)

    def look(self, prompt: Prompt) -> tuple[Masks, Crop]:
        """`answer` for a prompt that was checked."""
        whole = self.levels[-1][0]
        # A box says how large the object is, a click does not.
        seen = self._ask(whole, prompt) if prompt.box is None else None
        least = LEAST_SCORE * float(seen.scores[0]) if seen is not None else 0.0
        for level in self.levels[:-1]:
            crop = best_tile(level, prompt, self.size_hw)
            if crop is None:
                continue
            masks = self._ask(crop, prompt)
            free = ~np.array([_runs_out(mask, crop, self.size_hw, self.model.input_size) for mask in masks])
            if free[0] and masks.masks[0].any() and masks.scores[0] >= least:
                return self._full(masks[free], crop), crop
        return self._full(self._ask(whole, prompt) if seen is None else seen, whole), whole

    def _ask(self, crop: Crop, prompt: Prompt) -> Masks:
        """The model's answer about one tile, in the tile's own pixels."""
        x0, y0, x1, y1 = crop
        part = np.ascontiguousarray(self.image[y0:y1, x0:x1])
        embedding = embed(self.model, part, image_key=f"{self.key} {crop}")
        return predict_in_turn(self.model, embedding, _moved(prompt, crop))

    def _full(self, masks: Masks, crop: Crop) -> Masks:
        x0, y0, x1, y1 = crop
        full = np.zeros((len(masks), *self.size_hw), bool)
        full[:, y0:y1, x0:x1] = masks.masks
        return Masks(full, masks.scores)


@one_lease("everything", lambda model, image, levels, key, prompts: 0.2 * len(prompts) * len(levels))
def _answers(
    model: Segmenter, image: Image, levels: tuple[tuple[Crop, ...], ...], key: str, prompts: Sequence[Prompt]
) -> list[tuple[Masks, Crop]]:
    tiled = Tiled(model, image, levels, key)
    return [tiled.look(prompt) for prompt in prompts]


def best_tile(tiles: Sequence[Crop], prompt: Prompt, size_hw: tuple[int, int]) -> Crop | None:
    """The tile in which a prompt lies most centrally, or None where none shows enough around it.

    Edges of the image are no edges of a tile: nothing lies behind them.
    """
    low, high = _extent(prompt)
    height, width = size_hw
    best, most = None, -1.0
    for tile in tiles:
        x0, y0, x1, y1 = tile
        room = ROOM * max(x1 - x0, y1 - y0)
        reaches = [
            math.inf if x0 == 0 else low[0] - x0,
            math.inf if y0 == 0 else low[1] - y0,
            math.inf if x1 == width else x1 - high[0],
            math.inf if y1 == height else y1 - high[1],
        ]
        if min(reaches) < room:
            continue
        # Without a limit, a tile in a corner would win over one whose middle is at the prompt.
        central = min(min(low[0] - x0, x1 - high[0]), min(low[1] - y0, y1 - high[1]))
        if best is None or central > most:
            best, most = tile, central
    return best


def _levels(size_hw: tuple[int, int], side: int) -> tuple[tuple[Crop, ...], ...]:
    """Tiles of `side`, of twice that, and so on; then the whole image."""
    levels: list[tuple[Crop, ...]] = []
    while max(size_hw) > 1.25 * side:
        levels.append(tuple(plan_tiles(size_hw, side, round(OVERLAP * side))))
        side *= 2
    return (*levels, ((0, 0, size_hw[1], size_hw[0]),))


def _extent(prompt: Prompt) -> tuple[NDArray[Any], NDArray[Any]]:
    """((x, y) first, (x, y) last) of what is said to be the object: its box and its foreground clicks."""
    corners = [] if prompt.box is None else [prompt.box[:2], prompt.box[2:]]
    if prompt.points is not None:
        on = prompt.points.xy[prompt.points.labels == 1]
        corners += list(on if len(on) or corners else prompt.points.xy)
    return np.min(corners, axis=0), np.max(corners, axis=0)


def _moved(prompt: Prompt, crop: Crop) -> Prompt:
    """The prompt in a tile's pixels; background clicks beyond it say nothing there."""
    shift = np.array(crop[:2], np.float32)
    points, box = prompt.points, prompt.box
    if points is not None:
        xy = points.xy - shift
        inside = ((xy >= 0) & (xy <= np.array([crop[2] - crop[0], crop[3] - crop[1]]))).all(axis=1)
        points = Points(xy[inside], points.labels[inside]) if inside.any() else None
    if box is not None:
        box = box - np.tile(shift, 2)
    return replace(prompt, points=points, box=box)


def _runs_out(mask: NDArray[np.bool_], crop: Crop, size_hw: tuple[int, int], input_size: int) -> bool:
    """Whether a mask reaches an edge of its tile that is none of the image: the object goes on beyond it."""
    x0, y0, x1, y1 = crop
    reach = max(1, round(EDGE * max(x1 - x0, y1 - y0) / input_size))
    return bool(
        (x0 > 0 and mask[:, :reach].any())
        or (y0 > 0 and mask[:reach].any())
        or (x1 < size_hw[1] and mask[:, -reach:].any())
        or (y1 < size_hw[0] and mask[-reach:].any())
    )
