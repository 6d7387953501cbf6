from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sam.models.spec import BUILT_IN, ModelSpec, bytes_on_disk, installed, local_files, models_folder


def spec(source: str = "someone/model", **changes) -> ModelSpec:
    return ModelSpec("mine", "sam", "Mine", "MIT", 1, source, **changes)


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(tmp_path / "models"))


def test_the_users_folder(monkeypatch, tmp_path):
    assert models_folder() == tmp_path / "models"
    monkeypatch.delenv("SAM_STUDIO_MODELS_DIR")
    assert models_folder().is_absolute()
    assert "sam-studio" in models_folder().parts


def test_what_is_installed_is_found_without_importing_it(monkeypatch, tmp_path):
    (tmp_path / "never_imported.py").write_text("raise RuntimeError")
    monkeypatch.syspath_prepend(tmp_path)
    assert installed("never_imported")
    assert "never_imported" not in sys.modules
    assert not installed("no_such_module")


def test_ready_means_files_and_libraries(tmp_path: Path) -> None:
    assert spec(BUILT_IN).ready
    assert not spec(BUILT_IN, needs=("no_such_module",)).ready
    assert not spec().ready
    (models_folder() / "mine").mkdir(parents=True)
    assert not spec().ready
    (models_folder() / "mine" / "config.json").write_text("{}")
    assert spec().ready
    assert local_files(spec()) == models_folder() / "mine"
    assert local_files(spec(BUILT_IN)) is None


def test_an_original_file_stands_in_for_the_folder() -> None:
    models_folder().mkdir()
    (models_folder() / "mine.pth").write_bytes(b"x")
    assert local_files(spec(sha256={"other.pth": "0", "mine.pth": "0"})) == models_folder() / "mine.pth"


def test_bytes_on_disk(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a").write_bytes(b"123")
    (tmp_path / "b").write_bytes(b"45")
    assert bytes_on_disk(tmp_path) == 5
    assert bytes_on_disk(tmp_path / "b") == 2
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert bytes_on_disk(tmp_path) == 5
    assert bytes_on_disk(tmp_path / "nowhere") == 0
