"""Routes of the class list, and of the classes of objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sam.formats import Files

from ..images.import_objects import import_classes
from ..scheduler import PHOTO, Scheduler
from ..workspace.labels import edit_classes, set_class
from ..workspace.registry import Workspaces
from ..workspace.workspace import Workspace
from .imports import split_files
from .requests import MAX_UPLOAD, PREFIX, Handler, guarded, json_answer, read_body, read_fields

if TYPE_CHECKING:
    from ..models.offered import Models


def make_class_routes(workspaces: Workspaces, models: Models, scheduler: Scheduler | None = None) -> list[Route]:
    """For `demo.launch(app_kwargs={"routes": ...})`, beside those of `make_routes` and with the same scheduler."""
    line = scheduler or Scheduler()

    def find(request: Request) -> Workspace:
        return workspaces.get(request.path_params["workspace"])

    async def change(request: Request) -> Response:
        """See `edit_classes`; the answer is the state with "class", the id of the class."""
        workspace = find(request)
        one = edit_classes(workspace, await read_fields(request))
        return json_answer({**workspace.to_json(), "class": one})

    async def put(request: Request) -> Response:
        """{"classes": as `webapp.workspace.classes.from_json`} of a workspace that is gone, into one without any."""
        workspace = find(request)
        workspace.classes.bring_back((await read_fields(request)).get("classes"))
        return json_answer(workspace.to_json())

    async def add(request: Request) -> Response:
        """The body as that of dropped files: those of a text file, COCO's or YOLO's go to the list."""
        workspace = find(request)
        data = split_files(await read_body(request, MAX_UPLOAD))

        def read() -> str:
            return import_classes(workspace, Files.of(data, next(iter(data))))

        said = await line.run(workspace.token, read, lane=PHOTO, gone=request.is_disconnected)
        return json_answer({**workspace.to_json(), "said": said})

    async def give(request: Request) -> Response:
        """{"picture": id, "objects": [id, ...], "class": id or ""}: objects get a class."""
        workspace, fields = find(request), await read_fields(request)
        set_class(workspace, str(fields.get("picture")), fields.get("objects"), fields.get("class"))
        return json_answer(workspace.to_json())

    here = f"{PREFIX}/workspaces/{{workspace}}/classes"
    table: list[tuple[str, str, Handler]] = [
        ("POST", here, change),
        ("PUT", here, put),
        ("POST", f"{here}/import", add),
        ("POST", f"{here}/give", give),
    ]
    return [Route(path, guarded(handler, models), methods=[method]) for method, path, handler in table]
