"""Routes of project files: what is open into one, one onto the stage, and its objects by another model."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sam import SamError
from sam.formats import read_project, write_project
from sam.formats.samstudio import SUFFIX

from ..images.examples import list_examples
from ..scheduler import PHOTO, TOOL, Scheduler
from ..workspace.project_file import open_project, save_project
from ..workspace.registry import Workspaces
from ..workspace.replaying import replay_objects, take_replayed
from ..workspace.workspace import Workspace
from .requests import MAX_UPLOAD, PREFIX, Handler, download_answer, guarded, json_answer, read_body, read_fields
from .snapshots import MAX_FIELDS, unpack_files

if TYPE_CHECKING:
    from ..models.offered import Models


def make_project_routes(workspaces: Workspaces, models: Models, scheduler: Scheduler | None = None) -> list[Route]:
    """For `demo.launch(app_kwargs={"routes": ...})`, beside those of `make_routes` and with the same scheduler."""
    line = scheduler or Scheduler()

    async def open_file(request: Request) -> Response:
        """The body is the file; ?photo=ID opens another of its photos."""
        workspace = workspaces.get(request.path_params["workspace"])
        data = await read_body(request, MAX_UPLOAD)
        photo = request.query_params.get("photo", "")[:64]

        def run() -> Any:
            return open_project(workspace, read_project(data), photo, lambda name: _usable(models, name))

        found = await line.run(workspace.token, run, lane=PHOTO, gone=request.is_disconnected)
        await run_sync(workspaces.sweep)
        models.encoded(workspace.picture)
        return json_answer({**workspace.to_json(), "project": found.to_json()})

    async def save(request: Request) -> Response:
        """A header as in `encode.frame`, the photo's file, and the project that it was opened from."""
        workspace = workspaces.get(request.path_params["workspace"])
        fields, photo, project, _ = unpack_files(await read_body(request, MAX_FIELDS + 2 * MAX_UPLOAD))
        example = {one.name: one.path for one in list_examples()}.get(str(fields.get("example")))

        def run() -> bytes:
            return _packed(workspace, fields, photo or example, project)

        data = await line.run(workspace.token, run, lane=PHOTO, gone=request.is_disconnected)
        name = Path(workspace.current().name).stem or "photo"
        return download_answer(data, f"{name}{SUFFIX}", "application/octet-stream")

    async def replay(request: Request) -> Response:
        workspace, fields = workspaces.get(request.path_params["workspace"]), await read_fields(request)
        args = workspace, str(fields.get("picture")), models.check(fields.get("model"))
        found = await line.run(workspace.token, replay_objects, *args, lane=TOOL, gone=request.is_disconnected)
        return json_answer(found)

    async def take(request: Request) -> Response:
        workspace = workspaces.get(request.path_params["workspace"])
        fields = await read_fields(request, MAX_FIELDS)
        args = workspace, str(fields.get("picture")), str(fields.get("model"))[:80], fields.get("objects")
        said = await run_sync(take_replayed, *args)
        return json_answer({**workspace.to_json(), "notes": said})

    here = f"{PREFIX}/workspaces/{{workspace}}"
    table: list[tuple[str, Handler]] = [
        (f"{here}/project/open", open_file),
        (f"{here}/project/save", save),
        (f"{here}/replay", replay),
        (f"{here}/replay/take", take),
    ]
    return [Route(path, guarded(handler, models), methods=["POST"]) for path, handler in table]


def _usable(models: Models, name: str) -> str:
    """The model, if this visitor may use it now; else ""."""
    try:
        return models.check(name)
    except SamError:
        return ""


def _packed(workspace: Workspace, fields: dict[str, Any], photo: Any, project: bytes) -> bytes:
    """The project file; `project` is that which the photo was opened from, b"" for none."""
    made = save_project(
        workspace,
        str(fields.get("picture")),
        photo,
        fields.get("prompts"),
        fields.get("selected"),
        read_project(project) if project else None,
        str(fields.get("photo") or "")[:64],
    )
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / f"project{SUFFIX}"
        write_project(made, place)
        return place.read_bytes()
