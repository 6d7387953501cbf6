"""The whole app as a visitor meets it: nobody may manage models, and nothing is fetched."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def stranger(tmp_path_factory) -> Iterator[object]:
    from plugins import load_plugins
    from webapp.studio import build_studio

    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("SAM_STUDIO_")]:
            patch.delenv(name)
        patch.setenv("SAM_STUDIO_FETCH", "off")
        patch.setenv("SAM_STUDIO_MANAGE", "off")
        patch.setenv("SAM_STUDIO_RUNTIME", "off")
        patch.setenv("SAM_STUDIO_MODELS_DIR", str(tmp_path_factory.mktemp("the owners models")))
        demo = build_studio(host=load_plugins())
        demo.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True)
        yield demo
        demo.close()
        demo.workspaces.close_all()


@pytest.fixture
def looked_up(monkeypatch) -> list[str]:
    """Names of hosts that anything in this process looks up, loopback apart."""
    names: list[str] = []
    real = socket.getaddrinfo

    def counted(host, *args, **options):
        name = host.decode() if isinstance(host, bytes) else host
        if name not in (None, "localhost", "127.0.0.1", "::1", "0.0.0.0"):
            names.append(name)
            raise socket.gaierror(f"no look-ups here: {name}")
        return real(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", counted)
    return names


@pytest.fixture
def photo(tmp_path, png) -> Path:
    path = tmp_path / "disk.png"
    path.write_bytes(png)
    return path
