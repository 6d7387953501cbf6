"""Installing what the published models need, from the model manager."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sam import ModelUnavailable
from sam.models.encode_times import Speeds
from sam.models.packages import install_command
from webapp.models import manager as module
from webapp.models.manager import Manager
from webapp.models.offered import Models


@pytest.fixture
def manager(workspaces, tmp_path: Path) -> Manager:
    return Manager(Models(speeds=Speeds(tmp_path / "speeds.json")), workspaces)


def do(manager: Manager, action: str, name: str = "") -> None:
    manager.act({"do": action, "name": name}, "anna")


@pytest.fixture
def without_torch(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Modules that are missing; what is taken out is installed again."""
    missing = {"torch", "transformers"}
    monkeypatch.setattr(module, "installed", lambda name: name not in missing)
    return missing


def packages(manager: Manager, who: str = "anna") -> Any:
    return manager.to_json(who)["packages"]


def test_nothing_is_said_of_packages_that_are_there(manager: Manager) -> None:
    assert packages(manager) is None


def test_what_models_need_is_installed_with_one_action(
    manager: Manager, without_torch: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()

    def install(tell: Callable[[str], None]) -> None:
        tell("Downloading torch")
        assert go.wait(60)
        without_torch.clear()

    monkeypatch.setattr(module, "install", install)
    assert packages(manager) == {"missing": ["torch", "transformers"], "command": install_command(), "job": None}
    do(manager, "install")
    while (packages(manager)["job"] or {}).get("note") != "Downloading torch":
        time.sleep(0.01)
    assert (packages(manager)["job"]["mine"], packages(manager, "berta")["job"]["mine"]) == (True, False)
    go.set()
    while packages(manager) is not None:
        time.sleep(0.01)


def test_an_installation_that_fails_says_why_and_is_dismissed(
    manager: Manager, without_torch: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(tell: Callable[[str], None]) -> None:
        raise ModelUnavailable("No space left on device.")

    monkeypatch.setattr(module, "install", install)
    do(manager, "install")
    while packages(manager)["job"]["state"] != "failed":
        time.sleep(0.01)
    assert packages(manager)["job"]["error"] == "No space left on device."
    do(manager, "cancel", "packages")
    assert packages(manager)["job"] is None


def test_a_visitor_installs_nothing_and_is_told_no_command(manager: Manager, without_torch: set[str]) -> None:
    manager.models.allowed = False
    assert packages(manager) == {"missing": ["torch", "transformers"], "command": "", "job": None}
    with pytest.raises(ModelUnavailable, match="owner of this server"):
        do(manager, "install")
