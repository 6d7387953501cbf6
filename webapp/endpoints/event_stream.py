"""The end of Gradio's event streams in one piece.

Gradio closes a client's stream with a message of its own after the last result. A client on a busy machine may ask for
the next thing between the two: its new event then counts on a stream that is closed already, and Gradio's Python client
gives it up (`CancelledError`), the page waits for ever. In one write both messages are read together.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STREAM = "/queue/data"
_COMPLETED = b'"msg":"process_completed"'


class EndsTogether:
    """ASGI middleware: a result that ends a stream is sent with the message that closes it.

    Args:
        app: that is asked.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or not scope["path"].endswith(_STREAM):
            await self.app(scope, receive, send)
            return
        stream = _Stream(send)
        try:
            await self.app(scope, receive, stream.send)
        finally:
            await stream.flush()


class _Stream:
    def __init__(self, send: Send) -> None:
        self._send = send
        self._held: dict[str, Any] | None = None
        self._later: asyncio.Task[None] | None = None

    async def send(self, message: Message) -> None:
        """Hold a result back until the next message, or until the app waits for something."""
        if self._held is not None:
            message = {**message, "body": self._held["body"] + message.get("body", b"")}
            self._held = None
        if _COMPLETED in message.get("body", b"") and message.get("more_body"):
            self._held = dict(message)
            # Gradio closes the stream without waiting for anything in between: this comes after that.
            self._later = asyncio.create_task(self.flush())
            return
        await self._send(message)

    async def flush(self) -> None:
        """Send what is held."""
        held, self._held = self._held, None
        if held is not None:
            await self._send(held)
