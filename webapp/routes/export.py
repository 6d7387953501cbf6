"""Routes of the Export dialog: files in any format, previews, and what a format loses, said before it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sam import PromptError
from sam.formats import Format, Options, Shape, find_format, list_formats, loss

from ..images import export
from ..workspace.classes import ClassList
from ..workspace.picture import Picture, StudioObject
from ..workspace.registry import Workspaces
from .requests import NEVER, PREFIX, Handler, download_answer, guarded, json_answer

if TYPE_CHECKING:
    from ..models.offered import Models

_OUTLINES = (Shape.HOLES, Shape.PARTS, Shape.SINGLE)


def make_export_routes(workspaces: Workspaces, models: Models, formats: Sequence[Format] = ()) -> list[Route]:
    """For `demo.launch(app_kwargs={"routes": ...})`, beside those of `make_routes`; `formats` are those of plugins."""

    def chosen(request: Request) -> tuple[Picture, list[StudioObject]]:
        """The photo, and the objects that are named, else those that are visible."""
        workspace = workspaces.get(request.path_params["workspace"])
        ids = [part for part in request.query_params.get("objects", "").split(",") if part]
        return workspace.current(), workspace.objects(ids or None) if ids or workspace.current().objects else []

    def classes(request: Request) -> ClassList:
        return workspaces.get(request.path_params["workspace"]).classes.now

    async def picture(request: Request) -> Response:
        query, (photo, items) = request.query_params, chosen(request)
        what, kind, edge = query.get("what", "cutout"), query.get("kind", "png"), _number(request, "edge")
        trim = query.get("trim") == "1"
        data = await run_sync(export.make_picture, photo, items, what, kind, edge, trim)
        return download_answer(data, f"{what}.{kind}", export.KINDS[kind])

    async def preview(request: Request) -> Response:
        query, (photo, items) = request.query_params, chosen(request)
        what, part, edge = query.get("what", "cutout"), query.get("part", "whole"), _number(request, "edge")
        data = await run_sync(export.make_preview, photo, items, what, edge, part)
        return Response(data, media_type="image/png", headers=NEVER)

    async def known(request: Request) -> Response:
        rows = [
            {"name": one.name, "title": one.title, "suffix": one.suffix, "outlines": one.shape in _OUTLINES}
            for one in list_formats(formats)
            if one.write is not None and not one.archive
        ]
        return json_answer({"formats": rows})

    async def lost(request: Request) -> Response:
        photo, items = chosen(request)
        format, options, listed = _format(request, formats), _options(request), classes(request)

        def judge() -> dict[str, Any]:
            found = loss(export.to_annotations(photo, items, classes=listed), format, options)
            return {"loss": found.sentences(), "nothing": found.nothing, "objects": found.objects}

        return json_answer(await run_sync(judge))

    async def annotations(request: Request) -> Response:
        photo, items = chosen(request)
        args = photo, items, _format(request, formats), _options(request), classes(request)
        data, name = await run_sync(export.make_annotations, *args)
        return download_answer(data, name, "application/octet-stream")

    here = f"{PREFIX}/workspaces/{{workspace}}"
    table: list[tuple[str, str, Handler]] = [
        ("GET", f"{here}/export/picture", picture),
        ("GET", f"{here}/export/preview", preview),
        ("GET", f"{here}/export/formats", known),
        ("GET", f"{here}/export/loss", lost),
        ("GET", f"{here}/export/objects", annotations),
    ]
    return [Route(path, guarded(handler, models), methods=[method]) for method, path, handler in table]


def _format(request: Request, formats: Sequence[Format]) -> Format:
    return find_format(request.query_params.get("format", ""), formats)


def _options(request: Request) -> Options:
    return Options(_number(request, "tolerance"), request.query_params.get("photos") == "1")


def _number(request: Request, name: str) -> float:
    """A number of pixels from 0 to `MAX_EDGE`.

    Raises:
        PromptError: none.
    """
    text = request.query_params.get(name, "0")
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= export.MAX_EDGE:
        raise PromptError(f"{name}: expected 0 to {export.MAX_EDGE:g} pixels, got {text[:20]!r}.")
    return value
