"""Sharpen an object's outline at full resolution, as a step that undo takes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anyio.from_thread import run as run_here
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sam import Cancelled, Masks, PromptError, load_model
from sam.high_resolution.sharpen_outlines import Outcome, explain, refine

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
        outcome: "sharper", or why the object kept its mask.
        note: that as a sentence; "" for "sharper".
    """

    outcome: Outcome
    note: str


def sharpen(
    workspace: Workspace, picture_id: str, object_id: str, wanted: Callable[[], bool] = lambda: True
) -> Sharpened:
    """Read one object's outline again with the model of the photo, and keep it.

    Args:
        workspace: where.
        picture_id: that the page shows.
        object_id: which object.
        wanted: asked before anything is changed.

    Raises:
        PromptError: no such object, a locked one, or one that was changed meanwhile.
        Cancelled: nobody wants it any more.
        SupersededError: another image is on the stage.
        ModelUnavailable, OutOfMemory: whatever the model raises.
    """
    picture = workspace.current(picture_id)
    (item,) = workspace.objects([object_id])
    unlocked(item)
    model = load_model(picture.model)

    def still(share: float) -> None:
        if not wanted():
            raise Cancelled("Stopped.")

    refined = refine(model, picture.image, Masks(item.mask()), progress=still)
    (outcome,) = refined.outcomes
    if outcome == "sharper":
        if not wanted():
            raise Cancelled("Stopped.")
        now = picture.objects.get(object_id)
        if now is None or now.mask_key != item.mask_key:
            raise PromptError(f"{item.name} was changed meanwhile, so its outline was not read again.")
        workspace.redraw(
            picture, object_id, refined.masks.masks[0], f"{item.source.removesuffix(SHARPENED)}{SHARPENED}"
        )
    return Sharpened(outcome, explain(outcome, model, picture.size_hw))


def make_sharpening_routes(workspaces: Workspaces, models: Models, scheduler: Scheduler | None = None) -> list[Route]:
    """For `demo.launch(app_kwargs={"routes": ...})`, beside those of `make_routes` and with the same scheduler."""
    line = scheduler or Scheduler()

    async def handler(request: Request) -> Response:
        workspace, fields = workspaces.get(request.path_params["workspace"]), await read_fields(request)
        picture, target = str(fields.get("picture")), request.path_params["object"]

        def wanted() -> bool:
            # A page that stopped it has hung up.
            return not run_here(request.is_disconnected)

        args = workspace, picture, target, wanted
        done = await line.run(workspace.token, sharpen, *args, gone=request.is_disconnected)
        answer: dict[str, Any] = {"outcome": done.outcome, "note": done.note}
        return json_answer({**workspace.to_json(), **answer})

    path = f"{PREFIX}/workspaces/{{workspace}}/objects/{{object}}/sharpen"
    return [Route(path, guarded(handler, models), methods=["POST"])]
