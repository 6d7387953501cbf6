"""Routes of what a tool has made and the visitor looks at on the stage: pictures and proposals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sam import PromptError

from ..images import download, encode
from ..workspace import results
from ..workspace.keep import class_of
from ..workspace.registry import Workspaces
from ..workspace.workspace import Workspace
from .requests import PREFIX, PRIVATE, Handler, download_answer, guarded, json_answer, read_fields

if TYPE_CHECKING:
    from ..models.offered import Models

FORMATS = {"png": "image/png", "webp": "image/webp", "tiff": "image/tiff"}


def make_result_routes(workspaces: Workspaces, models: Models) -> list[Route]:
    """For `demo.launch(app_kwargs={"routes": ...})`, beside those of `make_routes`."""

    def find(request: Request) -> tuple[Workspace, str]:
        return workspaces.get(request.path_params["workspace"]), request.path_params["result"]

    async def picture(request: Request) -> Response:
        """One of the pictures, or the part of it that is not as in the photo, as large as a screen needs it."""
        shown, pixels = results.find_shown(*find(request), _place(request))
        if "part" in request.query_params:
            x0, y0, x1, y1 = shown.focus
            pixels = pixels[y0:y1, x0:x1]
        data, mime = await run_sync(encode.rendition, pixels)
        return Response(data, media_type=mime, headers=PRIVATE)

    async def file(request: Request) -> Response:
        shown, pixels = results.find_shown(*find(request), _place(request))
        kind = request.query_params.get("kind") or shown.file.rpartition(".")[2] or "png"
        if kind not in FORMATS:
            raise PromptError(f"kind: expected one of {', '.join(FORMATS)}, got {kind[:20]!r}.")
        stem = shown.file.rpartition(".")[0] or shown.file or "picture"
        name = f"{stem}.{kind}"
        whole = pixels.shape[:2] == shown.picture.size_hw
        window = None if whole else shown.window
        data = await run_sync(download.picture_file, shown.picture, pixels, name, window)
        return download_answer(data, name, FORMATS[kind])

    async def apply(request: Request) -> Response:
        workspace, result = find(request)
        choice = (await read_fields(request)).get("choice", 0)
        await run_sync(results.apply, workspace, result, choice)
        return json_answer(workspace.to_json())

    async def discard(request: Request) -> Response:
        results.withdraw(*find(request))
        return Response(status_code=204)

    async def outlines(request: Request) -> Response:
        proposed = results.find_proposed(*find(request))
        return json_answer({"proposals": await run_sync(proposed.outlines)})

    async def take(request: Request) -> Response:
        workspace, result = find(request)
        fields = await read_fields(request)
        added = await run_sync(results.take, workspace, result, fields.get("rows"), class_of(workspace, fields))
        return json_answer({**workspace.to_json(), "added": added})

    here = f"{PREFIX}/workspaces/{{workspace}}/results/{{result}}"
    table: list[tuple[str, str, Handler]] = [
        ("GET", f"{here}/pictures/{{choice}}", picture),
        ("GET", f"{here}/pictures/{{choice}}/file", file),
        ("POST", f"{here}/apply", apply),
        ("DELETE", here, discard),
        ("GET", f"{here}/outlines", outlines),
        ("POST", f"{here}/take", take),
    ]
    return [Route(path, guarded(handler, models), methods=[method]) for method, path, handler in table]


def _place(request: Request) -> Any:
    text = request.path_params["choice"]
    return int(text) if text.isdecimal() and len(text) < 4 else text
