"""What a visitor does with classes: give them to objects, and change the list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sam import PromptError

from . import classes
from .workspace import Workspace

DO = ("add", "change", "remove")


def set_class(workspace: Workspace, picture_id: str, ids: Any, class_id: Any) -> None:
    """Give objects a class, or none, in one step of undo.

    Args:
        workspace: where.
        picture_id: that the page shows.
        ids: list of objects.
        class_id: of the class; "" for none.

    Raises:
        PromptError: no such object or class.
        SupersededError: another image is on the stage.
    """
    workspace.current(picture_id)
    if not isinstance(ids, list) or not ids:
        raise PromptError("Select objects first, then choose their class.")
    if class_id != "":
        classes.get(workspace.classes.now, class_id)
    workspace.set_label(map(str, ids), class_id)


def edit_classes(workspace: Workspace, fields: Mapping[str, Any]) -> str:
    """Change the class list, in one step of undo.

    Args:
        workspace: whose.
        fields: {"do": "add", "name", "color", "key"}; {"do": "change", "id"} with "name", "color", "key" and "place" as
            far as they change; or {"do": "remove", "id"}.

    Returns:
        The id of the class, which is new where one was added.

    Raises:
        PromptError: nothing like that; see `webapp.workspace.classes`.
    """
    do, one = fields.get("do"), str(fields.get("id"))
    if do not in DO:
        raise PromptError(f"do: expected {', '.join(DO)}, got {str(do)[:20]!r}.")
    if do == "add":
        one = classes.new_id()
        more = {name: fields.get(name) for name in ("color", "key")}
        workspace.set_classes(lambda now: classes.add(now, fields.get("name"), **more, id=one))
    elif do == "change":
        changes = {name: fields[name] for name in ("name", "color", "key", "place") if name in fields}
        workspace.set_classes(lambda now: classes.change(now, one, **changes))
    else:
        workspace.set_classes(lambda now: classes.remove(now, one))
    return one
