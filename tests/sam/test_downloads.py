"""Downloads from a small hub on this machine, which can be told to misbehave."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from huggingface_hub import constants

from sam import Cancelled, ModelUnavailable
from sam.downloads import delete, download
from sam.spec import ModelSpec, local_files

WEIGHTS = bytes(range(256)) * 4096
SPEC = ModelSpec("tiny", "sam", "Tiny", "Apache-2.0", len(WEIGHTS), "acme/tiny")
ONE_FILE = ModelSpec("one", "mobile_sam", "One", "Apache-2.0", len(WEIGHTS), "acme/one", file="one.pt")


class Hub(ThreadingHTTPServer):
    """Two models; `cut` bytes of a file are sent before the connection breaks, `status` answers instead."""

    def __init__(self) -> None:
        self.files = {
            "acme/tiny": {"config.json": b'{"model_type": "sam"}', "model.safetensors": WEIGHTS, "README.md": b"x"},
            "acme/one": {"one.pt": WEIGHTS},
        }
        self.cut = 0
        self.status = 0
        self.ranges: list[str] = []
        self.lie = False
        super().__init__(("127.0.0.1", 0), _Answers)


class _Answers(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        parts = self.path.split("?")[0].strip("/").split("/")
        if self.server.status:
            code = {"X-Error-Code": "GatedRepo"} if self.server.status == 403 else {}
            return self._send(self.server.status, b"{}", code)
        if parts[0] == "api":
            files = self.server.files["/".join(parts[2:4])]
            siblings = [
                {
                    "rfilename": name,
                    "size": len(data),
                    "blobId": "0",
                    "lfs": {
                        "size": len(data),
                        "sha256": "0" * 64 if self.server.lie else hashlib.sha256(data).hexdigest(),
                        "pointerSize": 1,
                    },
                }
                for name, data in files.items()
            ]
            body = {"id": "/".join(parts[2:4]), "sha": "abc", "siblings": siblings}
            return self._send(200, json.dumps(body).encode())
        data = self.server.files["/".join(parts[:2])]["/".join(parts[4:])]
        wanted = self.headers.get("Range", "")
        self.server.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-") or 0)
        end = self.server.cut if self.server.cut and len(data) > self.server.cut else len(data)
        return self._send(206 if wanted else 200, data[start:end], {"Content-Length": str(len(data) - start)})

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr(constants, "ENDPOINT", address)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(tmp_path / "models"))
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("spec", [SPEC, ONE_FILE], ids=lambda spec: spec.name)
def test_all_that_is_needed_arrives_and_is_found_by_name(spec: ModelSpec, hub: Hub) -> None:
    told: list[tuple[int, int]] = []
    assert not spec.ready or spec.missing
    folder = download(spec, progress=lambda here, total: told.append((here, total)))
    names = {path.name for path in folder.iterdir()}
    assert names == ({"one.pt"} if spec.file else {"config.json", "model.safetensors"})
    assert (folder / (spec.file or "model.safetensors")).read_bytes() == WEIGHTS
    assert local_files(spec) == (folder / "one.pt" if spec.file else folder)
    assert told[-1][0] == told[-1][1]
    assert [here for here, _ in told] == sorted(here for here, _ in told)
    asked = len(hub.ranges)
    assert download(spec) == folder
    assert len(hub.ranges) == asked, "nothing is fetched twice"


def test_a_detectors_words_and_pixels_come_with_it_and_its_folder_may_be_anothers(hub: Hub) -> None:
    small = {"tokenizer.json": b"{}", "merges.txt": b"a b", "preprocessor_config.json": b"{}"}
    hub.files["acme/tiny"].update(small)
    spec = replace(SPEC, name="tiny-words", tasks=("detect",), folder=SPEC.name)
    folder = download(spec)
    assert {path.name for path in folder.iterdir()} == {"config.json", "model.safetensors", *small}
    assert local_files(spec) == local_files(SPEC) == folder
    asked = len(hub.ranges)
    assert download(SPEC) == folder
    assert len(hub.ranges) == asked, "one download serves both"
    assert delete(spec) > 0
    assert local_files(SPEC) is None


def test_a_lost_connection_is_said_and_the_next_try_goes_on(hub: Hub) -> None:
    hub.cut = 300_000
    with pytest.raises(ModelUnavailable, match=r"stopped after 0\.3 of 1\.0 MB of model\.safetensors .* goes on"):
        download(SPEC)
    assert local_files(SPEC) is None, "nothing half is taken for a model"
    hub.cut = 0
    folder = download(SPEC)
    assert 0 < int(hub.ranges[-1].removeprefix("bytes=").rstrip("-")) <= 300_000
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS


def test_it_can_be_stopped_and_continued(hub: Hub) -> None:
    def stop(here: int, total: int) -> None:
        if here > total / 3:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        download(SPEC, progress=stop)
    assert local_files(SPEC) is None
    assert (download(SPEC) / "model.safetensors").read_bytes() == WEIGHTS
    assert hub.ranges[-1].startswith("bytes=")


def test_a_wrong_checksum_is_said_and_nothing_is_kept(hub: Hub) -> None:
    hub.lie = True
    with pytest.raises(ModelUnavailable, match=r"Tiny is damaged: config\.json should have the checksum 0{12} and"):
        download(SPEC)
    hub.lie = False
    assert (download(SPEC) / "model.safetensors").read_bytes() == WEIGHTS


def test_a_full_disk_is_seen_before(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 10, 500_000))
    with pytest.raises(ModelUnavailable, match=r"no room for Tiny: it takes 1 MB more, and 0 MB are free"):
        download(SPEC)
    monkeypatch.undo()


def test_a_disk_that_fills_up_is_said(hub: Hub) -> None:
    def full(here: int, total: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(ModelUnavailable, match="The disk is full: Tiny needs 1 MB"):
        download(SPEC, progress=full)
    assert download(SPEC)


@pytest.mark.parametrize(("status", "words"), [(403, "on request only.*hf auth login"), (503, "cannot be downloaded")])
def test_a_hub_that_refuses_is_said(status: int, words: str, hub: Hub) -> None:
    hub.status = status
    with pytest.raises(ModelUnavailable, match=words):
        download(SPEC)
    hub.status = 0
    assert download(SPEC)


def test_a_hub_without_the_file_is_said(hub: Hub) -> None:
    del hub.files["acme/one"]["one.pt"]
    with pytest.raises(ModelUnavailable, match=r"acme/one has no one\.pt"):
        download(ONE_FILE)


def test_what_was_fetched_can_be_deleted(hub: Hub) -> None:
    folder = download(SPEC)
    assert delete(SPEC) == len(WEIGHTS) + len(hub.files["acme/tiny"]["config.json"])
    assert not folder.exists()
    assert delete(SPEC) == 0
    hub.cut = 300_000
    with pytest.raises(ModelUnavailable):
        download(SPEC)
    assert delete(SPEC) > 200_000


def test_what_is_built_in_is_left_alone() -> None:
    spec = ModelSpec("nano", "nano", "Nano", "Apache-2.0", 1, "built in")
    with pytest.raises(ModelUnavailable, match="part of this package"):
        download(spec)
    assert delete(spec) == 0


def test_the_command_shows_how_far_it_is(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from sam import cli

    monkeypatch.setattr(cli, "list_models", lambda: [SPEC])
    assert cli.run_cli(cli.build_cli(), ["download", "tiny"]) == 0
    out, err = capsys.readouterr()
    assert Path(out.strip()).is_dir()
    assert "1 of 1 MB (100 %)" in err
