"""Routes of editing outlines: the vertices of an object, and the mask that follows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..workspace.outline import move_outline, outline_of
from ..workspace.registry import Workspaces
from .requests import PREFIX, Handler, guarded, json_answer, read_fields

if TYPE_CHECKING:
    from ..models.offered import Models


def make_outline_routes(workspaces: Workspaces, models: Models) -> list[Route]:
    """For `demo.launch(app_kwargs={"routes": ...})`, beside those of `make_routes`."""
    limiter = CapacityLimiter(2)

    async def look(request: Request) -> Response:
        (item,) = workspaces.get(request.path_params["workspace"]).objects([request.path_params["object"]])
        found = await run_sync(outline_of, item.rle, limiter=limiter)
        return json_answer({"mask": item.mask_key, **found.to_json()})

    async def move(request: Request) -> Response:
        workspace, fields = workspaces.get(request.path_params["workspace"]), await read_fields(request)
        args = workspace, str(fields.get("picture")), request.path_params["object"], fields
        await run_sync(move_outline, *args, limiter=limiter)
        return json_answer(workspace.to_json())

    path = f"{PREFIX}/workspaces/{{workspace}}/objects/{{object}}/outline"
    table: list[tuple[str, Handler]] = [("GET", look), ("POST", move)]
    return [Route(path, guarded(handler, models), methods=[method]) for method, handler in table]
