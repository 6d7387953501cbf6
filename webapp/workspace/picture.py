"""An opened image and the objects made on it."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sam import Image, Masks, PromptError
from sam.io.limits import MAX_MASK_PIXELS

from .reading import Reading
from .tool_history import Action

MAX_VERSIONS = 250
"""States of the object list that undo can go back to."""

COLORS = ("#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#F0E442", "#0072B2", "#D55E00")
"""Okabe and Ito's colours, which stay apart for colour-blind eyes."""


@dataclass(frozen=True, eq=False)
class StudioObject:
    """A named mask.

    Attributes:
        id: unguessable enough to be unique within a workspace.
        name, color: as shown; colour is "#rrggbb".
        hidden: not drawn, and left out of what is taken by default.
        locked: its mask stays as it is, and it is not deleted.
        prompts: what it was made from, JSON as `sam.io.prompts.read_prompt` takes it; {} where that is not known.
        label: id of its class; "", or one that is not in the list any more: none.
        score: predicted IoU in [0, 1].
        area: pixels.
        box: half-open xyxy, image pixels.
        rle: the mask as COCO RLE.
        source: what made it, for people.
        mask_key: changes with the mask, so that a page knows which one it has.
    """

    id: str
    name: str
    color: str
    hidden: bool
    score: float
    area: int
    box: tuple[float, float, float, float]
    rle: dict[str, Any]
    source: str
    mask_key: str = field(default_factory=lambda: secrets.token_urlsafe(6))
    locked: bool = False
    label: str = ""
    prompts: Mapping[str, Any] = field(default_factory=dict)

    def mask(self) -> NDArray[np.bool_]:
        """(H, W) bool at the image's full size."""
        from sam import rle

        return rle.decode(self.rle)

    def to_json(self) -> dict[str, Any]:
        """What the page is told; the mask goes as an image of its own."""
        return {
            "id": self.id,
            "name": self.name,
            "color": self.color,
            "hidden": self.hidden,
            "locked": self.locked,
            "score": round(self.score, 4),
            "area": self.area,
            "box": list(self.box),
            "source": self.source,
            "mask": self.mask_key,
            "class": self.label,
        }


@dataclass(frozen=True)
class Geometry:
    """How one model sees an image: size inside its square input, and that square's side, in pixels."""

    input_hw: tuple[int, int]
    input_size: int


class Placed(NamedTuple):
    """A `sam.masks.Placement`: how an image of `size_hw` pixels lies in a model's square."""

    size_hw: tuple[int, int]
    input_hw: tuple[int, int]
    input_size: int


@dataclass(eq=False)
class Picture:
    """An opened image with the objects made on it.

    Attributes:
        id: unguessable.
        name: of the file.
        image: (H, W, 3) uint8 RGB, read-only.
        key: hash of the image, for the cache of embeddings.
        geometry: for `model`.
        model: what `sam.load_model` takes of the model that last encoded it: a name, or an owner's path.
        awaits: what `sam.load_model` takes of the model that is to encode it yet; "" for none.
        weights: hash of its weights.
        encode_ms: what the encoding took; cached: it was known already.
        version: number of the present state of the object list.
        last: the highest that was given.
        versions: that state and those before it, which undo goes back to.
        file: as it was opened, where its colours are not sRGB's: files made of it are saved in them.
        reading: how its file was read, where there is something to say or to choose.
        revised: whether a tool has changed it.
        alpha: (H, W) uint8, how opaque the photo is; None: wholly. `image` lies on white.
        actions: what was done with tools on this image and on those that it was made of.
    """

    name: str
    image: Image
    key: str
    geometry: Geometry
    model: str
    weights: str
    encode_ms: float
    cached: bool
    awaits: str = ""
    id: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    objects: OrderedDict[str, StudioObject] = field(default_factory=OrderedDict)
    removed: OrderedDict[str, StudioObject] = field(default_factory=OrderedDict)
    made: int = 0
    file: bytes = b""
    reading: Reading | None = None
    revised: bool = False
    alpha: NDArray[np.uint8] | None = None
    actions: list[Action] = field(default_factory=list)
    version: int = 0
    versions: OrderedDict[int, tuple[StudioObject, ...]] = field(default_factory=lambda: OrderedDict({0: ()}))
    last: int = 0

    def note(self) -> None:
        """The object list has changed: its new state gets a number."""
        self.last += 1
        self.version = self.last
        self.versions[self.version] = tuple(self.objects.values())
        while len(self.versions) > MAX_VERSIONS:
            self.versions.popitem(last=False)

    def go_to(self, version: int) -> None:
        """Bring back an earlier state of the object list, or the one that was undone.

        Raises:
            PromptError: it is not kept any more.
        """
        if version not in self.versions:
            raise PromptError("That step is too long ago to go back to.")
        self.objects = OrderedDict((item.id, item) for item in self.versions[version])
        self.version = version

    @property
    def size_hw(self) -> tuple[int, int]:
        return self.image.shape[0], self.image.shape[1]

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """(H, W, 3) RGB; (H, W, 4) RGBA, the white beneath taken out of its colours, where it is transparent."""
        if self.alpha is None:
            return self.image
        share = self.alpha[..., None].astype(np.float32) / 255
        straight = (self.image - 255 * (1 - share)) / np.maximum(share, 1 / 255)
        colors = np.where(self.alpha[..., None] == 255, self.image, np.clip(np.rint(straight), 0, 255))
        return np.dstack([np.where(self.alpha[..., None] > 0, colors, 0), self.alpha]).astype(np.uint8)

    @property
    def model_title(self) -> str:
        """Its name without folders, for people."""
        return self.model.replace("\\", "/").rstrip("/").rpartition("/")[2]

    @property
    def placed(self) -> Placed:
        """How the model sees it."""
        geometry = self.geometry
        return Placed(self.size_hw, geometry.input_hw, geometry.input_size)

    @property
    def nbytes(self) -> int:
        # A mask that several states share is one string.
        kept = {item.mask_key: item for state in self.versions.values() for item in state}
        files = {id(data): len(data) for data in (self.file, self.reading.source if self.reading else b"")}
        transparency = self.alpha.nbytes if self.alpha is not None else 0
        return (
            self.image.nbytes
            + transparency
            + sum(files.values())
            + sum(len(str(item.rle["counts"])) for item in kept.values())
        )

    def to_json(self) -> dict[str, Any]:
        height, width = self.size_hw
        input_h, input_w = self.geometry.input_hw
        return {
            "id": self.id,
            "name": self.name,
            "width": width,
            "height": height,
            "model": self.model,
            "awaits": self.awaits.replace("\\", "/").rstrip("/").rpartition("/")[2],
            "encode_ms": round(self.encode_ms, 2),
            "cached": self.cached,
            "reading": self.reading.to_json() if self.reading else None,
            "revised": self.revised,
            "version": self.version,
            "input": {"width": input_w, "height": input_h, "size": self.geometry.input_size},
        }


