"""The app starts behind any proxy, and asks itself nothing through one."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from webapp import proxies
from webapp.proxies import WithoutProxy, settle_proxies

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize(
    "address",
    ["http://proxy.example:8080", "proxy.example:8080", "https://me:secret@proxy.example", "http://[::1]:3128"],
)
def test_proxies_that_can_be_used_stay(name, address):
    environ = {name: address}
    assert settle_proxies(environ) == []
    assert environ[name] == address
    assert environ["NO_PROXY"] == "localhost,127.0.0.1,::1"


@pytest.mark.parametrize("name", ["HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize(
    "address", ["foo:bar:baz", "http://me:secret@:x", "quic://a:1", "http://a:99999999", "://", "\x7f"]
)
def test_proxies_that_cannot_be_used_are_taken_out_and_named(name, address):
    environ = {name: address, "OTHER": "x"}
    (note,) = settle_proxies(environ)
    assert note.startswith(f"{name} is not used: it is no proxy's address")
    assert "secret" not in note
    assert name not in environ
    assert environ["OTHER"] == "x"


@pytest.mark.parametrize("kind", ["socks5", "socks5h"])
def test_socks_needs_a_package(kind, monkeypatch):
    environ = {"ALL_PROXY": f"{kind}://127.0.0.1:9"}
    if importlib.util.find_spec("socksio"):
        assert settle_proxies(environ) == []
    monkeypatch.setitem(sys.modules, "socksio", None)
    assert settle_proxies(environ) == [
        "ALL_PROXY is not used: a SOCKS proxy needs the package socksio (pip install -r requirements.txt)."
    ]
    assert "ALL_PROXY" not in environ


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"NO_PROXY": "localhost,127.0.0.1,::1"}),
        ({"NO_PROXY": "intern.example"}, {"NO_PROXY": "intern.example,localhost,127.0.0.1,::1"}),
        ({"NO_PROXY": "*"}, {"NO_PROXY": "*"}),
        ({"NO_PROXY": "localhost, 127.0.0.1,::1"}, {"NO_PROXY": "localhost,127.0.0.1,::1"}),
        (
            {"no_proxy": "a.example"},
            {"no_proxy": "a.example,localhost,127.0.0.1,::1", "NO_PROXY": "localhost,127.0.0.1,::1"},
        ),
    ],
)
def test_this_machine_is_never_asked_through_a_proxy(before, after):
    environ = dict(before)
    settle_proxies(environ)
    assert environ == after


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize(
    ("given", "kept", "notes"),
    [
        ("[::1],10.0.0.0/8", "::1,10.0.0.0/8", 0),
        ("fe80::1,.intern.example,*.example,host:8080,http://a.example", None, 0),
        ("a.example,[::1,b:c,d\x7fe", "a.example", 1),
        (" , ,", "", 0),
    ],
)
def test_what_httpx_cannot_except_is_left_out(name, given, kept, notes, monkeypatch):
    environ = {name: given}
    said = settle_proxies(environ)
    assert len(said) == notes
    known = environ[name].split(",")
    assert set(known) == {*(given if kept is None else kept).split(",")} - {""} | {"localhost", "127.0.0.1", "::1"}
    # It is for this that they are left out.
    monkeypatch.setattr(os, "environ", {"HTTP_PROXY": "http://proxy.example:1", **environ})
    httpx.Client().close()


def test_gradios_question_to_itself_goes_straight(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            for _ in range(2):
                connection, _ = server.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        client = WithoutProxy(httpx)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        assert client.get(url, verify=False, timeout=20).status_code == 200
        assert client.head(url).status_code == 200
        thread.join(20)
        assert client.URL is httpx.URL


def test_notes_go_to_standard_error(capsys):
    proxies.tell(["One.", "Two."])
    assert capsys.readouterr().err == "One.\nTwo.\n"


def start_and_stop(*words: str, **environ: str) -> tuple[int, str, str]:
    """Run the app until it listens: (exit code, standard output, standard error)."""
    kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    code = (
        "import os, runpy, sys\n"
        f"sys.argv = ['app.py', *{list(words)!r}]\n"
        "import webapp.studio\n"
        "import gradio as gr\n"
        "def block(self):\n    print('LISTENS', flush=True)\n    os._exit(0)\n"
        "gr.Blocks.block_thread = block\n"
        "runpy.run_path('app.py', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**kept, "OMP_NUM_THREADS": "1", **environ},
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.returncode, done.stdout, done.stderr


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.mark.slow
@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"},
        {"ALL_PROXY": "socks5://127.0.0.1:9", "HTTP_PROXY": "foo:bar:baz"},
    ],
    ids=["http", "socks and nonsense"],
)
def test_the_app_starts_with_proxies_set(environ):
    code, out, err = start_and_stop("--port", free_port(), **environ)
    assert "LISTENS" in out, err
    assert code == 0
    assert "Traceback" not in err
    assert ("HTTP_PROXY is not used" in err) == ("foo" in environ["HTTP_PROXY"])
