"""The flags of `sam-studio`, which `python app.py` takes as well."""

from __future__ import annotations

import socket

import pytest

from webapp.main import check_address, check_model, main, read_arguments


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


@pytest.mark.parametrize("content", [b"root:x:0:0", b"", b"PK\x03\x04", b"\x80\x02"])
def test_a_file_that_is_no_model_is_refused_at_the_start(content, tmp_path, capsys):
    (tmp_path / "mine.pth").write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        main(["--model", str(tmp_path / "mine.pth")])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("--model, or SAM_STUDIO_MODEL: ")


def test_a_folder_of_another_kind_of_model_is_refused_at_the_start(tmp_path, capsys):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(SystemExit):
        main(["--model", str(tmp_path)])
    assert "'bert'" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["999.1.1.1", "nowhere.invalid", "fe80::zz", "a b"])
def test_a_host_that_is_none_is_refused_in_one_sentence(host, capsys):
    with pytest.raises(SystemExit) as ended:
        check_address(host, 7860)
    assert ended.value.code == 1
    assert capsys.readouterr().err == (
        f"{host} is no address of this machine: choose another with --host, such as 127.0.0.1.\n"
    )


def test_a_port_that_is_taken_is_refused_in_one_sentence(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit):
            check_address("127.0.0.1", port)
    assert capsys.readouterr().err == (
        f"Port {port} of 127.0.0.1 is taken, or may not be used: choose another with --port.\n"
    )


def test_models_that_can_be_asked_for_are_taken():
    for name in ("", "nano", "sam2.1-tiny", "facebook/sam-vit-base"):
        check_model(name)
