"""Requests and answers of our routes: bodies up to a limit, JSON fields, and every failure as a sentence."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from sam import ModelUnavailable, SamError
from sam.errors import GpuQuotaExceeded, OutOfMemory
from sam.io.json_text import parse_json
from sam.runtime.gpu_seconds import receipts
from sam.runtime.out_of_memory import enough_memory

from ..components.gradio_internals import on_behalf_of
from ..scheduler import BusyError, GoneError
from ..visitors.uploads import MAX_UPLOAD as MAX_UPLOAD
from ..visitors.uploads import TooLargeError
from ..workspace.answers import AnswerGoneError
from ..workspace.workspace import SupersededError, WorkspaceGoneError

if TYPE_CHECKING:
    from ..models.offered import Models

PREFIX = "/gradio_api/sam_studio"
MAX_JSON = 1 << 20

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
PRIVATE = {"Cache-Control": "private, max-age=86400, immutable"}
NEVER = {"Cache-Control": "no-store"}

_log = logging.getLogger("sam_studio")

Handler = Callable[[Request], Awaitable[Response]]


_STATUS: dict[type[SamError], int] = {
    AnswerGoneError: 404,
    SupersededError: 409,
    WorkspaceGoneError: 410,
    TooLargeError: 413,
    GpuQuotaExceeded: 429,
    ModelUnavailable: 503,
    OutOfMemory: 503,
    BusyError: 503,
    GoneError: 499,
}


def guarded(handler: Handler, models: Models) -> Handler:
    """A way in for visitors: every failure becomes a sentence; what nobody foresaw goes to the log, not to the page."""

    async def visited(request: Request) -> Response:
        with models.visiting():
            return await answer(request)

    async def answer(request: Request) -> Response:
        # A lent GPU is lent to whoever asks, and Gradio's own events alone say who that is.
        on_behalf_of(request)
        with receipts() as leases:
            found = await sentence(request)
        if leases:
            found.headers["X-GPU-Seconds"] = f"{sum(one.seconds for one in leases):.2f}"
        return found

    async def sentence(request: Request) -> Response:
        try:
            with enough_memory("for this"):
                return await handler(request)
        except SamError as error:
            return json_answer({"error": str(error)}, refusal_status(error))
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception:
            _log.exception("%s %s failed", request.method, request.url.path.rpartition("/")[2])
            return json_answer({"error": "Something went wrong on the server. Your work is kept; try again."}, 500)

    return visited


def refusal_status(error: SamError) -> int:
    """The HTTP status of a refusal, the same at the page's routes and at the API's."""
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 400)


def json_answer(value: Any, status: int = 200) -> Response:
    return JSONResponse(value, status, headers=NEVER)


def download_answer(data: bytes, name: str, mime: str = "image/png") -> Response:
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return Response(data, media_type=mime, headers={**NEVER, "Content-Disposition": disposition})


async def read_body(request: Request, limit: int) -> bytes:
    too_large = TooLargeError(f"The file is larger than {limit >> 20} MB. Make it smaller, then try again.")
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise too_large
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > limit:
            raise too_large
    return bytes(data)


async def read_fields(request: Request, limit: int = MAX_JSON) -> dict[str, Any]:
    fields = parse_json(await read_body(request, limit), "The request", SamError)
    if not isinstance(fields, dict):
        raise SamError("The request is not a JSON object.")
    return fields
