"""What is rated: one click on each of N objects, the masks of every model and of the data set's own makers."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import SamError
from ...segmenter import Segmenter
from ...types import Image
from .. import protocol
from ..cases import Case, cases
from ..dataset import DataSet, Split

TRUTH = "ground truth"
"""The name under which the data set's own masks are rated: a rater who gives them little sees no edges."""
LONGEST = 1000
"""Longest side of a photo in the form, in pixels."""


@dataclass(frozen=True)
class Item:
    """One mask to rate.

    Attributes:
        id: says nothing of where the mask is from.
        method: a model's name, or `TRUTH`.
        photo: data set and file name.
        number: the annotation's id.
        picture: place of its photo among the study's pictures.
        mask: data address of a PNG, white where the mask is, of the picture's size.
        click: x, y in pixels of the picture.
    """

    id: str
    method: str
    photo: str
    number: int | str
    picture: int
    mask: str
    click: tuple[float, float]


@dataclass(frozen=True)
class Study:
    """What a form asks.

    Attributes:
        id: the same for the same photos, masks and seed.
        pictures: data addresses of WebP files.
        items: in the order in which they are asked.
    """

    id: str
    pictures: tuple[str, ...]
    items: tuple[Item, ...]

    def key(self) -> dict[str, dict[str, str | int]]:
        """id -> where the mask is from; kept away from who rates."""
        return {one.id: {"method": one.method, "photo": one.photo, "number": one.number} for one in self.items}


def make_study(
    models: Sequence[tuple[str, Segmenter]],
    sets: Sequence[DataSet],
    *,
    masks: int,
    split: Split = "all",
    min_area: float = 200,
    seed: int = 0,
) -> Study:
    """`masks` random objects, one a photo, each shown once for every model and once with its own mask, shuffled.

    Each model answers one click in the object's middle with the mask that it ranks first (paper, section 7.1).

    Args:
        models: (name, model).
        sets: where the objects are from; each photo gives one.
        masks: N of each model.
        split: see `DataSet.chosen`.
        min_area: of an object, in pixels.
        seed: of the choice and the order.

    Raises:
        SamError: no photo has an object of that size.
    """
    random = np.random.default_rng(seed)
    photos = [photo for one in sets for photo in one.chosen(split, len(one.photos))]
    pictures: list[str] = []
    items: list[Item] = []
    for place in random.permutation(len(photos)):
        if len(pictures) == masks:
            break
        found = list(cases(photos[place], 1000, min_area))
        if found:
            case = found[int(random.integers(len(found)))]
            items += _items(models, case, len(pictures), seed)
            pictures.append(_photo(case.image))
    if not items:
        raise SamError(f"No photo has an object of {min_area:g} pixels or more; use a smaller --min-area.")
    ordered = tuple(items[place] for place in random.permutation(len(items)))
    name = hashlib.sha256("".join(one.id + one.mask for one in ordered).encode()).hexdigest()[:12]
    return Study(name, tuple(pictures), ordered)


def _items(models: Sequence[tuple[str, Segmenter]], case: Case, picture: int, seed: int) -> list[Item]:
    answers = [(TRUTH, case.mask)]
    for name, model in models:
        answers.append((name, protocol.click_answers(model, model.embed(case.image), case.click)[0]))
    scale = min(1.0, LONGEST / max(case.mask.shape))
    found = []
    for name, mask in answers:
        secret = f"{seed} {name} {case.photo} {case.number}"
        number = hashlib.sha256(secret.encode()).hexdigest()[:12]
        click = (float(case.click[0] * scale), float(case.click[1] * scale))
        found.append(Item(number, name, case.photo, case.number, picture, _mask(mask), click))
    return found


def _photo(image: Image) -> str:
    from PIL import Image as PillowImage

    picture = PillowImage.fromarray(image)
    picture.thumbnail((LONGEST, LONGEST))
    return _address(picture, "WEBP", quality=90)


def _mask(mask: NDArray[np.bool_]) -> str:
    from PIL import Image as PillowImage

    picture = PillowImage.fromarray(mask)
    picture.thumbnail((LONGEST, LONGEST), PillowImage.Resampling.NEAREST)
    return _address(picture.convert("1"), "PNG", optimize=True)


def _address(picture: object, format: str, **how: object) -> str:
    held = io.BytesIO()
    picture.save(held, format, **how)  # type: ignore[attr-defined]
    return f"data:image/{format.lower()};base64,{base64.b64encode(held.getvalue()).decode('ascii')}"
