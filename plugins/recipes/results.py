"""What a recipe makes, for the visitor: run, shown small, and as a file."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from plugins import Chain, Recipe
from sam import Boxes, Image, Masks, PromptError
from sam.compositing.backgrounds import lay_over, make_backdrop
from sam.io.serialization import encode_picture, is_picture, to_json

if TYPE_CHECKING:
    from plugins import Host

PREVIEW = 900
"""Longest side of a result in the gallery, in pixels."""


def check_chain(recipe: Recipe, host: Host, given: Collection[str]) -> Chain:
    """The chain of a visitor's recipe, for as many photos as there are.

    Args:
        recipe: of the visitor.
        host: with the tools.
        given: names of what there is: "image", and "masks" where objects are selected.

    Raises:
        SamError: it cannot run, or names a model that the visitor may not use.
    """
    chain = recipe.check(host, {name: kind for name, kind in (("image", Image), ("masks", Masks)) if name in given})
    chain.check_models()
    return chain


def run_chain(chain: Chain, data: Mapping[str, Any], tell: Any) -> tuple[Any, Any]:
    """(result, its type) for one photo.

    Raises:
        SamError: a step cannot go on.
    """
    if "masks" in chain.inputs and not len(data["masks"]):
        raise PromptError("There are no objects on this photo: click one first, or put a step first that finds some.")
    return chain.make(data, tell)


def as_file(value: Any, kind: Any) -> tuple[bytes, str]:
    """(bytes, ending) of a result: PNG, text or JSON."""
    if is_picture(kind):
        return encode_picture(value, Path("result.png")), ".png"
    if isinstance(value, str):
        return value.encode(), ".txt"
    return (json.dumps(to_json(value), indent=1) + "\n").encode(), ".json"


def look(value: Any, photo: Image) -> Any:
    """A result as a small picture, or None where there is nothing to see.

    Args:
        value: a picture, where it is transparent over a checkerboard; masks, which are shown as what they cover; boxes,
            which are drawn.
        photo: that they belong to.
    """
    from PIL import Image as Pil
    from PIL import ImageDraw

    if isinstance(value, np.ndarray) and value.ndim == 3:
        picture = Pil.fromarray(value)
        if value.shape[2] == 4:
            picture.thumbnail((PREVIEW, PREVIEW))
            small = np.asarray(picture)
            picture = Pil.fromarray(lay_over(small, make_backdrop(np.ascontiguousarray(small[..., :3]), "checker")))
    elif isinstance(value, Masks) and value.size_hw == photo.shape[:2]:
        inside = value.union()[..., None] if len(value) else np.zeros((*photo.shape[:2], 1), bool)
        picture = Pil.fromarray(np.where(inside, photo, photo // 4))
    elif isinstance(value, Boxes):
        picture = Pil.fromarray(photo)
        draw = ImageDraw.Draw(picture)
        for x0, y0, x1, y1 in value.xyxy.tolist():
            draw.rectangle(
                (x0, y0, max(x0, x1 - 1), max(y0, y1 - 1)), outline=(255, 90, 0), width=1 + max(picture.size) // 300
            )
    else:
        return None
    picture.thumbnail((PREVIEW, PREVIEW))
    return np.asarray(picture)


def in_words(value: Any) -> str:
    """What a result is, for a line of text."""
    if isinstance(value, np.ndarray):
        return f"a picture of {value.shape[1]} x {value.shape[0]} pixels"
    if isinstance(value, (Masks, Boxes)):
        what = ("object", "objects") if isinstance(value, Masks) else ("box", "boxes")
        return f"{len(value)} {what[len(value) != 1]}"
    return str(value)[:200]


def plain(text: str) -> str:
    """Text that Markdown and Gradio's messages show as it is."""
    return escape(text, quote=False).replace("*", "\\*").replace("_", "\\_").replace("`", "\\`")
