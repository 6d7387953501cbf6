"""The end of an event stream: one write for the result and for the message that closes it."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading

import httpx
import pytest

from webapp.endpoints.event_stream import EndsTogether

from .test_border import photo, points_in, server  # noqa: F401 - fixtures

RESULT, CLOSE = b'data: {"msg":"process_completed"}\n\n', b'data: {"msg":"close_stream"}\n\n'


def sent(chunks, path="/gradio_api/queue/data", pause=None):
    """Bodies as they go out; before chunk `pause` the app waits for something."""
    bodies = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number, chunk in enumerate(chunks):
            if number == pause:
                await asyncio.sleep(0.01)
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def send(message):
        if message["type"] == "http.response.body":
            bodies.append(message["body"])

    asyncio.run(EndsTogether(app)({"type": "http", "path": path}, None, send))
    return [body for body in bodies if body]


@pytest.mark.parametrize(
    ("chunks", "pause", "expected"),
    [
        ([b"data: 1\n\n", RESULT, CLOSE], None, [b"data: 1\n\n", RESULT + CLOSE]),
        ([RESULT, CLOSE], 1, [RESULT, CLOSE]),  # an app that waits in between has its result sent at once
        ([RESULT, b"data: 2\n\n", CLOSE], 1, [RESULT, b"data: 2\n\n", CLOSE]),
        ([RESULT], None, [RESULT]),
        ([b"data: 1\n\n"], None, [b"data: 1\n\n"]),
    ],
)
def test_a_result_goes_with_what_closes_the_stream(chunks, pause, expected):
    assert sent(chunks, pause=pause) == expected


def test_other_answers_go_as_they_come():
    assert sent([RESULT, CLOSE], path="/gradio_api/call/x/1") == [RESULT, CLOSE]


def test_the_client_goes_on_after_a_result_however_slowly_it_reads(server, photo, monkeypatch):  # noqa: F811
    """Gradio's client, whose reader is held up after each piece until the next call has been asked for."""
    from gradio_client import Client

    asked = threading.Event()
    real_pieces, real_ask = httpx.Response.iter_bytes, Client.send_data

    def pieces(self, *args, **options):
        for piece in real_pieces(self, *args, **options):
            yield piece
            if b"process_completed" in piece:
                asked.clear()
                asked.wait(10)

    def ask(self, *args, **options):
        try:
            return real_ask(self, *args, **options)
        finally:
            asked.set()

    monkeypatch.setattr(httpx.Response, "iter_bytes", pieces)
    monkeypatch.setattr(Client, "send_data", ask)
    client = Client(server.removesuffix("/gradio_api"), verbose=False)
    try:
        for _ in range(3):
            job = client.submit(image=photo, points=[[30, 30]], api_name="/points_in")
            try:
                assert job.result(60)
            except concurrent.futures.CancelledError:
                pytest.fail("the client gave up what it had asked for")
    finally:
        asked.set()
        client.close()
