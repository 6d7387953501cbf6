"""`sam project info` and `sam project replay`."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from sam import load_model, rle
from sam.__main__ import main
from sam.formats import AnnotatedImage, AnnotatedObject, Project, ProjectObject, ProjectPhoto, read_project
from sam.formats import write_project as write
from tests.sam.formats.test_samstudio import a_photo
from tests.sam.pictures import encode


@pytest.fixture
def file(tmp_path, picture):
    """Two objects of nano's, one without prompts, one locked; and a photo without objects."""
    from PIL import Image

    model = load_model("nano")
    mask = model.predict(model.embed(picture), points=[[40, 30]], labels=[1]).masks[0]
    prompts = {"points": [[40, 30]], "labels": [1], "box": None}
    half = mask & (np.arange(120) < 40)
    rows = [("same", mask, prompts, False), ("half", half, prompts, False), ("drawn", half, {}, False)]
    rows += [("locked", half, prompts, True)]
    objects = tuple(
        ProjectObject(AnnotatedObject("a.png", rle.encode(drawn), "thing", name, prompts=said), name, locked=locked)
        for name, drawn, said, locked in rows
    )
    data = encode(Image.fromarray(picture))
    one = ProjectPhoto("p1", AnnotatedImage("a.png", (80, 120)), objects=objects, model="nano", data={"photo": data})
    write(Project((one, replace(a_photo(2), objects=(), selected=()))), tmp_path / "a.samstudio")
    return tmp_path / "a.samstudio"


def test_info(file, capsys):
    assert main(["project", "info", str(file)]) == 0
    said = capsys.readouterr().out
    assert "2 photos, 4 objects, 1 classes" in said
    assert "a.png: 120 x 80, 4 objects (3 with prompts), nano" in said
    assert main(["project", "info", str(file), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["classes"] == {"thing": 4}
    assert [(one["inside"], one["there"]) for one in facts["photos"]] == [(True, True)] * 2


def test_replay_lists_and_changes_nothing(file, capsys):
    before = file.read_bytes()
    assert main(["project", "replay", str(file), "--model", "nano", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["objects"]
    assert [(row["id"], row["by"], row["taken"]) for row in rows] == [
        ("same", "prompts", False),
        ("half", "prompts", False),
        ("drawn", "", False),
        ("locked", "prompts", False),
    ]
    assert rows[0]["iou"] == 1
    assert 0 < rows[1]["iou"] < 1
    assert rows[2]["iou"] is None
    assert file.read_bytes() == before


def test_replay_takes_all_or_some(file, tmp_path, capsys):
    old = {one.id: one.annotation.rle for one in read_project(file).photos[0].objects}
    assert main(["project", "replay", str(file), "--model", "nano", "-o", str(tmp_path / "b.samstudio")]) == 0
    assert "half (half): IoU 0." in capsys.readouterr().out
    back = {one.id: one.annotation for one in read_project(tmp_path / "b.samstudio").photos[0].objects}
    assert back["half"].rle == old["same"]
    assert back["half"].provenance["source"] == "replayed, nano"
    assert back["locked"].rle == back["drawn"].rle == old["half"]
    some = ["--take", "same", "-o", str(tmp_path / "c.samstudio")]
    assert main(["project", "replay", str(file), "--model", "nano", *some]) == 0
    assert {one.id: one.annotation.rle for one in read_project(tmp_path / "c.samstudio").photos[0].objects} == old


def test_replay_by_boxes(file, capsys):
    assert main(["project", "replay", str(file), "--model", "nano", "--boxes"]) == 0
    assert "by its box" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--model", "nonsuch"], "nonsuch"),
        (["--model", "nano", "--take", "zz"], "--take zz"),
        (["--model", "nano", "-o", "a.zip"], ".samstudio"),
    ],
)
def test_what_replay_refuses(file, capsys, more, said):
    assert main(["project", "replay", str(file), *more]) == 1
    assert said in capsys.readouterr().err


def test_the_project_itself_is_not_overwritten(file, capsys):
    before = file.read_bytes()
    assert main(["project", "replay", str(file), "--model", "nano", "-o", str(file)]) == 1
    assert file.read_bytes() == before
    assert "Choose another name" in capsys.readouterr().err
