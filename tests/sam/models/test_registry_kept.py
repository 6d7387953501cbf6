"""Models in memory are found before the disk is looked at; names are checked before anything is loaded."""

from __future__ import annotations

import os
import shutil

import pytest

from sam import ModelUnavailable, list_models, load_model
from sam.models import registry
from sam.models.registry import MODELS, find_model
from tests.sam.backends.tiny import tiny_model


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    MODELS.clear()
    yield
    MODELS.clear()


@pytest.fixture(scope="module")
def tiny_sam(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved") / "tiny.sam"
    tiny_model("sam", folder)
    return folder


def test_a_loaded_model_is_found_without_reading_the_disk(tiny_sam, tmp_path, monkeypatch):
    shutil.copytree(registry.FOLDER, tmp_path / "mine")
    names = ["nano", str(tiny_sam), str(tmp_path / "mine")]
    loaded = [load_model(name) for name in names]

    def look(*_args, **_options):
        raise AssertionError("the disk was read")

    for name in ("local_files", "family_of", "verify_files"):
        monkeypatch.setattr(registry, name, look)
    with monkeypatch.context() as patch:
        patch.setattr("builtins.open", look)
        found = [load_model(name) for name in names]
    assert found == loaded


def test_a_loaded_download_is_not_looked_for_again(tiny_sam, tmp_path, monkeypatch):
    spec = next(spec for spec in list_models() if spec.family == "sam")
    shutil.copytree(tiny_sam, tmp_path / "models" / spec.home)
    kept = load_model(spec.name)
    touched = []
    real = os.stat
    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", lambda *args, **options: touched.append(args[0]) or real(*args, **options))
        assert load_model(spec.name) is kept
        assert load_model(spec.source) is kept
    assert touched == []


def test_a_replaced_file_is_another_model(tiny_sam, tmp_path):
    folder = shutil.copytree(tiny_sam, tmp_path / "mine")
    first = load_model(folder)
    assert load_model(folder) is first
    shutil.rmtree(folder)
    shutil.copytree(tiny_sam, folder)
    os.utime(folder, ns=(1, 1))
    assert load_model(folder) is not first


@pytest.mark.parametrize("name", ["nano", "sam2.1-tiny", "facebook/sam-vit-base"])
def test_names_that_may_be_asked_for(name):
    find_model(name)


@pytest.mark.parametrize("name", ["no-such-model", "", "nano2", "/no/such/folder", "./none.pth", "a/b/c", "x\0y"])
def test_names_that_stand_for_no_model(name):
    with pytest.raises(ModelUnavailable):
        find_model(name)
