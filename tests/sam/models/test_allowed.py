"""What may be loaded and fetched, for whom."""

from __future__ import annotations

import pytest

import sam
from sam import ModelUnavailable, load_model
from sam.checkpoints.locate import fetch
from sam.models.allowed import check_fetch, check_use
from sam.models.hub import fetch_file, reaching
from sam.permits import Permit, acting_for

VISITOR = Permit(frozenset({"nano", "auto", "sam-vit-base"}), fetch=False, told_places=False)


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "/etc/passwd\0",
        "~/model.pth",
        "../nano",
        ".",
        "",
        "facebook/sam-vit-base",
        "someone/model",
        "nano ",
        "NANO",
        "C:\\models\\x.pth",
        "isnet",
        "x" * 5000,
    ],
)
def test_other_names_are_refused_before_anything_is_looked_at(name, monkeypatch):
    monkeypatch.setattr("sam.models.registry._resolve", lambda *_: pytest.fail("it was looked for"))
    with acting_for(VISITOR), pytest.raises(ModelUnavailable, match="There is no model") as caught:
        load_model(name)
    with acting_for(VISITOR):
        said = str(caught.value)
    assert len(said) < 240
    assert "/etc" not in said


def test_a_folder_of_this_machine_is_refused_however_it_is_written(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    for path in (tmp_path, tmp_path / ".." / tmp_path.name):
        with acting_for(VISITOR), pytest.raises(ModelUnavailable, match="There is no model"):
            load_model(path)


DOWNLOADS = {
    "load_model": lambda: load_model("sam-vit-base"),
    "check_use": lambda: check_use("sam-vit-base"),
    "a folder": lambda: fetch("facebook/sam-vit-base"),
    "a file": lambda: fetch_file("Carve/LaMa-ONNX", "lama_fp32.onnx"),
    "download": lambda: sam.models.downloads.download(
        next(one for one in sam.list_models() if one.name == "sam-vit-base")
    ),
    "anything": lambda: reaching("a/b", "a file").__enter__(),
}


@pytest.mark.parametrize("way", DOWNLOADS)
def test_no_download_where_it_is_not_allowed_however_it_begins(way, monkeypatch, tmp_path):
    import huggingface_hub

    import sam.models.downloads  # noqa: F401

    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    asked: list[object] = []
    for name in ("model_info",):
        monkeypatch.setattr(huggingface_hub.HfApi, name, lambda *given, **_: asked.append(given))
    with acting_for(VISITOR), pytest.raises(ModelUnavailable) as caught:
        DOWNLOADS[way]()
    with acting_for(VISITOR):
        assert "not on this server" in str(caught.value)
        assert str(tmp_path) not in str(caught.value)
    assert asked == []


def test_what_the_owner_has_chosen_may_be_fetched():
    chosen = Permit(fetch=False, chosen=frozenset({"a/b"}))
    with acting_for(chosen):
        check_fetch("a/b")
        with pytest.raises(ModelUnavailable):
            check_fetch("a/c")
    check_fetch("a/c")
