"""`sam convert`, `sam measure`, and --format."""

from __future__ import annotations

import csv
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from sam.__main__ import main
from sam.formats import Options, read_annotations
from sam.formats import write_annotations as write
from tests.sam.formats.scenes import apart


@pytest.fixture
def coco(tmp_path):
    write(apart(), tmp_path / "coco", "coco", Options(photos=True))
    return tmp_path / "coco"


@pytest.mark.parametrize("to", ["yolo", "labelme", "svg", "voc", "psd"])
def test_a_folder_is_recognised_and_converted(coco, tmp_path, capsys, to):
    assert main(["convert", str(coco), "-o", str(tmp_path / "out.zip"), "--to", to, "--copy-photos"]) == 0
    said = capsys.readouterr()
    assert "6 objects of 2 photos" in said.out
    assert "Not kept:" in said.err
    assert len(read_annotations(tmp_path / "out.zip").objects) == 6
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert "images/a/first.png" in archive.namelist()


def test_there_and_back_by_the_command_line(coco, tmp_path):
    assert main(["convert", str(coco), "-o", str(tmp_path / "masks"), "--to", "png-masks"]) == 0
    assert main(["convert", str(tmp_path / "masks"), "-o", str(tmp_path / "back.json"), "--to", "coco"]) == 0
    assert read_annotations(tmp_path / "back.json").objects == apart().objects


def test_json_says_the_loss(coco, tmp_path, capsys):
    arguments = ["convert", str(coco), "-o", str(tmp_path / "out"), "--to", "yolo", "--tolerance", "2", "--json"]
    assert main(arguments) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["objects"], said["format"]) == (6, "yolo")
    assert any("bridged" in line for line in said["loss"])


def test_photos_may_lie_elsewhere(coco, tmp_path, capsys):
    assert main(["convert", str(coco), "-o", str(tmp_path / "yolo"), "--to", "yolo"]) == 0
    assert main(["convert", str(tmp_path / "yolo"), "-o", str(tmp_path / "a"), "--to", "coco"]) == 0
    assert "its photo is not there" in capsys.readouterr().err
    photos = ["--photos", str(coco / "images")]
    assert main(["convert", str(tmp_path / "yolo"), "-o", str(tmp_path / "b"), "--to", "coco", *photos]) == 0
    assert [one.rle for one in read_annotations(tmp_path / "b").objects] == [one.rle for one in apart().objects]


def test_strict_writes_nothing(coco, tmp_path, capsys):
    held = json.loads((coco / "annotations.json").read_text())
    held["annotations"][0]["segmentation"] = [[1, 2]]
    (coco / "annotations.json").write_text(json.dumps(held))
    assert main(["convert", str(coco), "-o", str(tmp_path / "out"), "--to", "yolo", "--strict"]) == 1
    assert not (tmp_path / "out").exists()
    assert main(["convert", str(coco), "-o", str(tmp_path / "out"), "--to", "yolo"]) == 0
    assert "annotation 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["convert", "nowhere", "-o", "out", "--to", "coco"], "is not there"),
        (["convert", "coco", "-o", "out", "--to", "cocoa"], "Did you mean"),
        (["convert", "coco", "-o", "nowhere/out", "--to", "coco"], "does not exist"),
        (["convert", "coco/annotations.json", "-o", "coco/annotations.json", "--to", "coco"], "is the input itself"),
        (["measure", "coco", "--scale", "0"], "scale"),
        (["measure", "coco", "--scale", "nan"], "scale"),
        (["measure", "coco", "--scale", "inf"], "scale"),
        (["convert", "coco", "-o", "out", "--to", "coco", "--tolerance", "inf"], "tolerance"),
        (["convert", "coco", "-o", "x" * 300, "--to", "coco"], "too long"),
        (["convert", "coco", "-o", "x" * 300 + ".zip", "--to", "coco"], "too long"),
        (["convert", "coco", "-o", "x" * 300 + ".json", "--to", "coco"], "too long"),
        (["convert", "x" * 300, "-o", "out", "--to", "coco"], ""),
        (["convert", "coco", "-o", "out", "--to", "../coco"], "There is no format"),
        (["convert", "coco", "-o", "out", "--to", "coco", "--photos", "nowhere"], "is not there"),
        (["convert", "coco/images", "-o", "out", "--to", "nothing"], "There is no format"),
        (["convert", "/dev/null", "-o", "out", "--to", "coco"], "is not there"),
    ],
)
def test_what_cannot_be_is_said(coco, tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert main(arguments) == 1
    assert said in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_measures(coco, tmp_path, capsys):
    assert main(["measure", str(coco)]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [int(row["area_px2"]) for row in rows] == [one.area for one in apart().objects]
    assert all(row["mean_red"] for row in rows)
    assert main(["measure", str(coco), "--json", "--scale", "0.5"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["area_mm2"] == apart().objects[0].area / 4
    assert main(["measure", str(coco), "-o", str(tmp_path / "m.csv")]) == 0
    assert len((tmp_path / "m.csv").read_text("utf-8-sig").splitlines()) == 7


def test_a_plugins_format_is_known(coco, tmp_path, monkeypatch, capsys):
    plugin = tmp_path / "plugins" / "own_format.py"
    plugin.parent.mkdir()
    plugin.write_text(
        "from sam.formats import Format, Shape\n"
        "def write(annotations, out, options):\n"
        "    out.add('areas.txt', '\\n'.join(str(one.area) for one in annotations.objects))\n"
        "def setup(host):\n"
        "    host.add_format(Format('areas', 'Areas', Shape.TABLE, write=write))\n"
    )
    monkeypatch.setenv("SAM_STUDIO_PLUGINS_DIR", str(plugin.parent))
    assert main(["convert", str(coco), "-o", str(tmp_path / "out"), "--to", "areas"]) == 0
    assert (tmp_path / "out/areas.txt").read_text().split() == [str(one.area) for one in apart().objects]
    photo = str(coco / "images/a/first.png")
    at = ["--box", "5,5,30,30"]
    assert main(["segment", photo, *at, "--mask-out", str(tmp_path / "one"), "--format", "areas"]) == 0
    assert main(["boxes-to-masks", photo, at[1], "-o", str(tmp_path / "two"), "--format", "areas"]) == 0
    assert (tmp_path / "one/areas.txt").read_text() == (tmp_path / "two/areas.txt").read_text()


@pytest.fixture
def photo(tmp_path):
    pixels = np.full((80, 120, 3), 230, np.uint8)
    pixels[20:60, 30:70] = 200, 20, 20
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    return str(tmp_path / "photo.png")


def test_segment_writes_annotations(photo, tmp_path):
    out = tmp_path / "out.json"
    assert main(["segment", photo, "--point", "50,40", "--mask-out", str(out), "--format", "coco"]) == 0
    (one,) = read_annotations(out).objects
    assert one.image == "photo.png"
    assert one.rle["size"] == [80, 120]
    assert one.provenance == {"model": "nano"}


def test_tools_that_find_masks_write_annotations(photo, tmp_path, capsys):
    arguments = ["points-to-masks", photo, "50,40", "-o", str(tmp_path / "out"), "--format", "labelme"]
    assert main(arguments) == 0
    assert (tmp_path / "out/photo.json").is_file()
    assert main([*arguments[:3], "--format", "coco"]) == 1
    assert "needs -o" in capsys.readouterr().err
    assert main([*arguments[:-1], "nothing"]) == 1
