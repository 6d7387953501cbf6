"""The flags of `sam-studio`, which `python app.py` takes as well."""

from __future__ import annotations

import pytest

from webapp.main import check_model, main, read_arguments


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


@pytest.mark.parametrize("port", ["99999", "-1", "0", "abc", "", "70 00", "\u0663"])
@pytest.mark.parametrize("by", ["flag", "variable"])
def test_ports_that_are_none_are_refused_at_the_start(port, by, monkeypatch, capsys):
    if by == "variable":
        monkeypatch.setenv("SAM_STUDIO_PORT", port or " ")
    with pytest.raises(SystemExit):
        read_arguments([] if by == "variable" else [f"--port={port}"])
    assert "expected a whole number from 1 to 65535" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["no-such-model", "/no/such/folder", "./none.pth"])
def test_a_model_that_is_none_is_refused_at_the_start(name, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--model", name])
    err = capsys.readouterr().err
    assert ended.value.code == 2
    assert err.startswith("--model, or SAM_STUDIO_MODEL: There is no ")


def test_models_that_can_be_asked_for_are_taken():
    for name in ("", "nano", "sam2.1-tiny", "facebook/sam-vit-base"):
        check_model(name)
