"""What a tool has made and nobody has taken yet: pictures beside the photo, and proposals for objects."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from plugins import Step
from sam import Boxes, Masks, PromptError
from sam.compositing.framing import Window
from sam.io.arrays import read_whole

from .picture import Picture, Prepared, StudioObject, check_color, prepare
from .revisions import revise
from .tool_history import Action

if TYPE_CHECKING:
    from .workspace import Workspace

MAX_PICTURES = 9
MAX_PROPOSALS = 300
_GONE = "That result is not here any more. Make it again."
_TOLERANCE = 0.4
"""By how much an outline on the stage may differ from the mask's, in pixels of the photo."""


@dataclass(eq=False)
class Shown:
    """Pictures made of a photo, of which one may take its place, or be saved.

    Attributes:
        pictures: (H, W, 3) RGB or (H, W, 4) RGBA uint8, all of one size.
        title: what they are, for people.
        window: the part of the photo that they are.
        hide: ids of objects that are not drawn any more once a picture is the photo.
        file: name to save one under; "" offers no file.
        action: what was done, for recipes.
        made_by: the last step of each picture, where they differ in it.
        focus: the part in which they differ from the photo, half-open xyxy in their pixels.
    """

    picture: Picture
    pictures: tuple[NDArray[np.uint8], ...]
    title: str
    window: Window
    hide: tuple[str, ...] = ()
    file: str = ""
    action: Action | None = None
    focus: tuple[int, int, int, int] = (0, 0, 0, 0)
    made_by: tuple[Step, ...] = ()
    id: str = field(default_factory=lambda: secrets.token_urlsafe(9))

    @property
    def fits(self) -> bool:
        """Whether one can take the photo's place."""
        return all(one.shape == self.picture.image.shape for one in self.pictures)

    @property
    def nbytes(self) -> int:
        return sum(one.nbytes for one in self.pictures)

    def to_json(self) -> dict[str, Any]:
        """What the stage is told; the pictures go as files of their own."""
        height, width = self.pictures[0].shape[:2]
        return {
            "kind": "pictures",
            "id": self.id,
            "title": self.title,
            "count": len(self.pictures),
            "size": [width, height],
            "window": [self.window.left, self.window.top, self.window.right, self.window.bottom],
            "alpha": self.pictures[0].shape[2] == 4,
            "apply": self.fits,
            "file": self.file,
        }


@dataclass(frozen=True)
class _Part:
    """A mask as the packed bits of its box."""

    box: tuple[int, int, int, int]
    bits: bytes
    score: float
    name: str
    color: str = ""
    label: str = ""

    def mask(self) -> NDArray[np.bool_]:
        x0, y0, x1, y1 = self.box
        flat = np.unpackbits(np.frombuffer(self.bits, np.uint8), count=(x1 - x0) * (y1 - y0))
        return flat.reshape(y1 - y0, x1 - x0).astype(bool)


@dataclass(eq=False)
class Proposed:
    """Masks that a visitor may take as objects, one by one or all.

    Attributes:
        parts: the masks, as they are listed; a row is a place in them.
        source: what made them, for people.
        label: id of the class of those that have none of their own.
        action: what was done, for recipes; without objects that it made.
        taken: rows that are objects by now.
    """

    picture: Picture
    parts: tuple[_Part, ...]
    title: str
    source: str
    left_out: int = 0
    label: str = ""
    action: Action | None = None
    taken: set[int] = field(default_factory=set)
    id: str = field(default_factory=lambda: secrets.token_urlsafe(9))

    @property
    def nbytes(self) -> int:
        return sum(len(one.bits) for one in self.parts)

    def to_json(self) -> dict[str, Any]:
        """What the stage is told; outlines come on asking."""
        return {"kind": "proposals", "id": self.id, "title": self.title, "left_out": self.left_out}

    def outlines(self) -> list[dict[str, Any]]:
        """For the stage: {"row", "name", "color" or "", "score", "area", "box", "rings": [[x, y, ...], ...]}."""
        return [
            {
                "row": row,
                "name": part.name,
                "color": part.color,
                "score": round(part.score, 4),
                "area": int(part.mask().sum()),
                "box": list(part.box),
                "rings": _rings(part),
            }
            for row, part in enumerate(self.parts)
            if row not in self.taken
        ]


