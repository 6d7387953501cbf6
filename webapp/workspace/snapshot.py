"""A visitor's pictures and objects as JSON that their browser keeps, and back again when the workspace is gone."""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plugins import Recipe
from sam import Image, PromptError, load_model
from sam.formats import AnnotatedObject
from sam.images import image_hash, read_photo
from sam.io.arrays import read_flag, read_text, read_whole

from ..images.download import keep_file
from .classes import to_json
from .keep import prompts_of
from .picture import MAX_VERSIONS, Geometry, Picture, StudioObject, check_color, clean_name
from .reading import alpha_of, reading_of
from .segment import first_look
from .tool_history import Action
from .workspace import MAX_OBJECTS, Workspace

MAX_STATES = 20_000
"""Distinct states of objects in one picture's versions."""
_MAX_ACTIONS = 1000
_MAX_SIDE = 1 << 16
_COUNTER = 1 << 53
_ID = re.compile(r"[A-Za-z0-9_-]{4,32}")


def take_snapshot(workspace: Workspace, ids: Iterable[str], have: Collection[str]) -> dict[str, Any]:
    """What `bring_back` takes, but for the photos themselves.

    Args:
        workspace: whose.
        ids: of pictures; those that are not kept any more are left out.
        have: keys of masks that need not be sent again.

    Returns:
        {"pictures": [{"id", "name", ..., "objects": [...], "versions": [[number, [index of object, ...]], ...]}, ...]
        in the order of the workspace, "masks": {key: counts of its RLE}, "model", "classes": see `classes.from_json`}.
    """
    wanted = set(ids)
    pictures = [one for one in workspace.pictures if one.id in wanted]
    masks: dict[str, str] = {}
    found = [_picture_json(picture, have, masks) for picture in pictures]
    return {"pictures": found, "masks": masks, "model": workspace.model, "classes": to_json(workspace.classes.now)}


def _picture_json(picture: Picture, have: Collection[str], masks: dict[str, str]) -> dict[str, Any]:
    states: dict[int, int] = {}
    objects: list[dict[str, Any]] = []

    def place(item: StudioObject) -> int:
        if id(item) not in states:
            states[id(item)] = len(objects)
            objects.append({**item.to_json(), "score": item.score, "prompts": dict(item.prompts)})
            if item.mask_key not in have:
                masks[item.mask_key] = str(item.rle["counts"])
        return states[id(item)]

    reading = picture.reading
    return {
        "id": picture.id,
        "name": picture.name,
        "size": list(picture.size_hw),
        "weights": picture.weights,
        "input": [*picture.geometry.input_hw, picture.geometry.input_size],
        "revised": picture.revised,
        # Whether the server has the file, which makes the picture again or gives its colours.
        "source": bool(source_of(picture)),
        "own_colors": bool(picture.file),
        "alpha": picture.alpha is not None,
        "page": reading.page if reading and len(reading.pages) > 1 else None,
        "brightness": reading.choice if reading and reading.brightness else "auto",
        "made": picture.made,
        "version": picture.version,
        "last": picture.last,
        "versions": [[number, [place(item) for item in items]] for number, items in list(picture.versions.items())],
        "removed": [place(item) for item in list(picture.removed.values())],
        "objects": objects,
        "actions": [action_json(action) for action in picture.actions],
    }


def source_of(picture: Picture) -> bytes:
    """The file that the picture was read from, where the server still has it; else b""."""
    return picture.reading.source if picture.reading and picture.reading.source else picture.file


def bring_back(
    workspace: Workspace, fields: Mapping[str, Any], image: bytes, source: Any, stage: bool, alpha: bytes = b""
) -> Picture:
    """Put a picture with its objects into a workspace that has lost it, as it was.

    Args:
        workspace: where; the picture goes on the stage.
        fields: one of `take_snapshot`'s pictures with its "masks"; from a browser, so everything is checked.
        image: the picture as PNG, or b"" where `source` makes it.
        source: the file that it was opened from: its bytes, a path, or b"".
        alpha: how opaque it is, as PNG, beside `image`; b"": wholly.
        stage: whether it is going to be looked at; another one is encoded when it is.

    Raises:
        ImageError: the photo cannot be read.
        PromptError: something in the fields cannot be.
        SupersededError: another photo was opened meanwhile.
    """
    turn = workspace.take_turn()
    revised = read_flag(fields.get("revised"), "revised")
    page, choice = fields.get("page"), _brightness(fields.get("brightness"))
    photo = read_photo(image) if image else read_photo(source, page=page, brightness=choice)
    pixels = photo.on()
    pixels.flags.writeable = False
    size = pixels.shape[0], pixels.shape[1]
    if fields.get("size") != list(size):
        raise PromptError(f"size: expected that of the picture, {list(size)}, got {str(fields.get('size'))[:40]}.")
    reading = None if image else reading_of(photo, source, choice)
    opaque = read_alpha(alpha, size) if image else alpha_of(photo)
    key = image_hash(pixels)
    picture = Picture(
        name=read_text(fields.get("name"), "name")[:200] or "photo",
        image=pixels,
        key=key,
        id=_id(fields.get("id"), "id"),
        file=keep_file(source) if read_flag(fields.get("own_colors"), "own_colors") else b"",
        reading=reading,
        revised=revised,
        alpha=opaque,
        made=read_whole(fields.get("made"), "made", 0, _COUNTER),
        actions=read_actions(fields.get("actions")),
        **_seen(workspace.model, fields, pixels, key, stage),
    )
    _fill(picture, fields)
    if any(one.id == picture.id for one in workspace.pictures):
        raise PromptError("That photo is here already.")
    workspace.show(picture, turn)
    return picture


