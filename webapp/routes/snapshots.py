"""Routes of what a visitor's browser keeps of their work, and brings back when the workspace is gone."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sam import ImageError, PromptError
from sam.io.json_text import parse_json

from ..images import encode
from ..images.examples import list_examples
from ..scheduler import PHOTO, TOOL, Scheduler
from ..workspace.picture import Picture
from ..workspace.registry import Workspaces
from ..workspace.snapshot import bring_back, source_of, take_snapshot
from ..workspace.workspace import KEPT_PICTURES
from .requests import MAX_UPLOAD, NEVER, PREFIX, Handler, guarded, json_answer, read_body, read_fields

if TYPE_CHECKING:
    from ..models.offered import Models

MAX_FIELDS = 32 << 20
"""Bytes of one picture's objects and versions."""
_MOST_KEYS = 20_000


_PARTS: dict[str, Callable[[Picture], bytes]] = {
    "lossless.png": lambda picture: encode.png(picture.image, level=1),
    "alpha.png": lambda picture: b"" if picture.alpha is None else encode.png(picture.alpha),
    "source": source_of,
}


def make_snapshot_routes(workspaces: Workspaces, models: Models, scheduler: Scheduler | None = None) -> list[Route]:
    """For `demo.launch(app_kwargs={"routes": ...})`, beside those of `make_routes` and with the same scheduler."""
    line = scheduler or Scheduler()

    async def leave(request: Request) -> Response:
        """The page goes away, and may be loaded again: work for it ends, what it has stays a while."""
        token = request.path_params["workspace"]
        await run_sync(workspaces.leave, token)
        line.stop(token, PHOTO)
        line.stop(token, TOOL)
        return Response(status_code=204)

    async def snapshot(request: Request) -> Response:
        workspace, fields = workspaces.get(request.path_params["workspace"]), await read_fields(request)
        ids, have = _texts(fields, "pictures", KEPT_PICTURES), _texts(fields, "have", _MOST_KEYS)
        return json_answer(await run_sync(take_snapshot, workspace, ids, set(have)))

    async def part(request: Request) -> Response:
        """A picture to the bit, how opaque it is, or the file that it was read from: as `put` takes them."""
        picture = workspaces.get(request.path_params["workspace"]).find_picture(request.path_params["picture"])
        data = await run_sync(_PARTS[request.url.path.rpartition("/")[2]], picture)
        return Response(data, media_type="application/octet-stream", headers=NEVER)

    async def put(request: Request) -> Response:
        """One picture of a snapshot: a header as in `encode.frame`, then the picture, its source and its alpha."""
        workspace = workspaces.get(request.path_params["workspace"])
        file: Any
        fields, image, file, opaque = unpack_files(await read_body(request, MAX_FIELDS + MAX_UPLOAD))
        example = fields.get("example")
        if isinstance(example, str):
            file = {one.name: one.path for one in list_examples()}.get(example)
            if file is None:
                raise ImageError("That example photo is not there any more.")
        stage = fields.get("stage") is not False
        args = workspace, fields, image, file, stage, opaque
        await line.run(workspace.token, bring_back, *args, lane=PHOTO, gone=request.is_disconnected)
        await run_sync(workspaces.sweep)
        if stage:
            models.encoded(workspace.picture)
        return json_answer(workspace.to_json())

    here = f"{PREFIX}/workspaces/{{workspace}}"
    table: list[tuple[str, str, Handler]] = [
        ("POST", f"{here}/leave", leave),
        ("POST", f"{here}/snapshot", snapshot),
        ("PUT", f"{here}/snapshot", put),
        *(("GET", f"{here}/pictures/{{picture}}/{name}", part) for name in _PARTS),
    ]
    return [Route(path, guarded(handler, models), methods=[method]) for method, path, handler in table]


def unpack_files(body: bytes) -> tuple[dict[str, Any], bytes, bytes, bytes]:
    """(fields, picture, source, alpha) of a request.

    Raises:
        PromptError: not that.
    """
    length = struct.unpack_from("<I", body)[0] if len(body) >= 4 else 0
    if not 2 <= length <= min(MAX_FIELDS, len(body) - 4):
        raise PromptError("The request is damaged: expected a header and files.")
    fields = parse_json(body[4 : 4 + length], "The header")
    sizes = fields.get("sizes") if isinstance(fields, dict) else None
    rest = len(body) - 4 - length
    if not isinstance(sizes, list) or len(sizes) != 3 or not all(type(size) is int and size >= 0 for size in sizes):
        raise PromptError("sizes: expected those of three files, in bytes.")
    if sum(sizes) != rest:
        raise PromptError(f"sizes: expected {rest} bytes, got {sum(sizes)}.")
    start = 4 + length
    middle, end = start + sizes[0], start + sizes[0] + sizes[1]
    return fields, body[start:middle], body[middle:end], body[end:]


def _texts(fields: dict[str, Any], name: str, most: int) -> list[str]:
    given = fields.get(name, [])
    if not isinstance(given, list) or len(given) > most or not all(isinstance(one, str) for one in given):
        raise PromptError(f"{name}: expected a list of at most {most} texts.")
    return given