def show_pictures(
    workspace: Workspace,
    picture: Picture,
    pictures: Sequence[NDArray[np.uint8]],
    *,
    title: str,
    window: Window | None = None,
    hide: Iterable[str] = (),
    file: str = "",
) -> Shown:
    """Hold pictures until the visitor has chosen; those held before go.

    Raises:
        PromptError: none or too many, not RGB or RGBA, or not all of the size of the window.
        SupersededError: another photo is on the stage.
    """
    height, width = picture.size_hw
    window = window or Window(0, 0, height, width)
    size = window.bottom - window.top, window.right - window.left
    if not 1 <= len(pictures) <= MAX_PICTURES:
        raise PromptError(f"Expected 1 to {MAX_PICTURES} pictures to show, got {len(pictures)}.")
    for one in pictures:
        good = isinstance(one, np.ndarray) and one.dtype == np.uint8 and one.ndim == 3 and one.shape[2] in (3, 4)
        if not good or one.shape[:2] != size or one.shape != pictures[0].shape:
            raise PromptError(f"Expected pictures of {size} in RGB or RGBA, got {getattr(one, 'shape', one)}.")
    workspace.current(picture.id)
    shown = Shown(picture, tuple(pictures), title, window, tuple(hide), file)
    shown.focus = _focus(shown)
    workspace.offered = shown
    return shown


def propose_masks(
    workspace: Workspace,
    picture: Picture,
    masks: Masks,
    *,
    title: str,
    source: str,
    colors: Sequence[str] = (),
    left_out: int = 0,
    names: Sequence[str] = (),
    label: str = "",
) -> Proposed:
    """Hold masks of the photo until the visitor has chosen; what was held before goes.

    Those that are objects already count as taken.

    Raises:
        PromptError: masks of another size, or not as many colours or names as masks.
        SupersededError: another photo is on the stage.
    """
    if len(masks) and masks.size_hw != picture.size_hw:
        raise PromptError(f"masks: expected the size of the image, {picture.size_hw}, got {masks.size_hw}.")
    for what, given in (("colors", colors), ("names", names)):
        if given and len(given) != len(masks):
            raise PromptError(f"{what}: expected {len(masks)}, one a mask, got {len(given)}.")
    workspace.current(picture.id)
    parts = []
    for row in range(min(len(masks), MAX_PROPOSALS)):
        mask = masks.masks[row]
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if not len(rows):
            continue
        box = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
        bits = np.packbits(mask[box[1] : box[3], box[0] : box[2]]).tobytes()
        color = check_color(colors[row]) if colors else ""
        kind = masks.boxes.labels[row]
        parts.append(_Part(box, bits, float(masks.scores[row]), names[row] if names else kind, color, kind))
    proposed = Proposed(picture, tuple(parts), title, source, left_out + max(0, len(masks) - MAX_PROPOSALS), label)
    proposed.taken.update(_known(picture, parts))
    held = workspace.offered
    if isinstance(held, Proposed) and held.picture is picture and held.parts == proposed.parts:
        proposed.id = held.id  # the very same: a click that is on its way still counts
    workspace.offered = proposed
    return proposed


def _known(picture: Picture, parts: Sequence[_Part]) -> Iterable[int]:
    """Places of the proposals whose very masks are objects of the photo."""
    objects: dict[tuple[int, ...], list[StudioObject]] = {}
    for item in picture.objects.values():
        objects.setdefault(tuple(map(int, item.box)), []).append(item)
    for place, part in enumerate(parts):
        x0, y0, x1, y1 = part.box
        alike = objects.get(part.box, ())
        if any(np.array_equal(item.mask()[y0:y1, x0:x1], part.mask()) for item in alike):
            yield place


def find_shown(workspace: Workspace, result_id: str, choice: Any = 0) -> tuple[Shown, NDArray[np.uint8]]:
    """The pictures that are held under this id, and one of them.

    Raises:
        PromptError: they are not held any more, or there is no such picture.
    """
    shown = workspace.offered
    if not isinstance(shown, Shown) or shown.id != result_id:
        raise PromptError(_GONE)
    return shown, shown.pictures[read_whole(choice, "choice", 0, len(shown.pictures) - 1)]


def find_proposed(workspace: Workspace, result_id: str) -> Proposed:
    """The proposals that are held under this id.

    Raises:
        PromptError: they are not held any more.
    """
    proposed = workspace.offered
    if not isinstance(proposed, Proposed) or proposed.id != result_id:
        raise PromptError(_GONE)
    return proposed


