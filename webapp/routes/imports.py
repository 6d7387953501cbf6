"""The route of files that are dropped beside the photo: annotations in any format, or pictures of masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sam import PromptError
from sam.formats import Format
from sam.io.json_text import parse_json

from ..images.import_objects import import_objects
from ..scheduler import PHOTO, Scheduler
from ..workspace.registry import Workspaces
from .requests import MAX_UPLOAD, PREFIX, guarded, json_answer, read_body

if TYPE_CHECKING:
    from ..models.offered import Models

_MOST_FILES = 1000


def make_import_routes(
    workspaces: Workspaces, models: Models, formats: Sequence[Format] = (), scheduler: Scheduler | None = None
) -> list[Route]:
    """For `demo.launch(app_kwargs={"routes": ...})`, beside those of `make_routes` and with the same scheduler;
    `formats` are those of plugins.
    """
    line = scheduler or Scheduler()

    async def add(request: Request) -> Response:
        """The body: a JSON list of [name, bytes], a line end, then the files one after the other."""
        workspace = workspaces.get(request.path_params["workspace"])
        files = split_files(await read_body(request, MAX_UPLOAD))
        args = workspace, files, formats
        found = await line.run(workspace.token, import_objects, *args, lane=PHOTO, gone=request.is_disconnected)
        return json_answer({**workspace.to_json(), "added": list(found.added), "notes": list(found.notes)})

    path = f"{PREFIX}/workspaces/{{workspace}}/import"
    return [Route(path, guarded(add, models), methods=["POST"])]


def split_files(body: bytes) -> dict[str, bytes]:
    """Files by name, of one body.

    Raises:
        PromptError: not that.
    """
    head, _, rest = body.partition(b"\n")
    try:
        listed = [(str(name), int(size)) for name, size in parse_json(head, "The request")]
    except (TypeError, ValueError, OverflowError) as error:
        raise PromptError("The request is not a list of files.") from error
    if not 0 < len(listed) <= _MOST_FILES or any(size < 0 for _, size in listed):
        raise PromptError(f"Expected 1 to {_MOST_FILES} files, got {len(listed)}.")
    if sum(size for _, size in listed) != len(rest):
        raise PromptError("The files did not arrive whole. Drop them again.")
    found: dict[str, bytes] = {}
    at = 0
    for name, size in listed:
        if name in found:
            raise PromptError(f"Two of these files are called {name[:80]}. Drop them one after the other.")
        found[name] = rest[at : at + size]
        at += size
    return found
