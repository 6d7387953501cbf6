from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image as Pil

import sam
from sam import rle
from sam.__main__ import main, plugin_commands
from sam.cli.main import build_cli, run_cli
from sam.cli.tool_commands import Command
from sam.clicks import predict_in_turn
from sam.high_resolution.tiles import Tiled

ROOT = Path(__file__).parents[3]


@pytest.fixture
def photo(monkeypatch, tmp_path) -> np.ndarray:
    """cat.png in the current folder, which is empty else."""
    monkeypatch.chdir(tmp_path)
    pixels = skimage.data.chelsea()
    Pil.fromarray(pixels).save("cat.png")
    return pixels


@pytest.fixture
def run(capsys):
    """run("segment", ...) -> (exit code, standard output, standard error)."""

    def run_command(*words: str) -> tuple[int, str, str]:
        code = main(words)
        done = capsys.readouterr()
        return code, done.out.strip(), done.err

    return run_command


def load(path) -> np.ndarray:
    with Pil.open(path) as picture:
        return np.asarray(picture)


PROMPTS = {
    "point": (["--point", "230,160"], {"points": [[230, 160]]}),
    "points": (
        ["--point", "230,160", "--point", "250,170", "--background-point", "10,10"],
        {"points": [[230, 160], [250, 170], [10, 10]], "labels": [1, 1, 0]},
    ),
    "box": (["--box", "120,20,400,290"], {"boxes": [120, 20, 400, 290]}),
    "both": (["--box", "120,20,400,290", "--point", "230,160"], {"boxes": [120, 20, 400, 290], "points": [[230, 160]]}),
}


@pytest.mark.parametrize(("words", "arguments"), PROMPTS.values(), ids=PROMPTS.keys())
def test_segment_writes_what_the_engine_finds(words, arguments, run, photo):
    model = sam.load_model("nano")
    expected = predict_in_turn(model, model.embed(photo), sam.Prompt.of(**arguments))
    code, out, err = run("segment", "cat.png", *words, "-o", "out.png", "--mask-out", "mask.png", "--json")
    assert code == 0
    assert "Encoding 451 x 300 pixels" in err
    data = json.loads(out)
    assert data["model"] == "nano"
    assert data["image"] == "cat.png"
    assert data["files"] == ["out.png", "mask.png"]
    assert data["size_hw"] == [300, 451]
    assert [row["score"] for row in data["masks"]] == pytest.approx(expected.scores.tolist(), abs=1e-5)
    for row, mask in zip(data["masks"], expected.masks):
        np.testing.assert_array_equal(rle.decode(row["rle"]), mask)
    mask = expected.masks[0]
    np.testing.assert_array_equal(load("mask.png"), mask * 255)
    cutout = load("out.png")
    np.testing.assert_array_equal(cutout[..., 3], mask * 255)
    np.testing.assert_array_equal(cutout[..., :3], photo * mask[..., None])


def test_segment_tells_people_in_words(run, photo):
    code, out, _ = run("segment", "cat.png", "--box", "120,20,400,290", "-o", "out.webp")
    assert code == 0
    first, second = out.splitlines()
    assert "pixels in (" in first
    assert second == "out.webp"


