"""`sam run` over many photos: going on after a crash, failures in a table, formats of annotations, a watched folder."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import skimage.data
from PIL import Image as Pil

from plugins._core.recipes import run as module
from plugins._core.recipes.journal import JOURNAL
from sam.__main__ import main

ROOT = Path(__file__).parents[4]
HIDE = {"recipe": "Hide", "steps": [{"tool": "find_subject"}, {"tool": "pixelate", "options": {"blocks": 2}}]}
FIND = {"recipe": "Find", "steps": [{"tool": "find_subject"}]}


@pytest.fixture
def photos(tmp_path, monkeypatch) -> Path:
    """Four photos of a cat, and two recipes beside their folder."""
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    for number in range(4):
        save(number)
    Path("hide.json").write_text(json.dumps(HIDE))
    Path("find.json").write_text(json.dumps(FIND))
    return tmp_path / "photos"


def save(number: int) -> None:
    Pil.fromarray(skimage.data.chelsea()[number : number + 240 : 3, ::3]).save(f"photos/{number}.png")


def results() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path("out").glob("*.png")}


def test_what_is_done_is_not_done_again(photos, capsys):
    assert main(["run", "hide.json", "photos", "-o", "out"]) == 0
    whole = results()
    assert main(["run", "hide.json", "photos", "-o", "out"]) == 1
    assert "is there already. Choose another folder, or give --resume or --overwrite." in capsys.readouterr().err
    Path("out/1.png").unlink()
    save(7)
    assert main(["run", "hide.json", "photos", "-o", "out", "--resume"]) == 0
    said = capsys.readouterr()
    assert "3 of 5 photos are done already." in said.err
    assert said.out.split() == ["out/1.png", "out/7.png"]
    assert {name: data for name, data in results().items() if name != "7.png"} == whole
    assert main(["run", "hide.json", "photos", "-o", "out", "--resume"]) == 0
    assert "5 of 5 photos are done already." in capsys.readouterr().err


def test_a_result_that_somebody_edited_is_not_replaced_by_going_on(photos, capsys):
    assert main(["run", "hide.json", "photos", "-o", "out"]) == 0
    Path("out/2.png").write_bytes(b"mine")
    assert main(["run", "hide.json", "photos", "-o", "out", "--resume"]) == 1
    assert "out/2.png is there already" in capsys.readouterr().err
    assert Path("out/2.png").read_bytes() == b"mine"


def test_another_recipe_does_not_take_the_first_one_s_results_for_its_own(photos, capsys):
    assert main(["run", "hide.json", "photos", "-o", "out"]) == 0
    assert main(["run", "hide.json", "photos", "-o", "out", "--resume", "--set", "pixelate.blocks=9"]) == 0
    assert capsys.readouterr().out.split()[-4:] == [f"out/{number}.png" for number in range(4)]


def test_failures_are_a_table_that_goes_when_they_do(photos, capsys):
    whole = Path("photos/1.png").read_bytes()
    Path("photos/1.png").write_bytes(whole[:200])
    assert main(["run", "hide.json", "photos", "-o", "out"]) == 1
    lines = Path("out/failures.csv").read_text().splitlines()
    assert lines[0] == "photo,error"
    assert len(lines) == 2
    assert lines[1].startswith("photos/1.png,")
    Path("photos/1.png").write_bytes(whole)
    assert main(["run", "hide.json", "photos", "-o", "out", "--resume"]) == 0
    assert not Path("out/failures.csv").exists()
    assert len(results()) == 4


def test_somebody_s_own_failures_csv_stays(photos):
    Path("out").mkdir()
    Path("out/failures.csv").write_text("mine")
    assert main(["run", "hide.json", "photos", "-o", "out"]) == 0
    assert Path("out/failures.csv").read_text() == "mine"


def test_masks_of_all_photos_come_as_annotations_and_grow_by_going_on(photos, capsys):
    assert main(["run", "find.json", "photos/0.png", "photos/1.png", "-o", "out", "--format", "coco"]) == 0
    assert "2 objects on 2 photos: out" in capsys.readouterr().err
    assert main(["run", "find.json", "photos", "-o", "out", "--format", "coco"]) == 1
    assert "out is not empty" in capsys.readouterr().err
    assert main(["run", "find.json", "photos", "-o", "out", "--format", "coco", "--resume"]) == 0
    assert "2 of 4 photos are done already." in capsys.readouterr().err
    data = json.loads(Path("out/annotations.json").read_text())
    assert [one["file_name"] for one in data["images"]] == [f"{number}.png" for number in range(4)]
    assert len(data["annotations"]) == 4
    assert main(["run", "hide.json", "photos", "-o", "other", "--format", "coco"]) == 1
    assert "for recipes that end in masks" in capsys.readouterr().err


def test_a_watched_folder_is_worked_on_as_photos_come(photos, capsys, monkeypatch):
    looks = []

    def sleep(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 1:
            save(9)
        if len(looks) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(module.time, "sleep", sleep)
    for path in photos.iterdir():
        path.unlink()
    assert main(["run", "hide.json", "photos", "-o", "out", "--watch"]) == 0
    said = capsys.readouterr()
    assert "Watching photos. Ctrl-C ends it." in said.err
    assert said.out.split() == ["out/9.png"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["photos/0.png", "-o", "one.png", "--resume"], "--resume: there is one photo and one file"),
        (["photos/0.png", "-o", "out", "--watch"], "--watch needs a folder to look at"),
    ],
)
def test_what_makes_no_sense_is_said(photos, words, sentence, capsys):
    assert main(["run", "hide.json", *words]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_after_kill_9_nothing_is_lost_or_done_twice(photos, workers):
    for number in range(4, 24):
        save(number)
    command = [sys.executable, "-m", "sam", "run", str(Path("hide.json").resolve()), str(photos), "-o"]
    out, undisturbed = Path("out").resolve(), Path("undisturbed").resolve()
    process = subprocess.Popen(
        [*command, str(out), "--workers", str(workers)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None and (not out.is_dir() or len(list(out.glob("*.png"))) < 5):
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it was killed in the middle"
    before = {path: path.stat().st_mtime_ns for path in out.glob("*.png")}
    lines = (out / JOURNAL).read_bytes()
    again = subprocess.run(
        [*command, str(out), "--resume", "--workers", str(workers)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    finished = [path for path, stamp in before.items() if path.stat().st_mtime_ns == stamp]
    assert len(finished) >= len(before) - workers, "what was finished was left alone"
    assert (out / JOURNAL).read_bytes().startswith(lines)
    assert "photos are done already" in again.stderr
    subprocess.run([*command, str(undisturbed)], cwd=ROOT, capture_output=True, check=True)
    assert {path.name: path.read_bytes() for path in out.glob("*.png")} == {
        path.name: path.read_bytes() for path in undisturbed.glob("*.png")
    }
    assert len(list(out.glob("*.png"))) == 24
    shutil.rmtree(out)
