"""What is sent to Gradio's own routes: how much, and to which."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from webapp.visitors.gate import CLOSED, Gate
from webapp.visitors.uploads import GRACE_S, Uploads

LIMIT = 300 << 10


@pytest.fixture
def uploads(tmp_path) -> Uploads:
    return Uploads(tmp_path / "files", max_bytes=LIMIT)


@pytest.fixture
def client(uploads) -> Iterator[TestClient]:
    async def count(request):
        try:
            size = sum([len(chunk) async for chunk in request.stream()])
        except Exception:  # as FastAPI does, which makes an answer of its own out of it
            return JSONResponse({"detail": "There was an error parsing the body"}, 400)
        return JSONResponse({"size": size})

    routes = [Route("/{path:path}", count, methods=["GET", "POST", "PUT"])]
    with TestClient(Starlette(routes=routes, middleware=[Middleware(Gate, uploads)])) as one:
        yield one


def pieces(size: int) -> Iterator[bytes]:
    """A body whose length is not announced."""
    for _ in range(0, size, 1 << 15):
        yield bytes(1 << 15)


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize(
    "path", ["/gradio_api/upload", "/gradio_api/run/x", "/gradio_api/mcp/", "/app/gradio_api/upload"]
)
def test_too_much_is_refused_announced_or_not(client, path, announced):
    answer = client.post(path, content=bytes(LIMIT + 1) if announced else pieces(LIMIT + (1 << 16)))
    assert answer.status_code == 413
    assert "MB" in answer.text
    assert client.post(path, content=bytes(LIMIT) if announced else pieces(LIMIT - (1 << 16))).status_code == 200


@pytest.mark.parametrize(
    "path", ["/gradio_api/run/x", "/gradio_api/queue/join", "/gradio_api/call/x", "/gradio_api/mcp/"]
)
def test_json_may_be_less_than_a_picture(client, uploads, monkeypatch, path):
    monkeypatch.setattr("webapp.visitors.gate.MAX_JSON", 1 << 16)
    for body in (bytes((1 << 16) + 1), pieces(LIMIT - (1 << 16))):
        answer = client.post(path, content=body)
        assert (answer.status_code, answer.json()["error"][-25:]) == (413, "Upload pictures as files.")
    assert client.post("/gradio_api/upload", content=bytes(LIMIT)).status_code == 200


def test_our_own_routes_have_limits_of_their_own(client):
    assert client.post("/gradio_api/sam_studio/x", content=bytes(LIMIT + 1)).status_code == 200


@pytest.mark.parametrize("route", CLOSED)
def test_what_nobody_needs_is_closed(client, route):
    for path in (f"/gradio_api/{route}", f"/gradio_api/{route}x", f"/x/gradio_api/{route}"):
        assert client.get(path).status_code in (403, 404)
        assert client.post(path, content=b"{}").status_code in (403, 404)


@pytest.mark.parametrize(
    "address", ["http://a.b/c", "HTTPS://a.b", "ftp://a.b", "file:///etc/passwd", " http://a.b", "//a.b/c"]
)
def test_the_server_opens_no_address_for_a_link(client, address):
    assert client.get(f"/gradio_api/file={address}").status_code in (403, 404)


@pytest.mark.parametrize("path", ["/tmp/x/a.png", "C:/x/a.png", "C:\\x\\a.png", "a b.png"])
def test_files_of_the_app_are_handed_out(client, path):
    assert client.get(f"/gradio_api/file={path}").status_code == 200


# The real server


def multipart(size: int) -> tuple[bytes, dict]:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
        + bytes(size)
        + b"\r\n--x--\r\n"
    )
    return body, {"Content-Type": "multipart/form-data; boundary=x"}


def ask(demo, body: object, headers: dict) -> tuple[int, str]:
    request = urllib.request.Request(f"{demo.local_url}gradio_api/upload", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.parametrize("announced", [True, False])
def test_gradios_upload_takes_no_more_and_leaves_nothing_behind(stranger, monkeypatch, announced):
    monkeypatch.setattr(stranger.uploads, "max_bytes", LIMIT)
    before = {path.name for path in stranger.uploads.folder.rglob("*")}
    body, headers = multipart(8 << 20)  # more than fits into the buffers between the two
    sending = body if announced else iter([body[at : at + 4096] for at in range(0, len(body), 4096)])
    status, said = ask(stranger, sending, headers)
    assert (status, "MB" in said) == (413, True)
    stranger.uploads.sweep(10**9)
    assert {path.name for path in stranger.uploads.folder.rglob("*") if path.is_file()} <= before
    assert ask(stranger, *multipart(1000))[0] == 200


def test_gradios_upload_has_a_share_of_the_disk(stranger, monkeypatch):
    monkeypatch.setattr(stranger.uploads, "share", 0.0)
    status, said = ask(stranger, *multipart(8 << 20))
    assert (status, "no room" in said) == (507, True)


@pytest.mark.slow
def test_an_upload_goes_when_its_session_is_over(stranger, photo):
    from gradio_client import Client, handle_file

    uploads = stranger.uploads
    before = set(uploads.folder.rglob("*"))
    client = Client(stranger.local_url, verbose=False)
    client.predict(image=handle_file(str(photo)), points=[[30, 30]], api_name="/points_to_masks")
    sent = {path for path in set(uploads.folder.rglob("*")) - before if path.is_file()}
    assert sent
    assert uploads.sessions[client.session_hash] == {str(path) for path in sent}
    uploads.sweep(time.monotonic() + GRACE_S + 1)
    assert all(path.exists() for path in sent)
    client.close()
    deadline = time.monotonic() + 120
    while client.session_hash in uploads.sessions:  # the server hears of it by the heartbeat that ends
        assert time.monotonic() < deadline
        time.sleep(0.1)
    uploads.sweep(time.monotonic() + GRACE_S + 1)
    assert not any(path.exists() for path in sent)