def test_transparency_of_the_picture_stays(run, photo):
    alpha = np.full(photo.shape[:2], 255, np.uint8)
    alpha[:150] = 100
    Pil.fromarray(np.dstack([photo, alpha])).save("clear.png")
    assert run("segment", "clear.png", "--box", "120,20,400,290", "-o", "out.png")[0] == 0
    found = load("out.png")[..., 3]
    assert set(np.unique(found[:150])) <= {0, 100}
    assert set(np.unique(found[150:])) <= {0, 255}
    assert found.any()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["cat.png", "-o", "o.png"], 2, "Say what to segment: --point x,y"),
        (["cat.png", "--point", "230,160"], 2, "Say what to make: -o"),
        (["cat.png", "--point", "230", "--json"], 2, "--point: expected 2 numbers such as 500,375, got '230'"),
        (["cat.png", "--point", "a,b", "--json"], 2, "--point: expected 2 numbers"),
        (["cat.png", "--box", "1,2,3", "--json"], 2, "--box: expected 4 numbers"),
        (["--point", "230,160", "--json"], 2, "Missing argument"),
        (["cat.png", "--point", "230,160", "--json", "--wrong"], 2, "--wrong"),
        (["cat.png", "--point", "2300,160", "--json"], 1, "inside the image (451 x 300), got (2300, 160)"),
        (["cat.png", "--point", "nan,160", "--json"], 1, "finite"),
        (["cat.png", "--box", "9,9,1,1", "--json"], 1, "the other way round"),
        (["no.png", "--point", "230,160", "--json"], 1, "There is no file no.png"),
        (["empty.png", "--point", "230,160", "--json"], 1, "empty.png is empty"),
        (["cat.png", "--point", "230,160", "--json", "--model", "nanno"], 1, "Did you mean nano"),
        (["cat.png", "--point", "230,160", "-o", "out.jpg"], 1, "expected a name that ends in .png"),
        (["cat.png", "--point", "230,160", "-o", "no/out.png"], 1, "does not exist"),
        (["cat.png", "--point", "230,160", "-o", "cat.png"], 1, "is the picture itself"),
        (["cat.png", "--point", "230,160", "--mask-out", "./cat.png"], 1, "is the picture itself"),
    ],
)
def test_what_segment_refuses(words, code, message, run, photo):
    Path("empty.png").touch()
    before = Path("cat.png").read_bytes()
    found, out, err = run("segment", *words)
    assert (found, out) == (code, "")
    assert message in " ".join(err.split())
    assert "Traceback" not in err
    assert sorted(os.listdir()) == ["cat.png", "empty.png"]
    assert Path("cat.png").read_bytes() == before


def test_models(run, monkeypatch, tmp_path):
    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(tmp_path))
    code, out, _ = run("models")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[1:]] == [spec.name for spec in sam.list_models()]
    assert "ready" in out.splitlines()[1]
    facts = json.loads(run("models", "--json")[1])
    assert [row["name"] for row in facts] == [spec.name for spec in sam.list_models()]
    for row, spec in zip(facts, sam.list_models()):
        assert row["licence"] == spec.licence
        assert row["bytes"] == spec.bytes
        assert row["sha256"] == dict(spec.sha256)
        assert row["ready"] == spec.ready


def test_plugins(run):
    code, out, _ = run("plugins")
    assert code == 0
    assert "click" in out
    rows = json.loads(run("plugins", "--json")[1])
    assert {"click", "cutout_png"} <= {row["plugin"] for row in rows}


def test_every_tool_of_every_plugin_is_a_command(run):
    from plugins import load_plugins

    names = {command.name for command in plugin_commands()}
    assert names >= {*(name.replace("_", "-") for name in load_plugins().tools), "plugins"}
    for name in sorted(names):
        code, out, _ = run(name, "--help")
        assert code == 0
        assert "Usage: python -m sam" in out


def test_tools_work_together(run, photo):
    code, out, _ = run("boxes-to-masks", "cat.png", "120,20,400,290")
    assert code == 0
    assert run("boxes_to_masks", "cat.png", "120,20,400,290")[:2] == (0, out)
    Path("masks.json").write_text(out)
    assert run("cutout_png", "cat.png", "masks.json", "-o", "out.png", "--trim")[:2] == (0, "out.png")
    mask = rle.decode(json.loads(out)["masks"][0]["rle"])
    assert (load("out.png")[..., 3] > 0).sum() == mask.sum()


