"""Routes of what is under way for a visitor: how far it is, what is ahead of it, and the end of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..scheduler import PHOTO, Scheduler
from ..workspace.registry import Workspaces
from ..workspace.workspace import Workspace
from .requests import PREFIX, Handler, guarded, json_answer

if TYPE_CHECKING:
    from ..models.offered import Models


def make_work_routes(workspaces: Workspaces, models: Models, scheduler: Scheduler) -> list[Route]:
    """For `demo.launch(app_kwargs={"routes": ...})`, beside those of `make_routes`."""

    def find(request: Request) -> Workspace:
        return workspaces.get(request.path_params["workspace"])

    async def look(request: Request) -> Response:
        """{"ahead": how many pieces of work are ahead of this visitor's next, null where none of theirs waits;
        "running": what a tab of theirs does, {"fraction": 0 to 1 or null, "message"}, null where none does anything}.
        """
        workspace = find(request)
        running = [{"fraction": one.fraction, "message": one.message} for one in list(workspace.work)]
        return json_answer({"ahead": scheduler.ahead(workspace.token), "running": running[-1] if running else None})

    async def stop(request: Request) -> Response:
        """What a tab does ends at its next `Page.progress`, and what waits is given up."""
        workspace = find(request)
        workspace.cancelled.set()
        scheduler.stop(workspace.token)
        return Response(status_code=204)

    async def stop_opening(request: Request) -> Response:
        """The photo or model that is being opened does not come any more; answers with what there is."""
        workspace = find(request)
        workspace.opening += 1
        workspace.take_turn()
        scheduler.stop(workspace.token, PHOTO)
        return json_answer(workspace.to_json())

    here = f"{PREFIX}/workspaces/{{workspace}}"
    table: list[tuple[str, str, Handler]] = [
        ("GET", f"{here}/work", look),
        ("POST", f"{here}/stop", stop),
        ("POST", f"{here}/stop/opening", stop_opening),
    ]
    return [Route(path, guarded(handler, models), methods=[method]) for method, path, handler in table]
