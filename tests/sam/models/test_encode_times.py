"""What is remembered of how fast models are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sam import load_model
from sam.models.encode_times import Speeds, measure
from sam.models.spec import ModelSpec

SPEC = ModelSpec("tiny", "sam", "Tiny", "MIT", 1, "acme/tiny")


@pytest.fixture
def speeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Speeds:
    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(tmp_path / "models"))
    return Speeds(tmp_path / "cache" / "speeds.json")


def test_a_measurement_outlives_the_process_and_is_the_middle_of_the_last(speeds: Speeds) -> None:
    assert speeds.of(SPEC) is None
    speeds.note(SPEC, 9.0)
    assert Speeds(speeds.path).of(SPEC) == 9
    speeds.note(SPEC, 2.0, 1.0)
    assert speeds.of(SPEC) == 2
    speeds.note(SPEC, 3.0, 3.0, 3.0, 3.0)
    assert speeds.of(SPEC) == 3
    assert [len(kept) for kept in json.loads(speeds.path.read_text()).values()] == [5]
    assert [path.name for path in speeds.path.parent.iterdir()] == ["speeds.json"]


def test_another_file_or_device_is_another_speed(speeds: Speeds, tmp_path: Path, monkeypatch) -> None:
    speeds.note(SPEC, 2.0)
    monkeypatch.setenv("SAM_STUDIO_DEVICE", "cuda")
    assert speeds.of(SPEC) is None
    monkeypatch.delenv("SAM_STUDIO_DEVICE")
    assert speeds.of(SPEC) == 2
    (tmp_path / "models" / "tiny").mkdir(parents=True)
    (tmp_path / "models" / "tiny" / "config.json").write_text("{}")
    assert speeds.of(SPEC) is None


@pytest.mark.parametrize("damage", ["", "[1, 2]", '{"tiny": 3}', '{"tiny acme/tiny": ["x"]}', "\0"])
def test_a_damaged_file_is_written_anew(damage: str, speeds: Speeds) -> None:
    speeds.path.parent.mkdir()
    speeds.path.write_text(damage)
    assert speeds.of(SPEC) is None
    speeds.note(SPEC, 1.5)
    assert speeds.of(SPEC) == 1.5


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    speeds = Speeds(tmp_path / "file" / "speeds.json")
    speeds.note(SPEC, 1.0)
    assert speeds.of(SPEC) is None


def test_measuring_encodes_once_more_than_it_counts(monkeypatch) -> None:
    model, seen = load_model("nano"), []
    embed = model.embed
    monkeypatch.setattr(model, "embed", lambda image: (seen.append(image.shape), embed(image))[1])
    assert all(seconds > 0 for seconds in measure(model))
    assert seen == [(1080, 1920, 3)] * 3


def test_before_a_model_was_ever_here_its_time_is_told_from_nanos(speeds: Speeds, monkeypatch) -> None:
    nano, mobile = (ModelSpec(name, "sam", name, "MIT", 1, f"acme/{name}") for name in ("nano", "mobile-sam"))
    monkeypatch.setenv("SAM_STUDIO_DEVICE", "cpu")
    assert speeds.expected(mobile) is None
    speeds.note(nano, 0.1)
    assert 1 < (speeds.expected(mobile) or 0) < 4
    assert speeds.expected(SPEC) is None, "nothing is known of how it compares"
    speeds.note(mobile, 0.7)
    assert speeds.expected(mobile) == 0.7


def test_on_a_gpu_nanos_time_tells_nothing(speeds: Speeds, monkeypatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    mobile = ModelSpec("mobile-sam", "sam", "MobileSAM", "MIT", 1, "acme/mobile")
    speeds.note(ModelSpec("nano", "sam", "Nano", "MIT", 1, "acme/nano"), 0.1)
    assert speeds.expected(mobile) is None
    speeds.note(mobile, 0.05)
    assert speeds.expected(mobile) == 0.05
