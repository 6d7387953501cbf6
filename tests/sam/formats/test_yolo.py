"""YOLO, read by supervision, and lines that are none."""

from __future__ import annotations

import numpy as np
import pytest

from sam import rle
from sam.formats import Annotations, Files, Options, yolo
from sam.formats import write_annotations as write
from tests.present import present

from .scenes import apart, photo


def read(line: str, config: str = "names: [dog, cat]") -> Annotations:
    files = {"images/p.png": photo(10, 20), "labels/p.txt": line.encode(), "data.yaml": config.encode()}
    return yolo.read(Files.of(files))


@pytest.mark.parametrize("name", ["yolo", "yolo-boxes"])
def test_supervision_reads_them(name, tmp_path):
    from supervision import DetectionDataset

    write(apart(), tmp_path / "out", name, Options(photos=True))
    # It wants photos and labels beside each other, without folders in between.
    place = tmp_path / "out"
    images, labels, config = (str(place / name) for name in ("images/a", "labels/a", "data.yaml"))
    data = DetectionDataset.from_yolo(images, labels, config, force_masks=name == "yolo")
    assert data.classes == ["cat & dog", "tree"]
    ((_, _, found),) = list(data)
    assert [data.classes[i] for i in present(found.class_id)] == [one.label for one in apart().objects]
    if name == "yolo-boxes":
        assert np.allclose(found.xyxy, [one.box for one in apart().objects], atol=1e-4)
    else:
        # It draws outlines a pixel wide, so that what is between two pixels falls to both.
        for mask, one in zip(found.mask, apart().objects):
            assert (mask | ~rle.decode(one.rle)).all()


def test_boxes_of_other_tools_are_read():
    back = read("1 0.5 0.5 0.5 0.4\n0 0.1 0.1 0.1 0.2 0.93\n")
    assert [(one.label, one.box) for one in back.objects] == [("cat", (5, 3, 15, 7)), ("dog", (1, 0, 3, 2))]


@pytest.mark.parametrize("config", ["names:\n  0: dog\n  1: cat\n", "names: ['dog', \"cat\"]\nnc: 2"])
def test_classes_are_read_as_list_and_by_number(config):
    assert [one.name for one in read("0 0.5 0.5 1 1", config).classes] == ["dog", "cat"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("x 0.5 0.5 0.5 0.5", "a class and numbers"),
        ("0 0.5 0.5 0.5", "x and y in turn"),
        ("0 0.5 0.5 0.1 0.1 0.2 0.2 nan 0.1", "no share of the photo"),
        ("0 0.5 0.5 0.1 0.1 0.2 0.2 inf 0.1", "no share of the photo"),
        ("0 0.5 0.5 0.1 0.1 0.2 0.2 1e9 0.1", "no share of the photo"),
        ("0 0.5 0.5 0 0", "empty"),
        ("0 0.1 0.2", "1 vertices"),
    ],
)
def test_lines_that_are_none_are_told_of(line, said):
    back = read(f"{line}\n0 0.5 0.5 1 1\n")
    assert len(back.objects) == 1
    assert len(back.problems) == 1
    assert back.problems[0].startswith("labels/p.txt, line 1: ")
    assert said in back.problems[0]


def test_a_bomb_of_references_and_objects_of_python_are_not_loaded():
    bomb = "a: &a [x,x]\nb: &b [*a,*a]\nnames: [*b]\n"
    assert "YAML references" in read("0 0.5 0.5 1 1", bomb).problems[0]
    evil = "names: !!python/object/apply:os.system ['true']\n"
    assert any("data.yaml" in line for line in read("0 0.5 0.5 1 1", evil).problems)


def test_labels_without_their_photo_are_told_of():
    back = yolo.read(Files.of({"labels/gone.txt": b"0 0.5 0.5 1 1", "data.yaml": b"names: [a]"}))
    (line,) = back.problems
    assert line.startswith("labels/gone.txt: its photo is not there")