def apply(workspace: Workspace, result_id: str, choice: Any = 0) -> Picture:
    """Put one of the pictures in the photo's place; undo brings the photo back.

    Raises:
        PromptError: they are not held any more, there is no such picture, or it does not fit the photo.
        SupersededError: another photo is on the stage.
    """
    shown, pixels = find_shown(workspace, result_id, choice)
    if not shown.fits:
        raise PromptError(
            "This picture has another size or is transparent, so it cannot be the photo. Save it instead."
        )
    picture = workspace.current(shown.picture.id)
    withdraw(workspace, result_id)
    new = revise(workspace, picture, pixels, shown.hide)
    if shown.action is not None:
        last = (shown.made_by[int(choice)],) if shown.made_by else ()
        new.actions.append(replace(shown.action, steps=(*shown.action.steps, *last), changed=True))
    return new


def withdraw(workspace: Workspace, result_id: str) -> None:
    """The visitor wants none of it; what is not held any more needs nothing."""
    held = workspace.offered
    if held is None or held.id != result_id:
        return
    workspace.offered = None
    if isinstance(held, Shown):
        # The very action: the same step may have been done before.
        held.picture.actions[:] = [one for one in held.picture.actions if one is not held.action]


def take(workspace: Workspace, result_id: str, rows: Any, label: str = "") -> list[str]:
    """Make objects of proposals, each once. Returns the new ids.

    Args:
        rows: list of places in the proposals.
        label: id of the class of those that have none of their own.

    Raises:
        PromptError: not held any more, no such rows, or too many objects.
        SupersededError: another photo is on the stage.
    """
    proposed = find_proposed(workspace, result_id)
    picture = workspace.current(proposed.picture.id)
    if not isinstance(rows, list) or not rows or len(rows) > MAX_PROPOSALS:
        raise PromptError(f"rows: expected a list of 1 to {MAX_PROPOSALS} numbers.")
    wanted = [read_whole(row, "rows", 0, len(proposed.parts) - 1) for row in rows]
    fresh = [row for row in dict.fromkeys(wanted) if row not in proposed.taken]
    prepared: list[Prepared] = []
    for row in fresh:  # one at a time: all at once they may not fit into memory
        part = proposed.parts[row]
        mask = np.zeros(picture.size_hw, bool)
        x0, y0, x1, y1 = part.box
        mask[y0:y1, x0:x1] = part.mask()
        scores = np.array([part.score], np.float32)
        boxes = Boxes(np.array([part.box], np.float32), scores, (part.label,))
        prepared += prepare(picture, Masks(mask[None], scores, boxes=boxes), [part.name])
    added = workspace.add_prepared(picture, prepared, proposed.source, proposed.label or label)
    proposed.taken.update(fresh)
    if proposed.action is not None and added:
        last = picture.actions[-1] if picture.actions else None
        if last is not None and last.steps == proposed.action.steps and last.notes == proposed.action.notes:
            picture.actions[-1] = replace(last, made=(*last.made, *added))
        else:
            picture.actions.append(replace(proposed.action, made=tuple(added)))
    return added


def _focus(shown: Shown) -> tuple[int, int, int, int]:
    """Where the pictures differ from the photo, with some of what is around it; all of it where that is unclear."""
    height, width = shown.pictures[0].shape[:2]
    if not shown.fits:
        return 0, 0, width, height
    changed = np.zeros((height, width), bool)
    for one in shown.pictures:
        changed |= (one != shown.picture.image).any(2)
    rows, columns = np.flatnonzero(changed.any(1)), np.flatnonzero(changed.any(0))
    if not len(rows):
        return 0, 0, width, height
    margin = max(40, len(rows) // 2, len(columns) // 2)
    left, top = max(0, int(columns[0]) - margin), max(0, int(rows[0]) - margin)
    return left, top, min(width, int(columns[-1]) + 1 + margin), min(height, int(rows[-1]) + 1 + margin)


def _rings(part: _Part) -> list[list[float]]:
    import cv2

    x0, y0, *_ = part.box
    # Twice as large, so that outlines run a quarter of a pixel from the pixels' edges, and thin parts keep a width.
    twice = np.pad(np.repeat(np.repeat(part.mask(), 2, 0), 2, 1), 1).astype(np.uint8)
    found, _ = cv2.findContours(twice, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    rings = []
    for ring in found:
        thin = cv2.approxPolyDP(ring, 2 * _TOLERANCE, closed=True)[:, 0].astype(np.float64)
        if len(thin) > 2:
            points = (thin - 0.5) / 2 + (x0, y0)
            rings.append(np.round(points, 1).ravel().tolist())
    return rings
