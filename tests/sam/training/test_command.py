"""`python -m sam train`, as a user types it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data

import sam
from sam.__main__ import main
from sam.models.packages import install_command
from sam.training import train as module
from sam.training.train import Run, Settings

# Crops of real use are slow here; what is tested is the way from photos to a model.
SMALL = ["--prompts", "1", "--workers", "0", "--steps"]


@pytest.fixture
def small_crops(monkeypatch: pytest.MonkeyPatch) -> None:
    stages = (module.Stage(1.0, 64, 2),)
    monkeypatch.setattr(module, "FINE_TUNING", stages)
    monkeypatch.setattr(module, "FROM_SCRATCH", stages)


@pytest.mark.slow
@pytest.mark.usefixtures("small_crops")
def test_from_photos_to_a_model_that_segments(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["train", "--data", str(data / "shapes"), "--run", "mine", *SMALL]
    assert main([*arguments, "2"]) == 0
    said = capsys.readouterr()
    assert "shapes: 14 photos, 42 objects" in said.err
    assert "the model is mine/model" in said.out
    image = skimage.data.chelsea()
    tuned, shipped = sam.load_model("mine/model"), sam.load_model("nano")
    answers = [model.predict(model.embed(image), points=[[200, 150]]) for model in (tuned, shipped)]
    # Two careful steps change little, but something.
    assert not np.array_equal(answers[0].logits, answers[1].logits)
    assert (answers[0].masks[0] == answers[1].masks[0]).mean() > 0.8
    assert main([*arguments, "3"]) == 0
    assert "3 steps" in capsys.readouterr().out


@pytest.mark.usefixtures("small_crops")
def test_a_stop_keeps_what_was_learnt(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "learn", stop)
    arguments = ["train", "--data", str(data), "--run", str(tmp_path), "--from", "scratch", *SMALL, "2"]
    assert main(arguments) == 130
    assert "The same command goes on" in capsys.readouterr().err
    assert Run(tmp_path, Settings(steps=2), "cpu").count == 0
    assert (tmp_path / "last.pt").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--steps", "2", "--minutes", "1"], "expected either minutes or steps"),
        (["--from", "elsewhere"], "--from elsewhere: expected nano"),
        (["--data", "nowhere"], "nowhere: expected a folder with images/"),
    ],
)
def test_mistakes_get_a_sentence(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["train", "--data", str(data), "--run", str(tmp_path), *arguments]) == 1
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said


def test_a_missing_package_is_named(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sam.training.command.find_spec", lambda name: None if name == "onnx" else sys)
    assert main(["train", "--data", str(data), "--run", str(tmp_path)]) == 1
    assert f"Training needs onnx: {install_command()}." in capsys.readouterr().err


def test_the_check_learns_four_crops(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sam.training.command.CHECK_STEPS", 1)
    assert main(["train", "--data", str(data), "--run", str(tmp_path), "--check", "--prompts", "1"]) == 0
    assert "mean soft IoU on the four crops: 0." in capsys.readouterr().out
    assert not (tmp_path / "last.pt").exists()
