"""The flags of `sam-studio`, which `python app.py` takes as well."""

from __future__ import annotations

import pytest

from webapp.main import read_arguments


@pytest.mark.parametrize(
    ("env", "argv", "expected"),
    [
        ({}, [], ["127.0.0.1", 7860, ""]),
        ({"GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": "7000"}, [], ["0.0.0.0", 7000, ""]),
        ({"GRADIO_SERVER_PORT": "7000", "SAM_STUDIO_PORT": "7001", "SAM_STUDIO_HOST": "::1"}, [], ["::1", 7001, ""]),
        ({"SAM_STUDIO_PORT": "7001"}, ["--port", "7002", "--host", "h", "--model", "m"], ["h", 7002, "m"]),
    ],
)
def test_flags_win_over_variables(monkeypatch, env, argv, expected):
    for name in ("SAM_STUDIO_HOST", "SAM_STUDIO_PORT", "SAM_STUDIO_MODEL", "GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    arguments = read_arguments(argv)
    assert [arguments.host, arguments.port, arguments.model] == expected