LOADED = """
import sys
from sam.__main__ import main
code = main(sys.argv[1:])
names = {name.split(".")[1] for name in sys.modules if name.startswith("plugins.")}
print("LOADED", code, *sorted(names - {"_core", "__main__"}), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("words", "loaded"),
    [
        (["segment", "cat.png", "--point", "230,160", "--json"], []),
        (["models", "--json"], []),
        (["find-subject", "cat.png", "--json"], ["subject"]),
        (["cutout_png", "--help"], ["cutout_png"]),
    ],
)
def test_a_command_loads_only_the_plugins_that_it_needs(words, loaded, photo, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stderr.splitlines()[-1].split() == ["LOADED", "0", *loaded]


def test_underscores_are_hyphens(run, photo):
    code, out, _ = run("segment", "cat.png", "--background_point", "10,10", "--point", "230,160", "--mask_out", "m.png")
    assert (code, out.splitlines()[-1]) == (0, "m.png")


def test_a_broken_plugin_does_not_break_the_command_line(run, monkeypatch, tmp_path):
    (tmp_path / "broken.py").write_text("import no_such_module\n")
    monkeypatch.setenv("SAM_STUDIO_PLUGINS_DIR", str(tmp_path))
    assert run("models")[0] == 0
    code, out, _ = run("plugins")
    assert code == 0
    assert "no_such_module" in out


def test_a_name_that_is_taken_keeps_its_command(capsys):
    def other() -> None:
        print("other")  # noqa: T201

    app = build_cli([Command("models", other, "Other."), Command("extra", other, "Extra.", "More")])
    assert run_cli(app, ["extra"]) == 0
    assert capsys.readouterr().out == "other\n"
    assert run_cli(app, ["models", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["name"] == "nano"


def test_without_arguments_there_is_help(run):
    code, out, err = run()
    assert code in (0, 2)
    assert "segment" in out + err


def test_an_error_in_the_program_is_not_hidden():
    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_cli(build_cli([Command("broken", broken, "Broken.")]), ["broken"])


def test_what_the_file_system_refuses_is_a_sentence_and_other_errors_are_not(capsys):
    def broken() -> None:
        Path("x" * 300).stat()

    def silent() -> None:
        raise OSError("of no file")

    app = build_cli([Command("broken", broken, "Broken."), Command("silent", silent, "Broken.")])
    assert run_cli(app, ["broken"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("Error: 'xxxx")
    assert said.endswith(": File name too long.\n")
    with pytest.raises(OSError, match="of no file"):
        run_cli(app, ["silent"])


@pytest.mark.parametrize(
    "words",
    [["run", "{}", "a.png"], ["run", "cut-out-on-white", "a.png", "-o", "{}"], ["run", "cut-out-on-white", "{}"]],
)
def test_names_that_are_too_long_are_said_before_the_work(words, run, photo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Pil.fromarray(photo).save("a.png")
    code, _, err = run(*(word.format("x" * 300) for word in words))
    assert code in (1, 2)
    assert "Traceback" not in err
    assert "x" * 20 in err


def program(*words: str, folder: Path, path: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(path)}
    return subprocess.run(
        [sys.executable, "-m", "sam", *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )


def test_as_a_program(photo, tmp_path):
    done = program("segment", "cat.png", "--point", "230,160", "-o", "out.png", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert load("out.png").shape == (300, 451, 4)
    assert "Loading nano" in done.stderr
    assert done.stdout.splitlines()[-1] == "out.png"
    refused = program("segment", "no.png", "--point", "230,160", "-o", "out.png", folder=tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.strip() == "Error: There is no file no.png. Check the path: no.png"


def test_the_engine_alone_has_its_own_commands(tmp_path):
    (tmp_path / "sam").symlink_to(ROOT / "sam")
    # An editable install of the project would bring the plugins along.
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Without:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'plugins':\n"
        "            raise ModuleNotFoundError(name, name=name)\n"
        "sys.meta_path.insert(0, Without())\n"
    )
    done = program("--help", folder=tmp_path, path=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "segment" in done.stdout
    assert "cutout-png" not in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("download", "nano"), 1, "part of this package"),
        (("download", "nanno"), 1, "no model 'nanno'. Did you mean nano or nano-words or nano-names?"),
        (("download", "sam2.1-tiny", "--delete"), 0, "0 MB deleted"),
    ],
)
def test_download(words, code, said, run, monkeypatch, tmp_path):
    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(tmp_path))
    found, out, err = run(*words)
    assert found == code
    assert said in out + err


def test_segment_in_tiles_answers_from_one(run, photo):
    wide = np.tile(photo, (2, 3, 1))
    Pil.fromarray(wide).save("wide.png")
    code, _, err = run("segment", "wide.png", "--tiles", "--box", "120,20,400,290", "--mask-out", "mask.png")
    assert (code, "in tiles" in err) == (0, True)
    expected = Tiled(sam.load_model("nano"), wide).predict(boxes=[120, 20, 400, 290]).masks[0]
    np.testing.assert_array_equal(load("mask.png") > 0, expected)
