"""Routes of the model manager: one address to look and to act; the reply is always the whole panel."""

from __future__ import annotations

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..models.manager import Manager
from .requests import PREFIX, guarded, json_answer, read_fields


def make_manager_routes(manager: Manager) -> list[Route]:
    """For `demo.launch(app_kwargs={"routes": ...})`, beside those of `make_routes`."""

    async def look(request: Request) -> Response:
        workspace = manager.workspaces.get(request.path_params["workspace"])
        return json_answer(await run_sync(manager.to_json, workspace.token))

    async def act(request: Request) -> Response:
        workspace, fields = manager.workspaces.get(request.path_params["workspace"]), await read_fields(request)
        await run_sync(manager.act, fields, workspace.token)
        return json_answer(await run_sync(manager.to_json, workspace.token))

    # Below a workspace, whose token no other web page knows: a page elsewhere must not make this server download.
    path = f"{PREFIX}/workspaces/{{workspace}}/models"
    ways = (("GET", look), ("POST", act))
    return [Route(path, guarded(handler, manager.models), methods=[method]) for method, handler in ways]
