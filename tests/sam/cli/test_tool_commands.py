from __future__ import annotations

import json
from typing import Annotated, Literal

import numpy as np
import pytest

from plugins import Tool
from sam import Boxes, Cutout, Image, Masks, Points, PromptError
from sam.cli.main import build_cli, run_cli
from sam.cli.tool_commands import read_docstring, tool_command
from sam.options import Between


def brighten(image: Image, *, by: int = 10, keep: bool = True, how: Literal["add", "scale"] = "add") -> Image:
    """Make a picture brighter.

    It never overflows.

    Args:
        image: any picture.
        by: how much,
            in steps of one.
        how: which way.

    Returns:
        The same picture.
    """
    assert isinstance(how, str)
    return (
        image if not keep else np.clip(image.astype(int) + by * (2 if how == "scale" else 1), 0, 255).astype(np.uint8)
    )


def frame(points: Points, boxes: Boxes, text: str, count: int, *, label: str | None = None) -> Boxes:
    """Boxes that hold all points."""
    low, high = points.xy.min(0), points.xy.max(0)
    both = np.concatenate([[[*low, *high]], boxes.xyxy])
    return Boxes(np.repeat(both, count, 0), None, (label or text,) * (len(both) * count))


def invert(masks: Masks, *, model: Literal[1, 2] = 1, out: float = 0.5, json: bool = False) -> Masks:
    """Options that are called like the command's own."""
    return Masks(~masks.masks, [out] * len(masks)) if json else Masks(masks.masks, [model] * len(masks))


def describe(text: str) -> str:
    """Text from text."""
    return f"<{text}>"


def refuse(text: str) -> str:
    """Always wrong."""
    raise PromptError("text: expected another.")


def cut(image: Image, masks: Masks) -> Cutout:
    """A cut-out."""
    return np.dstack([image, masks.union() * np.uint8(255)])


Share = Annotated[float, Between(0, 1)]
TOOLS = [brighten, frame, invert, describe, refuse, cut]


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """run("brighten", "a.png", ...) -> (exit code, standard output, standard error)."""
    monkeypatch.chdir(tmp_path)
    app = build_cli([tool_command(Tool.from_function(function)) for function in TOOLS])

    def run_command(*words: str) -> tuple[int, str, str]:
        code = run_cli(app, words)
        done = capsys.readouterr()
        return code, done.out.strip(), done.err

    return run_command


@pytest.fixture
def photo(tmp_path) -> np.ndarray:
    from PIL import Image as Pil

    pixels = np.random.default_rng(0).integers(0, 200, (5, 7, 3), np.uint8)
    Pil.fromarray(pixels).save(tmp_path / "photo.png")
    return pixels


def load(path) -> np.ndarray:
    from PIL import Image as Pil

    with Pil.open(path) as picture:
        return np.asarray(picture)


@pytest.mark.parametrize(
    ("flags", "by"),
    [([], 10), (["--by", "20"], 20), (["--how", "scale"], 20), (["--no-keep"], 0), (["--keep", "--by=-5"], -5)],
)
def test_options_become_flags(flags, by, run, photo):
    assert run("brighten", "photo.png", "-o", "out.png", *flags) == (0, "out.png", "")
    np.testing.assert_array_equal(load("out.png"), np.clip(photo.astype(int) + by, 0, 255))


def test_data_become_arguments_in_order(run):
    code, out, _ = run("frame", "1,2 5,9", "0,0,3,3", "cat", "2")
    assert code == 0
    boxes = json.loads(out)["boxes"]
    assert [row["box"] for row in boxes] == [[1, 2, 5, 9]] * 2 + [[0, 0, 3, 3]] * 2
    assert boxes[0]["label"] == "cat"
    assert json.loads(run("frame", "1,2", "0,0,3,3", "cat", "1", "--label", "dog")[1])["boxes"][0]["label"] == "dog"


def test_options_that_are_called_like_ours(run, tmp_path):
    code, out, _ = run("frame", "1,2 5,9", "0,0,3,3", "cat", "1", "-o", "boxes.json", "--json")
    assert (code, json.loads(out)) == (0, {"out": "boxes.json"})
    (tmp_path / "masks.json").write_text('{"size": [1, 3], "counts": [1, 1, 1]}')
    plain = json.loads(run("invert", "masks.json", "--model", "2")[1])
    assert plain["masks"][0]["score"] == 2
    own = json.loads(run("invert", "masks.json", "--option-json", "--option-out", "0.25", "--json")[1])
    assert own["masks"][0]["score"] == 0.25
    assert own["masks"][0]["area"] == 2


def test_text_is_printed_as_it_is_unless_json_is_wanted(run):
    assert run("describe", "a b") == (0, "<a b>", "")
    assert run("describe", "a b", "--json") == (0, '"<a b>"', "")
    assert run("describe", "a b", "-o", "a.txt") == (0, "a.txt", "")


