"""Keep the mask that the page shows: enlarge its logits and name it; no model runs."""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sam import Masks, PromptError
from sam.io.arrays import read_text
from sam.io.limits import MAX_POINTS
from sam.io.prompts import read_prompt
from sam.masks import logits_to_masks

from .classes import find
from .picture import Picture, Placed, prepare
from .workspace import SupersededError, Workspace

MAX_SIDE = 1024
"""Cells of a mask's longer side: four times what any model here has."""
MAX_REQUEST = 4 << 20
"""Bytes of a request to keep a mask: `MAX_SIDE` squared in half precision, as base64, and some room."""


@dataclass(frozen=True, eq=False)
class SeenMask:
    """One mask as the page shows it: (h, w) float logits, its predicted IoU, and how the image lies in its square."""

    logits: NDArray[Any]
    score: float
    placed: Placed


def keep_seen(workspace: Workspace, fields: Mapping[str, Any]) -> list[str]:
    """Keep the mask that a page names or sends.

    Args:
        workspace: where.
        fields: {"picture": id, "name": str or null, "refines": id of the object that it changes or null, "class": id
            of its class or null, "label": name of its class, which is added where it is not there, or null, "prompts":
            {"points", "labels", "box"} that the mask answers, or null} and
            {"answer": id from the decode route, "choice": which of its masks}, or
            {"logits": base64 of little-endian float16, "encoding": "" or "deflate-raw", "shape": [h, w],
            "score": predicted IoU, "input": {"width", "height", "size"} of the picture that the page shows}.

    Returns:
        The object's id, in a list.

    Raises:
        PromptError: not that, an empty mask, or an object that is gone or locked.
        AnswerGoneError: see there.
        SupersededError: another image is on the stage, or another model sees it.
    """
    picture = workspace.current(str(fields.get("picture")))
    seen = _remembered(workspace, picture, fields) if "logits" not in fields else read_mask(fields, picture)
    refines = fields.get("refines")
    if refines is not None and not isinstance(refines, str):
        raise PromptError("refines: expected the id of an object, or nothing.")
    prompts = prompts_of(fields.get("prompts"))
    return keep_mask(workspace, picture, seen, fields.get("name"), refines, class_of(workspace, fields), prompts)


def prompts_of(given: Any) -> dict[str, Any]:
    """What a mask was made from, as it is kept: points and labels, and a box; {} where there is neither.

    Raises:
        PromptError: not that, or too many points.
    """
    if not isinstance(given, Mapping) or not (given.get("points") or given.get("box")):
        return {}
    prompt = read_prompt({key: given.get(key) for key in ("points", "labels", "box")})
    points = prompt.points
    box = None if prompt.box is None else [round(float(side), 2) for side in prompt.box]
    xy = [] if points is None else [[round(float(x), 2), round(float(y), 2)] for x, y in points.xy]
    return {"points": xy, "labels": [] if points is None else [int(one) for one in points.labels], "box": box}


