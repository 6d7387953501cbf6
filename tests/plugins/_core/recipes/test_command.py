"""`python -m sam run`: a folder, one truncated photo, other settings, and what is refused before anything runs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image as Pil

from plugins._core.recipes.journal import JOURNAL
from plugins._core.recipes.run import FAILURES
from plugins.blur_background import blur_background
from plugins.subject import find_subject
from sam.__main__ import main

RECIPE = {
    "recipe": "Sharp subject",
    "version": 1,
    "steps": [{"tool": "find_subject"}, {"tool": "blur_background", "options": {"blur": 1.0}}],
}


@pytest.fixture
def photos(tmp_path, monkeypatch) -> dict[str, np.ndarray]:
    """photos/ with two photos and one that ends too early, and recipe.json beside it."""
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    arrays = {"cat": skimage.data.chelsea()[::3, ::3], "pilot": skimage.data.astronaut()[:300:2, 100:400:2]}
    for name, array in arrays.items():
        Pil.fromarray(array).save(f"photos/{name}.png")
    whole = Path("photos/cat.png").read_bytes()
    Path("photos/half.png").write_bytes(whole[: len(whole) // 2])
    Path("recipe.json").write_text(json.dumps(RECIPE))
    return arrays


@pytest.fixture
def run(capsys):
    """run("run", ...) -> (exit code, standard output, standard error)."""

    def run_command(*words: str) -> tuple[int, str, str]:
        code = main(words)
        done = capsys.readouterr()
        return code, done.out, done.err

    return run_command


def read(path: str) -> np.ndarray:
    with Pil.open(path) as picture:
        return np.asarray(picture)


def test_a_folder_with_one_truncated_photo(run, photos):
    before = {path: path.read_bytes() for path in Path("photos").iterdir()}
    code, out, err = run("run", "recipe.json", "photos", "-o", "out", "--set", "blur_background.falloff=no")
    assert code == 1
    assert out.split() == ["out/cat.png", "out/pilot.png"]
    assert (
        "2/3 photos/half.png ... Error: half.png is damaged" in err or "half.png" in err.split("2/3")[1].split("3/3")[0]
    )
    assert "1 of 3 photos failed; the others are done." in err
    assert "Traceback" not in err
    assert sorted(path.name for path in Path("out").iterdir()) == [JOURNAL, "cat.png", FAILURES, "pilot.png"]
    assert Path("out", FAILURES).read_text().startswith("photo,error\nphotos/half.png,")
    for name, photo in photos.items():
        expected = blur_background(photo, find_subject(photo), blur=1.0, falloff=False)
        np.testing.assert_array_equal(read(f"out/{name}.png"), expected)
    assert before == {path: path.read_bytes() for path in Path("photos").iterdir()}


def test_one_photo_as_json_and_results_that_are_no_pictures(run, photos):
    Path("find.json").write_text(json.dumps({"recipe": "Find", "steps": [{"tool": "find_subject"}]}))
    code, out, err = run("run", "find.json", "photos/cat.png", "--json")
    assert code == 0, err
    assert json.loads(out) == {"image": "photos/cat.png", "out": "find-results/cat.json"}
    masks = json.loads(Path("find-results/cat.json").read_text())
    assert masks["size_hw"] == list(photos["cat"].shape[:2])


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["no-such", "photos"], 1, "no-such cannot be read"),
        (["recipe.json", "nowhere"], 1, "nowhere is not there"),
        (["recipe.json"], 2, "photos"),
        (["recipe.json", "photos", "--set", "blur"], 2, "STEP.OPTION=VALUE"),
        (["recipe.json", "photos", "--set", "blur=much"], 1, "blur expects float"),
        (["recipe.json", "photos", "--set", "glow=1"], 1, "no step of the recipe has such an option"),
        (["recipe.json", "photos", "--text", "dog"], 1, "text: no step"),
        (["recipe.json", "photos", "-o", "photos"], 1, "take the place of the photo"),
        (["recipe.json", "photos", "--format", "docx"], 1, "ends in"),
        (["trimmed-cut-out", "photos", "--format", "jpg"], 1, "ends in"),
        (["photos/cat.png", "photos"], 1, "This is not JSON"),
        (["newer.json", "photos"], 1, "version 99"),
    ],
)
def test_what_is_refused_before_anything_is_made(run, photos, words, code, message):
    Path("newer.json").write_text(json.dumps({**RECIPE, "version": 99}))
    before = sorted(Path().rglob("*"))
    found, out, err = run("run", *words)
    assert (found, out) == (code, "")
    assert message in err
    assert "Traceback" not in err
    assert sorted(Path().rglob("*")) == before


def test_the_ready_made_ones_are_listed(run):
    code, out, _ = run("recipes")
    assert code == 0
    assert "cut-out-on-white\n" in out
    assert "find_subject -> matte -> compose" in out
    rows = {row["name"]: row for row in json.loads(run("recipes", "--json")[1])}
    assert rows["blur-the-background"]["missing"] == ""
    assert rows["blur-the-background"]["steps"] == "find_subject -> blur_background"
