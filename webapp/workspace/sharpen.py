"""Sharpen objects' outlines at full resolution, as a step that undo takes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from anyio.from_thread import run as run_here
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sam import Cancelled, Masks, PromptError, load_model
from sam.high_resolution.sharpen_outlines import Outcome, explain, refine
from sam.runtime.leases import is_lent

from ..routes.requests import PREFIX, guarded, json_answer, read_fields
from ..scheduler import Scheduler
from .picture import unlocked
from .registry import Workspaces
from .tool_history import SHARPENED
from .workspace import Workspace

if TYPE_CHECKING:
    from ..models.offered import Models


@dataclass(frozen=True)
class Sharpened:
    """What came of it.

    Attributes:
        outcome: "sharper", or why the object kept its mask; "changed": it is another one by now.
        note: that as a sentence; "" for "sharper".
    """

    outcome: Outcome | Literal["changed"]
    note: str


def sharpen(
    workspace: Workspace, picture_id: str, object_ids: Sequence[str], wanted: Callable[[], bool] = lambda: True
) -> dict[str, Sharpened]:
    """Read objects' outlines again with the model of the photo, and keep them.

    One at a time, so that each is there as soon as it is read; where each call is a lease of a GPU, all in one.

    Args:
        workspace: where.
        picture_id: that the page shows.
        object_ids: which objects; at least one.
        wanted: asked before anything is changed.

    Returns:
        What came of those that were read, by id; whoever wants the others asks again for them.

    Raises:
        PromptError: no such object, a locked one, or none at all.
        Cancelled: nobody wants it any more.
        SupersededError: another image is on the stage.
        ModelUnavailable, OutOfMemory: whatever the model raises.
    """
    picture = workspace.current(picture_id)
    model = load_model(picture.model)
    if not object_ids:
        raise PromptError("objects: expected at least one.")
    items = [workspace.objects([one])[0] for one in (object_ids if is_lent(model) else object_ids[:1])]
    for item in items:
        unlocked(item)

    def still(share: float) -> None:
        if not wanted():
            raise Cancelled("Stopped.")

    refined = refine(model, picture.image, Masks(np.stack([item.mask() for item in items])), progress=still)
    if "sharper" in refined.outcomes and not wanted():
        raise Cancelled("Stopped.")
    done = {}
    for item, outcome, mask in zip(items, refined.outcomes, refined.masks.masks, strict=True):
        done[item.id] = Sharpened(outcome, explain(outcome, model, picture.size_hw))
        if outcome != "sharper":
            continue
        now = picture.objects.get(item.id)
        if now is not None and now.mask_key == item.mask_key:
            workspace.redraw(picture, item.id, mask, f"{item.source.removesuffix(SHARPENED)}{SHARPENED}")
        else:
            note = f"{item.name} was changed meanwhile, so its outline was not read again."
            done[item.id] = Sharpened("changed", note)
    return done


def make_sharpening_routes(workspaces: Workspaces, models: Models, scheduler: Scheduler | None = None) -> list[Route]:
    """For `demo.launch(app_kwargs={"routes": ...})`, beside those of `make_routes` and with the same scheduler."""
    line = scheduler or Scheduler()

    async def handler(request: Request) -> Response:
        workspace, fields = workspaces.get(request.path_params["workspace"]), await read_fields(request)
        ids = fields.get("objects")
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            raise PromptError("objects: expected a list of ids.")

        def wanted() -> bool:
            # A page that stopped it has hung up.
            return not run_here(request.is_disconnected)

        args = workspace, str(fields.get("picture")), ids, wanted
        done = await line.run(workspace.token, sharpen, *args, gone=request.is_disconnected)
        return json_answer({**workspace.to_json(), "done": {name: asdict(one) for name, one in done.items()}})

    path = f"{PREFIX}/workspaces/{{workspace}}/sharpen"
    return [Route(path, guarded(handler, models), methods=["POST"])]
