"""Bodies, JSON fields and failures of our routes, asked over HTTP."""

from __future__ import annotations

import pytest
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from sam import ModelUnavailable, PromptError, SamError
from sam.errors import GpuQuotaExceeded, GpuUnavailable, OutOfMemory
from sam.runtime.gpu_seconds import Receipt, file_receipt
from tests.present import present
from webapp.models.offered import Models
from webapp.routes.requests import MAX_JSON, download_answer, guarded, json_answer, read_body, read_fields
from webapp.workspace.answers import AnswerGoneError
from webapp.workspace.workspace import SupersededError, WorkspaceGoneError


def client(handler) -> TestClient:
    routes = [Route("/", guarded(handler, Models()), methods=["GET", "POST"])]
    return TestClient(Starlette(routes=routes), raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (PromptError, 400),
        (SamError, 400),
        (lambda _: WorkspaceGoneError(), 410),
        (lambda _: SupersededError(), 409),
        (lambda _: AnswerGoneError(), 404),
        (ModelUnavailable, 503),
        (GpuUnavailable, 503),
        (GpuQuotaExceeded, 429),
        (OutOfMemory, 503),
    ],
)
def test_our_errors_are_sentences_with_a_status(kind, status):
    async def handler(request: Request) -> Response:
        raise kind("This went wrong: do that.")

    answer = client(handler).get("/")
    assert answer.status_code == status
    assert answer.json() == {"error": str(kind("This went wrong: do that."))}


def test_what_nobody_foresaw_says_nothing_of_the_server():
    async def handler(request: Request) -> Response:
        raise RuntimeError("/srv/secret/weights.bin")

    answer = client(handler).get("/")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json()["error"].startswith("Something went wrong")


@pytest.mark.parametrize("chunked", [False, True], ids=["content-length", "chunked"])
def test_a_body_over_the_limit_is_refused(chunked):
    async def handler(request: Request) -> Response:
        return json_answer({"bytes": len(await read_body(request, 1 << 20))})

    def send(count: int):
        data = bytes(count)
        return client(handler).post("/", content=iter([data[:1000], data[1000:]]) if chunked else data)

    assert send(1 << 20).json() == {"bytes": 1 << 20}
    refused = send((1 << 20) + 1)
    assert refused.status_code == 413
    assert "larger than 1 MB" in refused.json()["error"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"3", b"\xff", b'"' + b"x" * MAX_JSON + b'"'])
def test_what_is_no_json_object_is_refused(body):
    async def handler(request: Request) -> Response:
        return json_answer(await read_fields(request))

    assert client(handler).post("/", content=b'{"a": 1}').json() == {"a": 1}
    assert client(handler).post("/", content=body).status_code in (400, 413)


def test_a_download_keeps_its_name():
    async def handler(request: Request) -> Response:
        return download_answer(b"x", 'Grüße "1"/2.png')

    header = client(handler).get("/").headers["content-disposition"]
    assert header == "attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22/2.png"


def test_work_is_done_on_behalf_of_whoever_sent_the_request():
    from gradio.context import LocalContext

    async def handler(request: Request) -> Response:
        def work() -> str:
            # As Hugging Face's package does it, in a thread.
            return present(LocalContext.request.get()).headers.get("x-ip-token")

        return json_answer({"token": await run_sync(work)})

    for token in ("ann", "bob"):
        assert client(handler).get("/", headers={"X-IP-Token": token}).json() == {"token": token}


def test_a_reply_says_for_how_long_it_had_a_gpu():
    async def handler(request: Request) -> Response:
        for seconds in request.query_params.getlist("s"):
            await run_sync(file_receipt, Receipt("encode", 9, float(seconds)))
        if "refused" in request.query_params:
            raise GpuQuotaExceeded("Your GPU time is used up.")
        return json_answer({})

    assert client(handler).get("/?s=1.25&s=0.5").headers["x-gpu-seconds"] == "1.75"
    assert "x-gpu-seconds" not in client(handler).get("/").headers
    refused = client(handler).get("/?s=1&refused=1")
    assert (refused.status_code, refused.headers["x-gpu-seconds"]) == (429, "1.00")
    assert refused.json() == {"error": "Your GPU time is used up."}
