"""The tool history of one image, and the recipe steps that repeat it on another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from plugins import Host, Step

if TYPE_CHECKING:
    from .picture import Picture

SHARPENED = ", sharpened"
"""How the source of an object ends whose outline was read again (`webapp/workspace/sharpen.py`)."""


@dataclass(frozen=True)
class Action:
    """One thing that was done in a tab.

    Attributes:
        steps: the tools that it came to, in order.
        used: ids of the objects that it was given.
        made: ids of the objects that it added.
        changed: whether it changed the image on the stage.
        notes: what of it the steps do not say, for people.
    """

    steps: tuple[Step, ...]
    used: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    changed: bool = False
    notes: tuple[str, ...] = ()


def make_step(host: Host | None, tool: str, options: Mapping[str, Any]) -> Step:
    """A step with those of the options that are not the tool's defaults.

    Raises:
        PluginError: the tool has no such option, or does not accept the value.
    """
    known = host.tools.get(tool) if host else None
    if known is None:
        return Step(tool, dict(options))
    known.bind(**options)
    defaults = {name: option.default for name, option in known.options.items()}
    rest = {name: value for name, value in options.items() if name not in defaults or value != defaults[name]}
    return Step(tool, rest, known.plugin)


def read_history(picture: Picture) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """(steps that lead to the image and objects as they are or to the last result, what they cannot repeat).

    A result that went nowhere but into its tab counts only while it is the last, and objects only where they were used.
    """
    kept = _leading(picture)
    steps: list[Step] = []
    notes: list[str] = []
    maker: Action | None = None
    for action in kept:
        notes += action.notes
        if action.used:
            notes += _objects(picture, action, maker, kept)
            steps += _sharpening(picture, action.used, steps)
        if action.made:
            maker = action
        steps += action.steps
    if kept:
        steps += _sharpening(picture, kept[-1].made, steps)
    if not kept and picture.objects:
        notes.append(_by_hand(picture, tuple(picture.objects)))
    return tuple(steps), tuple(dict.fromkeys(notes))


def _leading(picture: Picture) -> list[Action]:
    """The actions that matter, in order."""
    there = [
        action for action in picture.actions if not action.made or any(one in picture.objects for one in action.made)
    ]
    wanted: set[str] = set()
    kept: list[Action] = []
    for action in reversed(there):
        if not kept or action.changed or wanted & set(action.made):
            kept.insert(0, action)
            wanted |= set(action.used)
    return kept


def _objects(picture: Picture, action: Action, maker: Action | None, kept: list[Action]) -> list[str]:
    """How the objects that an action was given differ from those that the steps before it make."""
    tool = action.steps[0].tool if action.steps else "the next step"
    made = {one for other in kept for one in other.made}
    by_hand = tuple(one for one in action.used if one not in made)
    if by_hand:
        return [_by_hand(picture, by_hand)]
    edited = [_name(picture, one) for one in action.used if one in picture.objects and _edited(picture, one)]
    if edited:
        return [f"{_some(edited)} was corrected by hand, which cannot be repeated on another photo."]
    if maker is not None and not set(action.used) <= set(maker.made):
        return [
            f"{tool} was given objects of an earlier step; the recipe goes on with those of {maker.steps[-1].tool}."
        ]
    if maker is not None and len(action.used) < len(maker.made):
        source = maker.steps[-1].tool
        return [
            f"{tool} was given {len(action.used)} of the {len(maker.made)} objects of {source}; a recipe takes all."
        ]
    return []


def _by_hand(picture: Picture, ids: tuple[str, ...]) -> str:
    return (
        f"{_some([_name(picture, one) for one in ids])} was pointed at or drawn on this photo, which cannot be "
        "repeated on another: put a step that finds objects first."
    )


def _edited(picture: Picture, one: str) -> bool:
    return bool({"edited", "combined"} & set(picture.objects[one].source.split(", ")))


def _sharpening(picture: Picture, ids: tuple[str, ...], steps: list[Step]) -> list[Step]:
    """The step that read the outlines of these objects again, if the page did so and the steps do not yet."""
    done = any(one in picture.objects and picture.objects[one].source.endswith(SHARPENED) for one in ids)
    return [Step("sharpen_outlines", {}, "refine")] if done and all(s.tool != "sharpen_outlines" for s in steps) else []


def _name(picture: Picture, one: str) -> str:
    item = picture.objects.get(one) or picture.removed.get(one)
    return f"“{item.name}”" if item else "An object"


def _some(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
