"""Models from the hub, played by a small server on this machine, and from no hub at all."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants
from transformers import SamConfig, SamModel

import sam
from sam import ModelUnavailable
from sam.backends.sam import LAYOUT
from sam.checkpoints.locate import read_checkpoint

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TINY = {
    "vision_config": {
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 1,
        "image_size": 64,
        "output_channels": 16,
        "num_pos_feats": 8,
        "global_attn_indexes": [0],
    },
    "prompt_encoder_config": {"hidden_size": 16, "image_size": 64},
    "mask_decoder_config": {"hidden_size": 16, "mlp_dim": 16, "iou_head_hidden_dim": 16},
}


class Hub(ThreadingHTTPServer):
    """The part of the hub's HTTP interface that downloading a model uses."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}
        self.gated: set[str] = set()
        self.fetched: list[str] = []
        super().__init__(("127.0.0.1", 0), _Answers)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        parts = self.path.split("?")[0].strip("/").split("/")
        if parts[0] == "api":
            name, rest = "/".join(parts[2:4]), parts[4:]
        else:
            name, rest = "/".join(parts[:2]), parts[2:]
        files = self.server.files.get(name)
        if files is None:
            return self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
        if name in self.server.gated:
            return self._send(403, b"{}", {"X-Error-Code": "GatedRepo"})
        if parts[0] == "api" and rest[:1] == ["tree"]:
            tree = [
                {"type": "file", "path": path, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
                for path, data in files.items()
            ]
            return self._send(200, json.dumps(tree).encode())
        if parts[0] == "api":
            siblings = [{"rfilename": path} for path in files]
            return self._send(200, json.dumps({"id": name, "sha": COMMIT, "siblings": siblings}).encode())
        path = "/".join(rest[2:])
        if self.command == "GET":
            self.server.fetched.append(path)
        data = files[path]
        self._send(200, data, {"ETag": f'"{hashlib.sha1(data).hexdigest()}"', "X-Repo-Commit": COMMIT})

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A hub without models, and an empty cache."""
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setattr(constants, "ENDPOINT", server.address)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.address + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a SAM of a few kilobytes."""
    path = tmp_path_factory.mktemp("tiny")
    SamModel(SamConfig.from_dict(TINY)).save_pretrained(path)
    return path


def published(saved: Path) -> dict[str, bytes]:
    """What a model's page on the hub holds: the same weights in several formats."""
    state = SamModel.from_pretrained(saved).state_dict()
    torch.save(state, saved.parent / "weights.bin")
    return {
        "README.md": b"# A model",
        "config.json": (saved / "config.json").read_bytes(),
        "model.safetensors": (saved / "model.safetensors").read_bytes(),
        "pytorch_model.bin": (saved.parent / "weights.bin").read_bytes(),
        "tf_model.h5": b"of no use here",
    }


def test_hub_model_is_downloaded_once_and_no_more_than_needed(
    hub: Hub, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.files["acme/tiny-sam"] = published(saved)
    config, state = read_checkpoint("acme/tiny-sam", LAYOUT)
    assert config["model_type"] == "sam"
    expected = read_checkpoint(saved, LAYOUT)[1]
    assert state.keys() == expected.keys()
    assert all(torch.equal(state[key], expected[key]) for key in state)
    assert sorted(hub.fetched) == ["config.json", "model.safetensors"]

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert read_checkpoint("acme/tiny-sam", LAYOUT)[1].keys() == state.keys()
    assert len(hub.fetched) == 2


def test_hub_model_with_pickled_weights_alone(hub: Hub, saved: Path) -> None:
    files = published(saved)
    del files["model.safetensors"]
    hub.files["acme/old-sam"] = files
    state = read_checkpoint("acme/old-sam", LAYOUT)[1]
    assert all(torch.equal(state[key], value) for key, value in read_checkpoint(saved, LAYOUT)[1].items())
    assert sorted(hub.fetched) == ["config.json", "pytorch_model.bin"]
    read_checkpoint("acme/old-sam", LAYOUT)
    assert len(hub.fetched) == 2


def test_interrupted_download_is_taken_up_again(hub: Hub, saved: Path, tmp_path: Path) -> None:
    hub.files["acme/tiny-sam"] = published(saved)
    read_checkpoint("acme/tiny-sam", LAYOUT)
    for weights in (tmp_path / "cache").rglob("model.safetensors"):
        weights.resolve().unlink()
        weights.unlink(missing_ok=True)
    hub.fetched.clear()
    assert read_checkpoint("acme/tiny-sam", LAYOUT)[1]
    assert hub.fetched == ["model.safetensors"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("acme/nothing", "The hub has no model acme/nothing, or it is private"),
        ("acme/gated", "given out on request only: accept its terms at https://huggingface.co/acme/gated"),
        ("acme/empty", "acme/empty holds no weights"),
        ("acme/text", "holds a model of the type 'bert', expected 'sam'"),
    ],
)
def test_unusable_hub_model_says_why(name: str, reason: str, hub: Hub, saved: Path) -> None:
    hub.files |= {
        "acme/gated": published(saved),
        "acme/empty": {"README.md": b""},
        "acme/text": {**published(saved), "config.json": b'{"model_type": "bert"}'},
    }
    hub.gated.add("acme/gated")
    with pytest.raises(ModelUnavailable, match=reason):
        read_checkpoint(name, LAYOUT)


@pytest.mark.parametrize("how", ["offline", "no answer"])
def test_unreachable_hub_says_what_is_missing(how: str, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    if how == "offline":
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    else:
        monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(
        ModelUnavailable, match=r"acme/tiny-sam is not on this machine,? and (cannot be downloaded|HF_HUB_OFFLINE says)"
    ):
        read_checkpoint("acme/tiny-sam", LAYOUT)
    with pytest.raises(ModelUnavailable) as caught:
        sam.load_model("sam-vit-base")
    for part in ("facebook/sam-vit-base is not on this machine", "375 MB", "Apache-2.0", "hf download"):
        assert part in str(caught.value)
