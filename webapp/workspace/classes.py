"""The class list: kinds of objects with a colour and a key each, a plain JSON value, and its earlier states."""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sam import PromptError
from sam.formats.annotations import MAX_NAME, LabelClass, color_of
from sam.io.arrays import read_text, read_whole

from .picture import COLORS, StudioObject, check_color

MAX_CLASSES = 2000
"""LVIS has 1,203."""
MAX_LISTS = 250
"""States of the list that undo can go back to."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_DIGITS = "123456789"


@dataclass(frozen=True)
class ObjectClass:
    """One kind of object.

    Attributes:
        id: by which objects name it; it stays when the class is renamed.
        name: unique in its list, at most `MAX_NAME` characters on one line.
        color: "#rrggbb".
        key: the one character that sets it in the page, unique in its list; "" for none.
    """

    id: str
    name: str
    color: str
    key: str = ""

    def to_json(self) -> dict[str, str]:
        """{"id", "name", "color", "key"}."""
        return {"id": self.id, "name": self.name, "color": self.color, "key": self.key}

    def to_label(self) -> LabelClass:
        """As formats take it."""
        color = int(self.color[1:3], 16), int(self.color[3:5], 16), int(self.color[5:7], 16)
        return LabelClass(self.name, color, self.key)


ClassList = tuple[ObjectClass, ...]
"""In the order in which formats number them."""


def to_json(classes: ClassList) -> list[dict[str, str]]:
    """As `from_json` takes it."""
    return [one.to_json() for one in classes]


def from_json(given: Any) -> ClassList:
    """A list from a browser or a file; everything is checked.

    Args:
        given: [{"id", "name", "color" (optional), "key" (optional)}, ...]; without an id a class gets one.

    Raises:
        PromptError: not that, too many, two of one name, or two with one id or key.
    """
    if not isinstance(given, list) or len(given) > MAX_CLASSES:
        raise PromptError(f"classes: expected a list of at most {MAX_CLASSES:,}.")
    classes: ClassList = ()
    for row in given:
        if not isinstance(row, dict):
            raise PromptError("classes: expected a name, a color and a key for each.")
        key = row.get("key", "")
        if key and any(one.key == key for one in classes):
            raise PromptError(f"classes: {str(key)[:10]!r} is the key of two classes.")
        classes = add(classes, row.get("name"), color=row.get("color"), key=key, id=row.get("id"))
    return classes


def add(classes: ClassList, name: Any, *, color: Any = None, key: Any = None, id: Any = None) -> ClassList:
    """The list with one more at its end.

    Args:
        color: "#rrggbb"; None: the next of Okabe and Ito's that no class has, else one that follows from the name.
        key: one character; "": none; None: the first free digit from 1 on.
        id: None: a new one.

    Raises:
        PromptError: no name, one that is there, or no such colour or key; too many classes.
    """
    if len(classes) >= MAX_CLASSES:
        raise PromptError(f"There can be at most {MAX_CLASSES:,} classes. Delete some first.")
    text = _free_name(classes, name)
    taken = {one.color.lower() for one in classes}
    if color is None:
        rest = [one for one in COLORS if one.lower() not in taken]
        color = rest[0] if rest else "#{:02x}{:02x}{:02x}".format(*color_of(text))
    if key is None:
        used = {one.key for one in classes}
        key = next((digit for digit in _DIGITS if digit not in used), "")
    if id is None:
        id = new_id()
    elif not isinstance(id, str) or not _ID.fullmatch(id) or find(classes, id):
        raise PromptError(f"id: expected a new one of letters and digits, got {str(id)[:40]!r}.")
    return (*classes, ObjectClass(id, text, check_color(read_text(color, "color")), _read_key(key)))


def new_id() -> str:
    """For a class."""
    return secrets.token_hex(4)


def change(
    classes: ClassList, id: str, *, name: Any = None, color: Any = None, key: Any = None, place: Any = None
) -> ClassList:
    """The list with one class renamed, in another colour, with another key or at another place.

    Args:
        key: another class that has it loses it.
        place: counted from 0.

    Raises:
        PromptError: no such class, or a value that cannot be.
    """
    old = get(classes, id)
    rest = tuple(one for one in classes if one.id != id)
    new = old
    if name is not None:
        new = replace(new, name=_free_name(rest, name))
    if color is not None:
        new = replace(new, color=check_color(read_text(color, "color")))
    if key is not None:
        new = replace(new, key=_read_key(key))
        rest = tuple(replace(one, key="") if new.key and one.key == new.key else one for one in rest)
    at = classes.index(old) if place is None else read_whole(place, "place", 0, len(rest))
    return (*rest[:at], new, *rest[at:])


def remove(classes: ClassList, id: str) -> ClassList:
    """The list without a class; its objects have none then.

    Raises:
        PromptError: no such class.
    """
    gone = get(classes, id)
    return tuple(one for one in classes if one is not gone)


def merge(classes: ClassList, labels: Iterable[LabelClass]) -> ClassList:
    """The list with those of a file that it has not got at its end; colours and keys of known ones stay.

    Raises:
        PromptError: too many.
    """
    names = {one.name for one in classes}
    for label in labels:
        if label.name not in names:
            names.add(label.name)
            usable = label.key and all(one.key != label.key for one in classes)
            color = None if label.color == color_of(label.name) else "#{:02x}{:02x}{:02x}".format(*label.color)
            classes = add(classes, label.name, color=color, key=label.key if usable else None)
    return classes


def need(classes: ClassList, name: str) -> tuple[ClassList, ObjectClass]:
    """The class that a phrase or a file means, in any case of letters, and the list, which may be longer by it.

    Raises:
        PromptError: too many, or a name that is none.
    """
    wanted = _clean(name)
    same = [one for one in classes if one.name == wanted] or [
        one for one in classes if one.name.casefold() == wanted.casefold()
    ]
    if same:
        return classes, same[0]
    longer = add(classes, wanted)
    return longer, longer[-1]


def find(classes: Sequence[ObjectClass], id: str) -> ObjectClass | None:
    """By id; None: it was deleted, or "" for none."""
    return next((one for one in classes if one.id == id), None)


def get(classes: ClassList, id: Any) -> ObjectClass:
    """By id.

    Raises:
        PromptError: there is none.
    """
    found = find(classes, id)
    if found is None:
        raise PromptError("That class is not there any more.")
    return found


class Classes:
    """One visitor's class list and its earlier states, by number, for undo.

    Attributes:
        now: the list.
        version: its number.
    """

    def __init__(self) -> None:
        self.now: ClassList = ()
        self.version = 0
        self._last = 0
        self._states: OrderedDict[int, ClassList] = OrderedDict({0: ()})

    def set(self, classes: ClassList) -> None:
        """A new state, unless it is the same."""
        if classes == self.now:
            return
        self.now = classes
        self._last += 1
        self.version = self._last
        self._states[self.version] = classes
        while len(self._states) > MAX_LISTS:
            self._states.popitem(last=False)

    def need(self, name: str) -> str:
        """The id of the class that a phrase or a file means; it is added where it is not there."""
        classes, one = need(self.now, name[:MAX_NAME])
        self.set(classes)
        return one.id

    def to_json(self) -> dict[str, Any]:
        """What the page is told."""
        return {"classes": to_json(self.now), "class_list": self.version}

    def show(self, items: Iterable[StudioObject]) -> list[dict[str, Any]]:
        """Objects as the page is told of them: in their class's colour; a class that was deleted is none."""
        known = {one.id: one.color for one in self.now}
        rows = []
        for item in items:
            row = item.to_json()
            label = item.label if item.label in known else ""
            rows.append({**row, "class": label, "color": known.get(label, item.color)})
        return rows

    def go_to(self, version: Any) -> None:
        """The state of this number; one that is not kept any more changes nothing."""
        number = read_whole(version, "classes", 0, 1 << 53)
        if number in self._states:
            self.now, self.version = self._states[number], number

    def bring_back(self, given: Any) -> None:
        """The list of a workspace that is gone, into one that has none yet.

        Raises:
            PromptError: as `from_json`.
        """
        classes = from_json(given)
        if not self.now:
            self.set(classes)


def _clean(name: Any) -> str:
    text = " ".join(read_text(name, "name").split())
    return "".join(char for char in text if char.isprintable())


def _free_name(classes: Sequence[ObjectClass], name: Any) -> str:
    text = _clean(name)
    if not text:
        raise PromptError("A class needs a name.")
    if len(text) > MAX_NAME:
        raise PromptError(f"A class's name has at most {MAX_NAME} characters, got {len(text)}.")
    if any(one.name == text for one in classes):
        raise PromptError(f"There is a class called {text} already.")
    return text


def _read_key(key: Any) -> str:
    text = read_text(key, "key")
    if len(text) > 1 or not text.isprintable() or text.isspace():
        raise PromptError(f"key: expected one character, or nothing, got {text[:20]!r}.")
    return text.lower()