def more_prompts(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What an object was made from, and the clicks that have refined it; {} where the former is not known."""
    if not before or not after:
        return dict(before)
    joined = {key: [*before.get(key, []), *after.get(key, [])][:MAX_POINTS] for key in ("points", "labels")}
    return {**joined, "box": after.get("box") or before.get("box")}


def class_of(workspace: Workspace, fields: Mapping[str, Any]) -> str:
    """The id of the class that a request names, "" where it names none or one that was deleted.

    Raises:
        PromptError: "class" or "label" is no text.
    """
    label, known = fields.get("label") or "", fields.get("class") or ""
    if read_text(label, "label").strip():
        return workspace.classes.need(label)
    return known if find(workspace.classes.now, read_text(known, "class")) else ""


def keep_mask(
    workspace: Workspace,
    picture: Picture,
    seen: SeenMask,
    name: Any = None,
    refines: str | None = None,
    label: str = "",
    prompts: Mapping[str, Any] = MappingProxyType({}),
) -> list[str]:
    """Enlarge a mask and keep it, as a new object or as the new mask of the one that it refines; see `keep_seen`."""
    logits = seen.logits[None].astype(np.float32)
    masks = Masks(logits_to_masks(logits, seen.placed), np.array([seen.score], np.float32), logits)
    workspace.current(picture.id)
    if refines is not None:
        (item,) = workspace.objects([refines])
        source = f"{item.source.removesuffix(', refined')}, refined"
        workspace.redraw(picture, refines, masks.masks[0], source, prompts=more_prompts(item.prompts, prompts))
        return [refines]
    names = [name if isinstance(name, str) else ""]
    prepared = [one._replace(prompts=prompts) for one in prepare(picture, masks, names)]
    added = workspace.add_prepared(picture, prepared, f"clicks, {picture.model_title}", label)
    if not added:
        raise PromptError("This mask is empty: click on the object, or drag a box around it.")
    return added


def check_choice(choice: Any, count: int) -> int:
    """The choice as it came.

    Raises:
        PromptError: not one of `count` masks.
    """
    if not isinstance(choice, int) or isinstance(choice, bool) or not 0 <= choice < count:
        raise PromptError(f"choice: expected one of the {count} masks, counted from 0, got {str(choice)[:40]!r}.")
    return choice


def read_mask(fields: Mapping[str, Any], picture: Picture) -> SeenMask:
    """A mask from the page's JSON; see `keep_seen`.

    Raises:
        PromptError: not one, or a size, a number or a length that cannot be.
        SupersededError: another model sees the image meanwhile.
    """
    placed, given = picture.placed, fields.get("input")
    (height, width), size = placed.input_hw, placed.input_size
    if given != {"width": width, "height": height, "size": size}:
        raise SupersededError("The model was changed meanwhile. Click the object again.")
    shape, score = fields.get("shape"), fields.get("score")
    if not (isinstance(shape, list) and len(shape) == 2 and all(type(side) is int for side in shape)):
        raise PromptError("shape: expected [height, width] of the logits, in cells.")
    if not all(1 <= side <= MAX_SIDE for side in shape):
        raise PromptError(f"shape: expected 1 to {MAX_SIDE} cells a side, got {str(shape)[:40]}.")
    if isinstance(score, bool) or not isinstance(score, (int, float)) or not math.isfinite(score):
        raise PromptError("score: expected a finite number.")
    data = _unpack(fields.get("logits"), fields.get("encoding", ""), 2 * shape[0] * shape[1])
    logits = np.frombuffer(data, "<f2").reshape(shape)
    if not np.isfinite(logits).all():
        raise PromptError("logits: expected finite numbers, got NaN or infinity.")
    return SeenMask(logits, min(1.0, max(0.0, float(score))), placed)


def _remembered(workspace: Workspace, picture: Picture, fields: Mapping[str, Any]) -> SeenMask:
    answer = workspace.answers.find(fields.get("answer"))
    if answer.picture != picture.id:
        raise SupersededError
    choice = check_choice(fields.get("choice"), len(answer.logits))
    return SeenMask(answer.logits[choice], float(answer.scores[choice]), answer.placed)


def _unpack(text: Any, encoding: Any, size: int) -> bytes:
    """Exactly `size` bytes from base64; never more memory than that, whatever was packed."""
    if not isinstance(text, str):
        raise PromptError("logits: expected base64 text.")
    if encoding not in ("", "deflate-raw"):
        raise PromptError('encoding: expected "deflate-raw" or "".')
    whole = True
    try:
        data = base64.b64decode(text, validate=True)
        if encoding:
            inflater = zlib.decompressobj(-15)
            data = inflater.decompress(data, size + 1)
            whole = inflater.eof or len(data) > size
    except (binascii.Error, ValueError, zlib.error):
        whole = False
    if not whole:
        raise PromptError("logits: the data is damaged. Click again, then keep the mask.")
    if len(data) != size:
        got = f"{len(data)}" if len(data) < size else "more"
        raise PromptError(f"logits: expected {size} bytes for this shape, got {got}.")
    return data
