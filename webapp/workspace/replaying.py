"""The objects on the stage decoded anew by another model, to be compared with those that are there, and taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sam import PromptError, load_model, rle
from sam.io.arrays import read_text
from sam.io.limits import MAX_BOXES
from sam.replay import replay
from sam.runtime.embedding_cache import embed

from .picture import Picture, unlocked
from .workspace import Workspace


def replay_objects(workspace: Workspace, picture_id: str, model: str) -> dict[str, Any]:
    """What another model makes of the same prompts; nothing changes.

    Args:
        workspace: whose.
        picture_id: that the page shows.
        model: what `load_model` takes.

    Returns:
        {"model": name, "objects": [{"id", "mask": key of the old mask, "by": "prompts", or "box" where it has none,
        "iou", "counts": RLE of the new mask, "box": half-open xyxy, "area", "score"}, ...]}; where the model finds
        nothing, counts is "".

    Raises:
        PromptError: no objects.
        ModelUnavailable: not to be had.
        SupersededError: another image is on the stage.
        Cancelled: see `sam.stopping`.
    """
    picture = workspace.current(picture_id)
    items = list(picture.objects.values())
    if not items:
        raise PromptError("There are no objects to decode anew: keep one first.")
    known = load_model(model)
    embedding = embed(known, picture.image, image_key=picture.key)
    keys = {item.id: item.mask_key for item in items}
    found = replay(known, embedding, ((item.id, item.prompts, item.rle) for item in items), boxes=True)
    rows = [
        {
            "id": one.key,
            "mask": keys[one.key],
            "by": one.by,
            "iou": round(one.iou, 4),
            "counts": one.rle["counts"] if one.rle else "",
            "box": list(one.box),
            "area": one.area,
            "score": round(one.score, 4),
        }
        for one in found
    ]
    return {"model": known.name, "objects": rows}


def take_replayed(workspace: Workspace, picture_id: str, model: str, rows: Any) -> list[str]:
    """Give objects the masks that `replay_objects` has shown, in one step of undo.

    Args:
        workspace: whose.
        picture_id: that the page shows.
        model: whose masks they are, for people.
        rows: [{"id", "mask", "counts", "score"}, ...] of its rows.

    Returns:
        Sentences on those that could not be taken: locked, or changed meanwhile.

    Raises:
        PromptError: no such rows; nothing is changed then.
        SupersededError: another image is on the stage.
    """
    picture = workspace.current(picture_id)
    if (
        not isinstance(rows, list)
        or not 0 < len(rows) <= MAX_BOXES
        or not all(isinstance(row, Mapping) for row in rows)
    ):
        raise PromptError(f"objects: expected 1 to {MAX_BOXES} of those that were shown.")
    read = [(row, _mask_of(row, picture)) for row in rows]
    said: list[str] = []
    for row, (mask, score) in read:
        item = picture.objects.get(str(row.get("id")))
        if item is None or item.mask_key != row.get("mask"):
            said.append(f"{item.name if item else 'An object'} was changed meanwhile, and stays as it is.")
            continue
        try:
            unlocked(item)
        except PromptError as error:
            said.append(str(error))
            continue
        workspace.redraw(picture, item.id, mask, f"{item.source.split(', ')[0]}, {model}", score=score)
    return said


def _mask_of(row: Mapping[str, Any], picture: Picture) -> tuple[Any, float]:
    mask = rle.decode({"size": list(picture.size_hw), "counts": read_text(row.get("counts"), "counts")})
    score = row.get("score")
    if isinstance(score, bool) or not isinstance(score, (int, float)) or not np.isfinite(score) or not mask.any():
        raise PromptError("objects: expected a mask and a score for each.")
    return mask, min(1.0, max(0.0, float(score)))