def test_one_command_reads_what_another_has_written(run, photo, tmp_path):
    (tmp_path / "masks.json").write_text('{"size": [5, 7], "counts": [10, 5, 20]}')
    assert run("invert", "masks.json", "--option-json", "-o", "inverse.json")[0] == 0
    assert run("cut", "photo.png", "inverse.json", "-o", "cut.png")[0] == 0
    cutout = load("cut.png")
    np.testing.assert_array_equal(cutout[..., :3], photo)
    assert (cutout[..., 3] == 0).sum() == 5


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["refuse", "x"], 1, "Error: text: expected another."),
        (["brighten", "no.png", "-o", "out.png"], 1, "Error: There is no file no.png"),
        (["brighten", "photo.png", "-o", "out.xyz"], 1, "ends in .png"),
        (["cut", "photo.png", "photo.png", "-o", "out.jpg"], 1, "ends in .png"),
        (["brighten", "photo.png", "-o", "no/out.png"], 1, "does not exist"),
        (["brighten", "photo.png"], 2, "The result is a picture. Say where to write it"),
        (["brighten", "-o", "out.png"], 2, "Missing argument"),
        (["brighten", "photo.png", "-o", "out.png", "--by", "x"], 2, "--by"),
        (["brighten", "photo.png", "-o", "out.png", "--how", "max"], 2, "--how"),
        (["brighten", "photo.png", "-o", "out.png", "--wrong"], 2, "--wrong"),
        (["frame", "1,2", "0,0,3,3", "cat", "many"], 1, "a whole number, got 'many'"),
        (["unknown"], 2, "unknown"),
    ],
)
def test_errors_go_to_standard_error_with_an_exit_code(words, code, message, run, photo):
    found, out, err = run(*words)
    assert (found, out) == (code, "")
    assert message in err
    assert "Traceback" not in err
    assert "Invalid value: The result" not in err


def test_nothing_is_computed_for_a_result_that_cannot_be_written(run, photo):
    code, _, err = run("cut", "no.png", "no.json", "-o", "no/out.png")
    assert code == 1
    assert "folder" in err


def test_help_comes_from_the_docstring(run):
    code, out, _ = run("brighten", "--help")
    assert code == 0
    for words in (
        "Make a picture brighter.",
        "It never overflows.",
        "any picture",
        "how much, in steps of one.",
        "which way",
    ):
        assert words in " ".join(out.split())
    assert "Returns" not in out
    assert "The same picture" not in out


def test_all_tools_are_listed(run):
    _, out, _ = run("--help")
    for function in (*TOOLS, "segment", "models"):
        assert getattr(function, "__name__", function) in out


@pytest.mark.parametrize(
    ("doc", "summary", "described"),
    [
        ("", "", {}),
        ("One line.", "One line.", {}),
        ("One.\n\nTwo.\n\nRaises:\n    X: y.", "One.\n\nTwo.", {}),
        (
            "One.\n\nArgs:\n    a: b.\n    c (int): d\n        e.\n\nRaises:\n    X: y.",
            "One.",
            {"a": "b.", "c": "d e."},
        ),
        ("One.\n\n    Args:\n        a: b: c.\n", "One.", {"a": "b: c."}),
    ],
)
def test_read_docstring(doc, summary, described):
    assert read_docstring(doc) == (summary, described)


def test_a_picture_keeps_its_photos_colour_profile(run, photo, tmp_path):
    from PIL import Image as Pil

    from tests.sam.pictures import display_p3

    profile = display_p3()
    Pil.fromarray(photo).save(tmp_path / "wide.png", icc_profile=profile)
    run("brighten", "wide.png", "--no-keep", "-o", "same.png")
    with Pil.open(tmp_path / "same.png") as picture:
        assert picture.info["icc_profile"] == profile
    assert (load(tmp_path / "same.png") == photo).all()


def soften(text: str, *, edge_width: Annotated[int, Between(0, 30, "pixels")] = 4, part: Share = 0.5) -> str:
    """How soft."""
    return f"{edge_width} {part}"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--edge-width", "30", "--part", "1"], 0, "30 1.0"),
        (["--edge_width", "0"], 0, "0 0.5"),
        (["--edge-width", "31"], 2, "less than or equal to 30"),
        (["--edge-width", "-1"], 2, "greater than or equal to 0"),
        (["--part", "1.5"], 2, "less than or equal to 1"),
        (["--part", "nan"], 2, "less than or equal to 1"),
        (["--help"], 0, "0<=x<=30"),
    ],
)
def test_numbers_have_the_ranges_of_the_signature(words, code, said, capsys):
    app = build_cli([tool_command(Tool.from_function(soften)), tool_command(Tool.from_function(describe))])
    assert run_cli(app, ["soften", *([] if "--help" in words else ["x"]), *words]) == code
    done = capsys.readouterr()
    assert said in " ".join((done.out + done.err).split())
