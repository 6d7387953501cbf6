"""The border to Gradio's own routes: what they raise at a request that does not fit becomes a sentence.

Gradio reads a request before any event of ours begins: an unknown endpoint, or JSON that is not what it expects, makes
it raise its own errors, Python's or pydantic's, and the client gets a bare 500. Events end in `Studio.process_api`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from starlette.responses import JSONResponse

_log = logging.getLogger("sam_studio")

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

_refusals: ContextVar[dict[str, int] | None] = ContextVar("sam_studio_refusals", default=None)

# What Gradio says of parameters that are unknown, twice there or missing.
_PARAMETER = re.compile(r"(?:Parameter `[^`]{1,80}`|No value provided for required argument: \w+)[^.]{0,80}\.?")
_UNREADABLE = "This request cannot be read. GET /gradio_api/info says what each endpoint takes."


def note_refusal(status: int = 400) -> None:
    """What is being asked for is refused in a sentence: no failure of the server, though Gradio answers 500."""
    refused = _refusals.get()
    if refused is not None:
        refused["status"] = status


class Sentences:
    """ASGI middleware: a request that Gradio's own routes fall over is answered in a sentence, not by a bare 500."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, streams, refused = False, False, dict[str, int]()
        _refusals.set(refused)

        async def sending(message: Any) -> None:
            nonlocal begun, streams
            begun = True
            streams = streams or (b"content-type", b"text/event-stream") in [
                (name.lower(), value.partition(b";")[0]) for name, value in message.get("headers", ())
            ]
            if refused and message.get("status") == 500:
                message = {**message, **refused}
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception as error:
            if begun and not streams:
                raise
            if begun:  # Gradio has said what is wrong, and raises it as well: an event that is not there
                _log.warning("%s %s: %s", scope["method"], scope["path"], error.__cause__ or error)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                return
            status, sentence = _refuse(error)
            _log.warning("%s %s: %s (%s)", scope["method"], scope["path"], error, type(error).__name__)
            await JSONResponse({"error": sentence, "detail": sentence}, status)(scope, receive, send)


def _refuse(error: Exception) -> tuple[int, str]:
    """(status, sentence) for what a route of Gradio's raised."""
    if isinstance(error, KeyError) or type(error).__name__ == "FnIndexInferError":
        return 404, "There is no such endpoint. GET /gradio_api/info lists them."
    if isinstance(error, TypeError) and (found := _PARAMETER.match(str(error))):
        return 400, f"{found[0]} GET /gradio_api/info says what each endpoint takes."
    if isinstance(error, (ValueError, TypeError, AttributeError, RecursionError, LookupError)):
        return 400, _UNREADABLE
    return 500, "Something went wrong on the server. Try again."
