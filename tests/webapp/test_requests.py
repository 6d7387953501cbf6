from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

import sam
from webapp.routes.requests import MAX_JSON, TooLargeError, download_answer, guarded, json_answer, read_fields
from webapp.workspace.answers import AnswerGoneError
from webapp.workspace.workspace import SupersededError, WorkspaceGoneError


def client(handler) -> TestClient:
    return TestClient(Starlette(routes=[Route("/", guarded(handler), methods=["POST"])]))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (sam.PromptError("No."), 400),
        (AnswerGoneError(), 404),
        (SupersededError(), 409),
        (WorkspaceGoneError(), 410),
        (TooLargeError("No."), 413),
        (sam.ModelUnavailable("No."), 503),
        (MemoryError(), 503),
        (RuntimeError("secret"), 500),
    ],
)
def test_every_failure_is_a_sentence_with_its_status(error, status):
    async def fails(request) -> Response:
        raise error

    answer = client(fails).post("/")
    assert answer.status_code == status
    assert answer.json()["error"].endswith(".")
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"a": 1}', 200),
        (b"", 400),
        (b"[1]", 400),
        (b"nonsense", 400),
        (b"\xff\xfe", 400),
        (b" " * MAX_JSON + b"{}", 413),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(content, status):
    async def echo(request) -> Response:
        return json_answer(await read_fields(request))

    answer = client(echo).post("/", content=content)
    assert answer.status_code == status
    assert answer.headers["cache-control"] == "no-store"


def test_a_file_keeps_its_name_in_any_script():
    reply = download_answer(b"png", 'наклейка "1".png')
    assert "UTF-8''%D0%BD" in reply.headers["content-disposition"]
