"""The model manager over a small hub on this machine."""

from __future__ import annotations

import shutil
import time
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from sam import ModelUnavailable, PromptError, list_models
from sam.models.encode_times import Speeds
from sam.models.hub import set_offline
from sam.models.registry import MODELS, load_model
from sam.models.spec import models_folder
from tests.present import present
from tests.sam.backends.tiny import tiny_model
from tests.sam.models.hub_server import Hub, serving_hub
from webapp.models.manager import Manager, may_manage
from webapp.models.offered import Models
from webapp.models.settings import Settings
from webapp.workspace.segment import open_image

WEIGHTS = bytes(range(256)) * 4096
SOURCE = "facebook/sam-vit-base"
NAME = "sam-vit-base"


@pytest.fixture
def hub(monkeypatch, tmp_path: Path) -> Iterator[Hub]:
    files = {SOURCE: {"config.json": b'{"model_type": "sam"}', "model.safetensors": WEIGHTS}}
    with serving_hub(files) as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        yield server


@pytest.fixture
def manager(workspaces, monkeypatch, tmp_path: Path) -> Iterator[Manager]:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(tmp_path / "models"))
    most = MODELS.max_bytes
    yield Manager(Models(speeds=Speeds(tmp_path / "speeds.json")), workspaces)
    MODELS.clear()
    MODELS.resize(most)


def row(manager: Manager, name: str = NAME, who: str = "anna") -> dict[str, Any]:
    return next(row for row in manager.to_json(who)["models"] if row["name"] == name)


def do(manager: Manager, action: str, name: str = NAME, who: str = "anna") -> None:
    manager.act({"do": action, "name": name}, who)


def settled(manager: Manager, said: Callable[[dict[str, Any]], object] | None = None) -> dict[str, Any]:
    """The row once its job is over, or once `said` holds."""
    deadline = time.monotonic() + 120
    while True:
        now = row(manager)
        if said(now) if said else now["job"] is None or now["job"]["state"] == "failed":
            return now
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_every_model_is_there_with_what_it_costs(manager: Manager) -> None:
    rows = {row["name"]: row for row in manager.to_json("anna")["models"]}
    assert set(rows) == {spec.name for spec in list_models()}
    assert (rows["nano"]["place"], rows["nano"]["ready"]) == ("embedded", True)
    assert (rows[NAME]["place"], rows[NAME]["bytes"]) == ("", next(s.bytes for s in list_models() if s.name == NAME))
    assert "request" in rows["sam3"]["warning"]
    assert rows["sam3"]["page"] == "https://huggingface.co/facebook/sam3"
    assert rows["rmbg-2.0"]["warning"] == "For non-commercial use only."
    assert rows["mobile-sam"]["command"] == "hf download dhkim2810/MobileSAM mobile_sam.pt --local-dir mobile-sam"
    assert not rows["u2net"]["offered"]
    assert f"put u2net.onnx into {models_folder()}." in rows["u2net"]["instead"]


def test_a_download_that_two_share_is_stopped_resumed_used_and_deleted(manager: Manager, hub: Hub) -> None:
    hub.hold.set()
    do(manager, "download")
    do(manager, "download", who="ben")
    half = settled(manager, lambda now: now["job"]["here"] > len(WEIGHTS) // 3)["job"]
    assert (half["kind"], half["mine"], half["others"]) == ("download", True, 1)
    assert half["here"] < half["total"] == len(WEIGHTS) + 21
    with pytest.raises(ModelUnavailable, match="at work: cancel that first"):
        do(manager, "delete")
    do(manager, "cancel")
    assert row(manager)["job"]["mine"] is False
    do(manager, "cancel", who="ben")
    hub.hold.clear()
    stopped = settled(manager)
    assert (stopped["place"], stopped["job"]) == ("", None)
    assert stopped["begun"] > len(WEIGHTS) // 3
    do(manager, "download")
    here = settled(manager)
    assert (here["place"], here["ready"], here["begun"]) == ("downloaded", True, 0)
    assert hub.ranges[-1].startswith("bytes=")
    asked = len(hub.ranges)
    do(manager, "download")
    assert (row(manager)["job"], len(hub.ranges)) == (None, asked)
    do(manager, "delete")
    assert row(manager)["place"] == ""
    assert list(models_folder().glob("[!.]*")) == []


def full_disk(hub: Hub, monkeypatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 10, 500_000))


