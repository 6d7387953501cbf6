"""Downloads from a small hub on this machine, which can be told to misbehave."""

from __future__ import annotations

import shutil
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import constants

from sam import Cancelled, ModelUnavailable
from sam.errors import HubUnreachable
from sam.models.downloads import begun, delete, download, place
from sam.models.spec import ModelSpec, local_files, models_folder

from .hub_server import Hub, serving_hub

WEIGHTS = bytes(range(256)) * 4096
SPEC = ModelSpec("tiny", "sam", "Tiny", "Apache-2.0", len(WEIGHTS), "acme/tiny")
ONE_FILE = ModelSpec("one", "mobile_sam", "One", "Apache-2.0", len(WEIGHTS), "acme/one", file="one.pt")
WORDS = ModelSpec("words", "owlv2", "Words", "Apache-2.0", len(WEIGHTS), "acme/words", tasks=("detect",))
GRAPH = ModelSpec(
    "graph", "salient", "Graph", "MIT", 9, "acme/graph", ("subject",), files=("graph.onnx",), remote="onnx/model.onnx"
)
ARRIVES = {
    "tiny": {"config.json", "model.safetensors"},
    "one": {"one.pt"},
    "words": {"config.json", "pytorch_model.bin", "vocab.txt"},
    "graph": {"graph.onnx"},
}


FILES = {
    "acme/tiny": {"config.json": b'{"model_type": "sam"}', "model.safetensors": WEIGHTS, "README.md": b"x"},
    "acme/one": {"one.pt": WEIGHTS},
    "acme/words": {"config.json": b"{}", "pytorch_model.bin": WEIGHTS, "vocab.txt": b"a", "x.md": b"x"},
    "acme/graph": {"config.json": b"{}", "onnx/model.onnx": WEIGHTS},
}
MARK = ".sam-studio.json"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    with serving_hub({source: dict(files) for source, files in FILES.items()}) as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(tmp_path / "models"))
        yield server


@pytest.mark.parametrize("spec", [SPEC, ONE_FILE, WORDS, GRAPH], ids=lambda spec: spec.name)
def test_all_that_is_needed_arrives_and_is_found_by_name(spec: ModelSpec, hub: Hub) -> None:
    told: list[tuple[int, int]] = []
    assert not spec.ready or spec.missing
    folder = download(spec, progress=lambda here, total: told.append((here, total)))
    names = {path.name for path in folder.iterdir()}
    assert names == {*ARRIVES[spec.name], MARK}
    assert max(folder.iterdir(), key=lambda path: path.stat().st_size).read_bytes() == WEIGHTS
    assert local_files(spec) == (folder / min(ARRIVES[spec.name]) if spec.file or spec.files else folder)
    assert place(spec) == "downloaded"
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
    assert {path.name for path in folder.iterdir()} == {".sam-studio.json", "config.json", "model.safetensors", *small}
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
    assert delete(SPEC) >= len(WEIGHTS) + len(hub.files["acme/tiny"]["config.json"])
    assert not folder.exists()
    assert place(SPEC) == ""
    assert delete(SPEC) == begun(SPEC) == 0
    hub.cut = 300_000
    with pytest.raises(ModelUnavailable):
        download(SPEC)
    assert 200_000 < begun(SPEC) <= 300_021
    assert delete(SPEC) > 200_000
    assert begun(SPEC) == 0


def test_a_folder_of_the_users_own_is_never_deleted(hub: Hub) -> None:
    own = models_folder() / SPEC.name
    own.mkdir(parents=True)
    (own / "config.json").write_text("{}")
    assert place(SPEC) == "folder"
    with pytest.raises(ModelUnavailable, match="not downloaded by this program"):
        delete(SPEC)
    assert (own / "config.json").is_file()
    (models_folder() / "one.pt").write_bytes(b"mine")
    assert place(ONE_FILE) == "folder"
    assert delete(ONE_FILE) == 0
    assert (models_folder() / "one.pt").is_file()


def test_what_the_hubs_own_client_has_fetched_is_seen(hub: Hub) -> None:
    assert place(ONE_FILE) == ""
    folder = Path(constants.HF_HUB_CACHE) / "models--acme--one"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("abc")
    (folder / "snapshots" / "abc").mkdir(parents=True)
    (folder / "snapshots" / "abc" / "one.pt").write_bytes(WEIGHTS)
    assert (place(ONE_FILE), ONE_FILE.here, delete(ONE_FILE)) == ("cached", True, 0)
    assert delete(ONE_FILE, cached=True) == len(WEIGHTS)
    assert (place(ONE_FILE), folder.exists()) == ("", False)
    assert delete(ONE_FILE, cached=True) == 0


def test_a_model_that_the_hub_does_not_have(hub: Hub) -> None:
    spec = ModelSpec(
        "u2net", "salient", "U2-Net", "MIT", 9, "danielgatis/rembg", files=("u2net.onnx",), note="On GitHub."
    )
    with pytest.raises(ModelUnavailable, match=r"hub does not have U2-Net\. On GitHub\. Put u2net\.onnx into"):
        download(spec)


def test_files_that_are_listed_but_not_given_out(hub: Hub) -> None:
    hub.gated = True
    with pytest.raises(ModelUnavailable, match=r"acme/tiny is given out on request only.*hf auth login"):
        download(SPEC)
    hub.gated = False
    assert download(SPEC)


@pytest.mark.parametrize("variable", ["HF_HUB_OFFLINE", "SAM_STUDIO_OFFLINE"])
def test_offline_nothing_is_asked(variable: str, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "1")
    if variable == "HF_HUB_OFFLINE":  # which the client reads once
        monkeypatch.setattr(constants, variable, True)
    hub.status = 500
    with pytest.raises(HubUnreachable, match=f"acme/tiny is not on this machine, and {variable} says not to ask"):
        download(SPEC)


def test_what_is_built_in_is_left_alone() -> None:
    spec = ModelSpec("nano", "nano", "Nano", "Apache-2.0", 1, "built in")
    assert place(spec) == "embedded"
    with pytest.raises(ModelUnavailable, match="part of this package"):
        download(spec)
    assert delete(spec) == 0


def test_the_command_shows_how_far_it_is(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from sam.cli import main

    monkeypatch.setattr(main, "list_models", lambda: [SPEC])
    assert main.run_cli(main.build_cli(), ["download", "tiny"]) == 0
    out, err = capsys.readouterr()
    assert Path(out.strip()).is_dir()
    assert "1 of 1 MB (100 %)" in err