def read_alpha(data: bytes, size_hw: tuple[int, int]) -> NDArray[np.uint8] | None:
    """(H, W) of a picture of it; None: wholly opaque.

    Raises:
        ImageError, PromptError: no picture, or one of another size.
    """
    if not data:
        return None
    alpha = np.ascontiguousarray(read_photo(data).on()[..., 0])
    if alpha.shape != size_hw:
        raise PromptError(f"alpha: expected the size of the picture, {size_hw}, got {alpha.shape}.")
    return alpha


def _seen(model: str, fields: Mapping[str, Any], image: Image, key: str, stage: bool) -> dict[str, Any]:
    known = load_model(model)
    if stage or fields.get("weights") != known.weights:
        return first_look(model, image, key)
    given = fields.get("input")
    if not isinstance(given, list) or len(given) != 3:
        raise PromptError("input: expected height, width and side of the model's square.")
    height, width, side = (read_whole(one, "input", 1, _MAX_SIDE) for one in given)
    seen = {"geometry": Geometry((height, width), side), "encode_ms": 0.0, "cached": True}
    return {"model": model, "weights": known.weights, **seen}


def _fill(picture: Picture, fields: Mapping[str, Any]) -> None:
    """Objects and what undo goes back to."""
    masks = _mapping(fields.get("masks"), "masks")
    rows = _list(fields.get("objects"), "objects", MAX_STATES)
    known: dict[str, AnnotatedObject] = {}
    states = [_read_object(row, masks, picture.size_hw, known) for row in rows]

    def items(places: Any) -> list[StudioObject]:
        given = _list(places, "versions", MAX_OBJECTS)
        found = [states[read_whole(place, "versions", 0, len(states) - 1)] for place in given]
        if len({one.id for one in found}) != len(found):
            raise PromptError("versions: expected each object once.")
        return found

    versions: OrderedDict[int, tuple[StudioObject, ...]] = OrderedDict()
    for row in _list(fields.get("versions"), "versions", MAX_VERSIONS):
        number, places = row if isinstance(row, list) and len(row) == 2 else (None, None)
        versions[read_whole(number, "versions", 0, _COUNTER)] = tuple(items(places))
    picture.versions = versions
    picture.last = read_whole(fields.get("last"), "last", max(versions, default=0), _COUNTER)
    picture.removed = OrderedDict((item.id, item) for item in items(fields.get("removed")))
    picture.go_to(read_whole(fields.get("version"), "version", 0, _COUNTER))


def _read_object(
    row: Any, masks: Mapping[str, Any], size_hw: tuple[int, int], known: dict[str, AnnotatedObject]
) -> StudioObject:
    row = _mapping(row, "objects")
    key = _id(row.get("mask"), "mask")
    if key not in known:
        code: Any = {"size": list(size_hw), "counts": read_text(masks.get(key), "masks")}
        known[key] = AnnotatedObject("", code)  # which checks it, too
    mask = known[key]
    box, score = row.get("box"), row.get("score")
    numbers = [*(box if isinstance(box, list) else []), score]
    if len(numbers) != 5 or not all(
        isinstance(one, (int, float)) and not isinstance(one, bool) and math.isfinite(one) for one in numbers
    ):
        raise PromptError("objects: expected a box of four numbers and a score.")
    x0, y0, x1, y1, score = (float(one) for one in numbers)
    if (x0, y0, x1, y1) != mask.box:
        raise PromptError("objects: expected the box of the mask.")
    return StudioObject(
        id=_id(row.get("id"), "id"),
        name=clean_name(read_text(row.get("name"), "name")) or "Object",
        color=check_color(read_text(row.get("color"), "color")),
        hidden=read_flag(row.get("hidden"), "hidden"),
        score=min(1.0, max(0.0, score)),
        area=mask.area,
        box=(x0, y0, x1, y1),
        rle=dict(mask.rle),
        source=clean_name(read_text(row.get("source"), "source")),
        mask_key=key,
        locked=read_flag(row.get("locked"), "locked"),
        label=read_text(row.get("class", ""), "class")[:32],
        prompts=prompts_of(row.get("prompts")),
    )


def action_json(action: Action) -> dict[str, Any]:
    """One row of a tool history."""
    steps = Recipe("steps", action.steps).to_json()["steps"]
    rest = {"used": list(action.used), "made": list(action.made), "notes": list(action.notes)}
    return {"steps": steps, "changed": action.changed, **rest}


def read_actions(given: Any) -> list[Action]:
    """Tool history as `action_json` gives it.

    Raises:
        PromptError, PluginError: something in it cannot be.
    """
    return [_read_action(row) for row in _list(given, "actions", _MAX_ACTIONS)]


def _read_action(row: Any) -> Action:
    row = _mapping(row, "actions")
    steps = row.get("steps")
    made = Recipe.from_json({"recipe": "steps", "steps": steps}).steps if steps else ()
    used, objects, notes = (
        tuple(read_text(one, "actions")[:600] for one in _list(row.get(name), "actions", MAX_OBJECTS))
        for name in ("used", "made", "notes")
    )
    return Action(made, used, objects, read_flag(row.get("changed"), "changed"), notes)


def _brightness(given: Any) -> Any:
    return tuple(given) if isinstance(given, list) else given


def _id(given: Any, name: str) -> str:
    if not isinstance(given, str) or not _ID.fullmatch(given):
        raise PromptError(f"{name}: expected an id of letters and digits, got {str(given)[:40]!r}.")
    return given


def _list(given: Any, name: str, most: int) -> list[Any]:
    if not isinstance(given, list) or len(given) > most:
        raise PromptError(f"{name}: expected a list of at most {most}.")
    return given


def _mapping(given: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise PromptError(f"{name}: expected names with values.")
    return given