def refuse(hub: Hub, monkeypatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")


def cut(hub: Hub, monkeypatch) -> None:
    monkeypatch.setattr(hub, "cut", 300_000)


def lie(hub: Hub, monkeypatch) -> None:
    monkeypatch.setattr(hub, "lie", True)


def gate(hub: Hub, monkeypatch) -> None:
    monkeypatch.setattr(hub, "gated", True)


def go_offline(hub: Hub, monkeypatch) -> None:
    monkeypatch.setenv("SAM_STUDIO_OFFLINE", "1")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


@pytest.mark.parametrize(
    ("trouble", "words", "unreachable"),
    [
        (full_disk, "There is no room for SAM ViT-B: it takes 1 MB more", False),
        (refuse, "cannot be downloaded", True),
        (cut, "stopped after 0.3 of 1.0 MB", False),
        (lie, "is damaged", False),
        (gate, "given out on request only", False),
        (go_offline, "SAM_STUDIO_OFFLINE says not to ask the hub", True),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_goes_wrong_is_said_and_the_next_try_works(
    trouble, words: str, unreachable: bool, manager: Manager, hub: Hub, monkeypatch
) -> None:
    with monkeypatch.context() as patch:
        trouble(hub, patch)
        assert manager.to_json("anna")["offline"] == ("SAM_STUDIO_OFFLINE" if trouble is go_offline else "")
        do(manager, "download")
        job = settled(manager)["job"]
        assert words in job["error"]
        assert job["unreachable"] == unreachable
    do(manager, "download")
    assert settled(manager)["place"] == "downloaded"


def test_offline_is_switched_off_and_on(manager: Manager, hub: Hub, monkeypatch) -> None:
    monkeypatch.setenv("SAM_STUDIO_OFFLINE", "")  # put back afterwards
    do(manager, "offline", "on")
    assert manager.to_json("anna")["offline"] == "SAM_STUDIO_OFFLINE"
    do(manager, "download")
    assert "says not to ask the hub" in settled(manager)["job"]["error"]
    do(manager, "offline", "off")
    assert manager.to_json("anna")["offline"] == ""
    do(manager, "download")
    assert settled(manager)["place"] == "downloaded"
    with pytest.raises(PromptError, match="Expected on or off"):
        do(manager, "offline", "maybe")


def test_what_the_owner_chose_is_taken_up_at_the_next_start(
    manager: Manager, workspaces, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("SAM_STUDIO_OFFLINE", "")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    folder, gone = tiny_model("sam", tmp_path / "mine"), tiny_model("sam", tmp_path / "gone")

    def start() -> Manager:
        return Manager(Models(), workspaces, Settings(tmp_path / "settings.json"))

    first = start()
    for action, name in (("add", str(folder)), ("add", str(gone)), ("budget", "2.5"), ("offline", "on")):
        do(first, action, name)
    MODELS.resize(1)
    set_offline(False)
    monkeypatch.setenv("SAM_STUDIO_OFFLINE", "")
    shutil.rmtree(gone)
    second = start()
    assert second.models.own == {"mine": str(folder)}
    assert row(second, "mine")["own"]
    assert MODELS.max_bytes == 2_500_000_000
    assert second.to_json("anna")["offline"] == "SAM_STUDIO_OFFLINE"
    # A variable that is set for this start wins.
    monkeypatch.setenv("SAM_STUDIO_OFFLINE", "0")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    assert start().to_json("anna")["offline"] == ""
    workspaces.open("mine")
    with pytest.raises(ModelUnavailable, match="Somebody works with it"):
        do(second, "forget", "mine")
    workspaces.close_all()
    do(second, "forget", "mine")
    assert (second.models.own, start().models.own) == ({}, {})
    assert folder.is_dir()


def test_where_visitors_may_do_nothing_settings_say_nothing(workspaces, tmp_path) -> None:
    settings = Settings(tmp_path / "settings.json")
    settings.keep(own=[str(tmp_path)], budget=7)
    models = Models()
    models.allowed = False
    before = MODELS.max_bytes
    Manager(models, workspaces, settings)
    assert (models.own, MODELS.max_bytes) == ({}, before)


def test_a_model_in_the_hubs_own_cache_is_deleted_there(manager: Manager) -> None:
    folder = Path(constants.HF_HUB_CACHE) / "models--facebook--sam-vit-base"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("abc")
    (folder / "snapshots" / "abc").mkdir(parents=True)
    (folder / "snapshots" / "abc" / "model.safetensors").write_bytes(WEIGHTS)
    assert row(manager)["place"] == "cached"
    do(manager, "delete")
    assert row(manager)["place"] == ""
    assert not folder.exists()


def test_speed_is_measured_once_and_noted_with_each_photo(manager: Manager, workspaces, image, monkeypatch) -> None:
    monkeypatch.setattr("sam.models.encode_times.SIZE_HW", (54, 96))
    assert row(manager, "nano")["seconds"] is None
    do(manager, "measure", "nano")
    deadline = time.monotonic() + 120
    while row(manager, "nano")["job"] is not None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert 0 < row(manager, "nano")["seconds"] < 60
    assert Speeds(present(manager.models.speeds).path).of(list_models()[0]) == row(manager, "nano")["seconds"]
    with pytest.raises(ModelUnavailable, match="cannot be measured"):
        do(manager, "measure", NAME)
    workspace = workspaces.open("nano")
    open_image(workspace, image, "disk.png")
    picture = replace(workspace.picture, encode_ms=90_000.0, cached=False)
    for _ in range(5):
        manager.models.encoded(picture)
    assert row(manager, "nano")["seconds"] == 90
    manager.models.encoded(replace(picture, encode_ms=1.0, cached=True))
    manager.models.encoded(None)
    assert row(manager, "nano")["seconds"] == 90


def test_memory_is_shown_freed_and_limited(manager: Manager) -> None:
    MODELS.clear()
    load_model("nano")
    memory = manager.to_json("anna")["memory"]
    assert [one["key"] for one in memory["loaded"]] == ["nano"]
    assert memory["used"] == MODELS.nbytes > 0
    assert row(manager, "nano")["loaded"]
    do(manager, "unload", "nano")
    assert manager.to_json("anna")["memory"]["used"] == 0
    do(manager, "budget", "1.5")
    assert manager.to_json("anna")["memory"]["most"] == 1_500_000_000
    for wrong in ("0", "-3", "nan", "much", "1e9"):
        with pytest.raises(PromptError, match="Expected gigabytes"):
            do(manager, "budget", wrong)


def test_a_folder_of_the_owners_own_is_offered_and_kept(manager: Manager, tmp_path: Path) -> None:
    own = tmp_path / "mine"
    for wrong, words in [(str(own), "no file or folder"), ("", "no file or folder")]:
        with pytest.raises(ModelUnavailable, match=words):
            do(manager, "add", wrong)
    own.mkdir()
    with pytest.raises(ModelUnavailable, match=r"holds no config\.json"):
        do(manager, "add", str(own))
    import sam.nano

    weights = Path(sam.nano.__file__).parent / "weights"
    do(manager, "add", str(weights))
    shown = row(manager, "weights")
    assert shown["note"] == str(weights.resolve())
    manager.models.allowed = False
    assert str(weights.parent) not in str(manager.to_json("anna"))
    manager.models.allowed = True
    assert (shown["title"], shown["place"], shown["ready"], shown["loaded"]) == ("weights", "folder", True, True)
    assert manager.models.check(shown["name"])
    assert manager.models.to_json()[0]["name"] == shown["name"]
    with pytest.raises(ModelUnavailable, match="no model"):
        do(manager, "delete", shown["name"])


def test_what_is_not_ours_or_in_use_is_not_deleted(manager: Manager, workspaces, hub: Hub) -> None:
    with pytest.raises(ModelUnavailable, match="not downloaded by this program"):
        do(manager, "delete", "nano")
    (models_folder() / NAME).mkdir(parents=True)
    (models_folder() / NAME / "config.json").write_text("{}")
    assert row(manager)["place"] == "folder"
    with pytest.raises(ModelUnavailable, match="not downloaded by this program"):
        do(manager, "delete")
    shutil.rmtree(models_folder() / NAME)
    do(manager, "download")
    settled(manager)
    workspace = workspaces.open(NAME)
    with pytest.raises(ModelUnavailable, match="Somebody works with SAM ViT-B right now"):
        do(manager, "delete")
    workspaces.close(workspace.token)
    do(manager, "delete")
    assert row(manager)["place"] == ""


@pytest.mark.parametrize(
    "fields", [{}, {"do": "format", "name": "nano"}, {"do": "download"}, {"do": "cancel", "name": 3}]
)
def test_other_actions_are_refused(fields: dict[str, Any], manager: Manager) -> None:
    with pytest.raises(PromptError, match="Expected one of download, install, cancel"):
        manager.act(fields, "anna")
    with pytest.raises(ModelUnavailable, match="no model 'nope'"):
        do(manager, "download", "nope")


def test_visitors_of_a_shared_server_only_look(manager: Manager) -> None:
    manager.models.allowed = False
    shown = manager.to_json("anna")
    assert (shown["allowed"], shown["folder"], shown["memory"]["loaded"]) == (False, "", [])
    for action in ("download", "delete", "measure", "unload", "add", "budget"):
        with pytest.raises(ModelUnavailable, match="SAM_STUDIO_MANAGE=on"):
            do(manager, action)
    with pytest.raises(
        ModelUnavailable, match=r"is not on this server, and its owner does not let visitors download models"
    ):
        manager.models.check(NAME)
    assert manager.models.check("nano") == "nano"


@pytest.mark.parametrize(
    ("host", "share", "settings", "expected"),
    [
        (None, False, {}, True),
        ("127.0.0.1", False, {}, True),
        ("0.0.0.0", False, {}, False),
        ("127.0.0.1", True, {}, False),
        (None, False, {"SPACE_ID": "me/studio"}, False),
        ("0.0.0.0", True, {"SAM_STUDIO_MANAGE": "on"}, True),
        (None, False, {"SAM_STUDIO_MANAGE": "off"}, False),
    ],
)
def test_who_may_manage(host, share: bool, settings: dict[str, str], expected: bool, monkeypatch) -> None:
    monkeypatch.delenv("SPACE_ID", raising=False)
    for key, value in settings.items():
        monkeypatch.setenv(key, value)
    assert may_manage(host, share=share) == expected
    monkeypatch.setenv("SAM_STUDIO_MANAGE", "perhaps")
    with pytest.raises(ValueError, match="expected on or off"):
        may_manage(host)
