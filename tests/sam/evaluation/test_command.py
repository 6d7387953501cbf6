"""`python -m sam eval`: three files on success, a sentence for every mistake."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sam
from sam.cli.main import build_cli, run_cli

from .conftest import annotation, square

ROOT = Path(sam.__file__).parents[1]
PIXELS = np.random.default_rng(0).integers(0, 255, (40, 40, 3)).astype(np.uint8)


@pytest.fixture
def run(capsys):
    """run("--data", ...) -> (exit code, standard output, standard error)."""

    def run_command(*words: object) -> tuple[int, str, str]:
        code = run_cli(build_cli(), ["eval", *map(str, words)])
        done = capsys.readouterr()
        return code, done.out, done.err

    return run_command


@pytest.mark.slow
def test_a_folder_is_measured_and_reported(run, data, tmp_path):
    words = (
        "--photos",
        2,
        "--objects",
        1,
        "--min-area",
        50,
        "--clicks",
        2,
        "--no-noc",
        "--classics",
        "--out",
        tmp_path,
    )
    code, out, err = run("--data", data, *words)
    assert code == 0
    assert "# Evaluation of nano" in out
    assert "All photos. If a model was trained" in out
    report = json.loads((tmp_path / "report.json").read_text())
    assert list(report["methods"]) == ["nano", "filled box", "GrabCut", "disks", "Felzenszwalb region", "random walker"]
    assert report["sets"] == {"shapes": {"photos": 2, "chosen": 2, "objects": 2}}
    assert report["arguments"]["split"] == "all"
    assert report["arguments"]["data"] == str(data)
    assert report["models"] == [{"name": "nano", "weights": sam.load_model("nano").weights}]
    assert {"python", "numpy", "onnxruntime"} <= set(report["versions"])
    for name in ("report.json", "report.md", "report.html"):
        assert str(tmp_path / name) in err
        assert (tmp_path / name).stat().st_size > 500


def test_json_and_a_file_of_annotations(run, write_coco):
    folder = write_coco({"a.png": PIXELS}, [annotation(square(5, 5, 30, 30), colour="red")])
    where = ("--annotations", folder / "annotations.json", "--images", folder / "images")
    code, out, _ = run(*where, "--no-noc", "--clicks", 1, "--group-by", "colour", "--json")
    assert code == 0
    report = json.loads(out)
    assert list(report["methods"]["nano"]["groups"]) == ["red"]
    assert len(report["objects"]) == 1


def test_the_same_seed_gives_the_same_figures(run, data):
    words = ("--data", data, "--photos", 2, "--objects", 1, "--min-area", 50, "--no-noc", "--clicks", 1, "--json")
    first, second, other = (json.loads(run(*words, "--seed", seed)[1])["objects"] for seed in (1, 1, 2))
    assert first == second
    assert [row["figures"]["nano"]["box"] for row in first] == [row["figures"]["nano"]["box"] for row in other]
    assert [row["figures"]["nano"]["box_jitter"] for row in first] != [
        row["figures"]["nano"]["box_jitter"] for row in other
    ]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ([], 1, "Say what to measure on: --data FOLDER, or --annotations FILE and --images FOLDER."),
        (["--annotations", "{coco}/annotations.json"], 1, "Say what to measure on"),
        (["--data", "{coco}", "--images", "{coco}"], 1, "Say what to measure on"),
        (["--data", "{empty}"], 1, "expected a COCO folder (images/ and annotations.json)"),
        (["--data", "{coco}/no"], 1, "found nothing"),
        (["--data", "{coco}/images/a.png"], 1, "found a file"),
        (["--data", "{coco}", "--model", "nanno"], 1, "Did you mean nano"),
        (["--data", "{coco}", "--min-area", "5000"], 1, "No object has 5000 pixels or more; use a smaller --min-area."),
        (["--data", "{coco}", "--group-by", "shade"], 1, "has the field 'shade'. There are: area, category"),
        (["--data", "{coco}", "--split", "held-out"], 1, "None of the photos with objects is held out of training"),
        (["--data", "{coco}", "--out", "{coco}/annotations.json"], 1, "expected a folder for the report"),
        (["--data", "{lost}"], 1, "1 photos or objects were left out. The first: lost/gone.png, image not readable"),
        (["--data", "{coco}", "--split", "some"], 2, "--split"),
        (["--data", "{coco}", "--clicks", "21"], 2, "--clicks"),
        (["--data", "{coco}", "--photos", "0"], 2, "--photos"),
    ],
)
def test_what_is_refused(run, write_coco, tmp_path, words, code, message):
    coco = write_coco({"a.png": PIXELS}, [annotation(square(5, 5, 30, 30))])
    lost = write_coco({"gone.png": PIXELS}, [annotation(square(5, 5, 30, 30))], name="lost")
    (lost / "images" / "gone.png").unlink()
    (tmp_path / "empty").mkdir()
    places = {"coco": coco, "lost": lost, "empty": tmp_path / "empty"}
    found, out, err = run(*(word.format(**places) for word in words))
    assert (found, out) == (code, "")
    text = " ".join(err.replace("│", " ").split())
    assert message in text
    assert "Traceback" not in err


def test_the_command_line_is_light_to_import():
    heavy = {"torch", "gradio", "cv2", "PIL", "skimage", "scipy", "pycocotools", "matplotlib", "jinja2", "onnxruntime"}
    code = "import sys, sam.cli.main, sam.evaluation.command; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not heavy & loaded
    assert "sam.evaluation.evaluate" not in loaded


@pytest.mark.slow
def test_the_package_runs_as_the_command(write_coco):
    folder = write_coco({"a.png": PIXELS}, [annotation(square(5, 5, 30, 30))])
    words = ["-m", "sam.evaluation", "--data", str(folder), "--no-noc", "--clicks", "1", "--json"]
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sets"]["coco"]["objects"] == 1
    assert done.stderr.strip() == "coco: 1 photos, 1 objects"
