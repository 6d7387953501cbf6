"""The gate before Gradio's own routes: which are open, and how much may be sent."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sam import SamError

from .uploads import NoRoomError, TooLargeError, Uploads

CLOSED = (
    "process_recording",
    "vibe-edit",
    "undo-vibe-edit",
    "vibe-code",
    "vibe-starter-queries",
    "run-history",
    "runs",
    "deep_link",
    "monitoring",
    "proxy=",
    "dev/",
    "file=//",
)
"""Gradio's routes that this app has no use for, below /gradio_api or not: they take videos, keep states of pages on the
disk, or fetch what strangers name."""

# file= with a web address makes the server fetch it, whatever SAM_STUDIO_FETCH says. A drive (C:/) is no scheme.
_ELSEWHERE = re.compile(r"file=\s*[a-z][a-z0-9+.-]+:", re.I)
_OURS = "/gradio_api/sam_studio/"
_WITH_BODY = ("POST", "PUT", "PATCH")
MAX_JSON = 32 << 20
"""Bytes of one request in JSON, which takes many times as much room once it is read; pictures go as files."""
_DRAINED = 2 << 30
"""Bytes of a refused request that are taken and thrown away."""


class _OverError(Exception):
    """More was sent than may be."""


class Gate:
    """ASGI middleware.

    Args:
        app: that is asked when all is well.
        uploads: says how much there is room for.
    """

    def __init__(self, app: ASGIApp, uploads: Uploads) -> None:
        self.app = app
        self.uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        # Our own routes have limits of their own.
        if scope["type"] != "http" or _OURS in scope["path"].partition("=")[0]:
            return await self.app(scope, receive, send)
        # A proxy may leave its own prefix in front.
        _, below, rest = scope["path"].partition("/gradio_api/")
        route = (rest if below else scope["path"]).lstrip("/")
        if _ELSEWHERE.match(route):
            return await _answer("This server opens no web addresses here.", 403)(scope, receive, send)
        if route.startswith(CLOSED):
            return await _answer("There is nothing at this address.", 404)(scope, receive, send)
        if scope["method"] not in _WITH_BODY:
            return await self.app(scope, receive, send)
        most = self.uploads.max_bytes if route.startswith("upload") else min(MAX_JSON, self.uploads.max_bytes)
        length = _length(scope)
        try:
            if length is not None and length > most:
                raise _too_large(most)
            self.uploads.check(length)
        except SamError as error:
            await _drain(receive)
            return await _refusal(error, route)(scope, receive, send)
        await self._counting(scope, receive, send, route, most)

    async def _counting(self, scope: Scope, receive: Receive, send: Send, route: str, most: int) -> None:
        """Ask the app, and stop where more comes than was announced."""
        here, begun, ended = 0, False, False

        async def counted() -> Message:
            nonlocal here, ended
            message = await receive()
            ended = not message.get("more_body")
            here += len(message.get("body", b""))
            if here > most:
                raise _OverError
            return message

        async def sending(message: Message) -> None:
            nonlocal begun
            # An app that makes an answer of its own out of our exception must not send it.
            if here > most and not begun:
                raise _OverError
            begun = True
            await send(message)

        try:
            await self.app(scope, counted, sending)
        except BaseException as error:
            if here <= most or begun or not isinstance(error, Exception):
                raise
            if not ended:
                await _drain(receive)
            await _refusal(_too_large(most), route)(scope, receive, send)


def _too_large(most: int) -> TooLargeError:
    advice = "Upload pictures as files." if most == MAX_JSON else "Make it smaller, then try again."
    return TooLargeError(f"This is more than {most >> 20} MB. {advice}")


async def _drain(receive: Receive) -> None:
    """Let the client finish: whoever is still sending does not hear why it is refused."""
    here = 0
    while here < _DRAINED:
        message = await receive()
        here += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return


def _length(scope: Scope) -> int | None:
    headers: Any = dict(scope["headers"])
    announced = headers.get(b"content-length", b"").decode("latin-1")
    return int(announced) if announced.isdecimal() else None


def _refusal(error: SamError, route: str) -> Response:
    status = {TooLargeError: 413, NoRoomError: 507}.get(type(error), 400)
    # Gradio's page shows what an upload is answered as it comes.
    return PlainTextResponse(str(error), status) if route.startswith("upload") else _answer(str(error), status)


def _answer(sentence: str, status: int) -> Response:
    return JSONResponse({"error": sentence, "detail": sentence}, status)