def clean_name(name: Any) -> str:
    """A name on one line, at most 80 characters; "" when nothing is left."""
    text = " ".join(str(name).split())
    return "".join(char for char in text if char.isprintable())[:80]


def unlocked(item: StudioObject) -> StudioObject:
    """The object as it came.

    Raises:
        PromptError: it is locked.
    """
    if item.locked:
        raise PromptError(f"{item.name} is locked. Unlock it in the list of objects first.")
    return item


def check_color(color: Any) -> str:
    """The colour as it came.

    Raises:
        PromptError: not "#rrggbb".
    """
    text = str(color)
    if len(text) == 7 and text[0] == "#" and all(char in "0123456789abcdefABCDEF" for char in text[1:]):
        return text
    raise PromptError(f"color: expected #rrggbb, got {text[:20]!r}.")


class Prepared(NamedTuple):
    """What an object is made of; `label` is the name of its class, "" for none; `prompts` as `StudioObject`'s."""

    name: str
    score: float
    area: int
    box: tuple[float, float, float, float]
    rle: dict[str, Any]
    label: str = ""
    prompts: Mapping[str, Any] = MappingProxyType({})


def prepare(picture: Picture, masks: Masks, names: Sequence[str] | None = None) -> list[Prepared]:
    """What `Workspace.add_prepared` takes, of masks; empty ones are left out.

    Raises:
        PromptError: masks of another size.
    """
    from sam import rle

    if len(masks) and masks.size_hw != picture.size_hw:
        raise PromptError(f"masks: expected the size of the image, {picture.size_hw}, got {masks.size_hw}.")
    prepared: list[Prepared] = []
    for row, mask in enumerate(masks):
        area = int(mask.sum())
        if area:
            label = masks.boxes.labels[row]
            name = (names[row] if names else "") or label
            x0, y0, x1, y1 = (float(side) for side in masks.boxes.xyxy[row])
            box = x0, y0, x1, y1
            prepared.append(Prepared(name, float(masks.scores[row]), area, box, dict(rle.encode(mask)), label))
    return prepared


def masks_of(items: Sequence[StudioObject], size_hw: tuple[int, int]) -> Masks:
    """Objects of an image as `Masks` with the names as labels.

    Raises:
        PromptError: more than fit into memory at once.
    """
    from sam import Boxes

    height, width = size_hw
    if not items:
        return Masks.empty((height, width))
    if len(items) * height * width > MAX_MASK_PIXELS:
        most = max(1, MAX_MASK_PIXELS // (height * width))
        raise PromptError(f"{len(items)} objects are too many at once on a photo of this size: select at most {most}.")
    scores = np.array([item.score for item in items], np.float32)
    boxes = Boxes(np.array([item.box for item in items], np.float32), scores, tuple(item.name for item in items))
    return Masks(np.stack([item.mask() for item in items]), scores, None, boxes)  # type: ignore[arg-type]
