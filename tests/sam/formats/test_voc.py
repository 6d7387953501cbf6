"""Pascal VOC, read by supervision, and by the rules of its development kit."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from sam.formats import AnnotatedImage, AnnotatedObject, Annotations, Files, FormatError, Options, voc
from sam.formats import write_annotations as write
from sam.formats.annotations import encode_mask
from tests.present import present

from .scenes import apart, photo


def test_supervision_reads_the_boxes(tmp_path):
    from supervision import DetectionDataset

    write(apart(), tmp_path / "out", "voc", Options(photos=True))
    data = DetectionDataset.from_pascal_voc(str(tmp_path / "out/images/a"), str(tmp_path / "out/Annotations/a"))
    ((_, _, found),) = list(data)
    assert [data.classes[i] for i in present(found.class_id)] == [one.label for one in apart().objects]
    # Counted from 1 in the file, and the last pixel included: supervision takes one off the first two, or off none.
    wanted = np.array([one.box for one in apart().objects])
    assert (np.abs(found.xyxy - wanted) <= 1).all()


def test_the_pictures_are_as_the_kit_has_them():
    files = write(apart(), None, "voc").files
    objects = Image.open(io.BytesIO(files["SegmentationObject/a/first.png"]))
    assert objects.mode == "P"
    # The kit's labelcolormap(256): 1 is (128, 0, 0), 2 is (0, 128, 0), 15 is (192, 128, 128).
    assert [voc.PALETTE[i] for i in (0, 1, 2, 15)] == [(0, 0, 0), (128, 0, 0), (0, 128, 0), (192, 128, 128)]
    assert present(objects.getpalette("RGB"))[3:6] == [128, 0, 0]
    classes = np.asarray(Image.open(io.BytesIO(files["SegmentationClass/a/first.png"])))
    assert files["labels.txt"].decode().split("\n")[:3] == ["background", "cat & dog", "tree"]
    assert (classes[np.asarray(objects) == 1] == 2).all()


def test_boxes_are_used_where_there_is_no_picture():
    files = {name: data for name, data in write(apart(), None, "voc").files.items() if name.endswith(".xml")}
    back = voc.read(Files.of(files))
    assert [one.box for one in back.objects] == [one.box for one in apart().objects]


def test_more_objects_than_eight_bits_number_are_refused():
    dot = encode_mask(np.ones((2, 2), bool))
    many = Annotations((AnnotatedImage("p.png", (2, 2)),), (AnnotatedObject("p.png", dot),) * 255)
    with pytest.raises(FormatError, match="at most 254 objects"):
        write(many, None, "voc")


@pytest.mark.parametrize(
    ("box", "said"),
    [
        ("", "no bndbox"),
        ("<bndbox><xmin>a</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox>", "no number"),
        ("<bndbox><xmin>nan</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox>", "no place"),
        ("<bndbox><xmin>9</xmin><ymin>9</ymin><xmax>1</xmax><ymax>1</ymax></bndbox>", ""),
        ("<bndbox><xmin>90</xmin><ymin>90</ymin><xmax>95</xmax><ymax>95</ymax></bndbox>", "empty"),
    ],
)
def test_boxes_that_are_none_are_told_of(box, said):
    xml = f"<annotation><filename>p.png</filename><object><name>dog</name>{box}</object></annotation>"
    back = voc.read(Files.of({"p.xml": xml.encode(), "p.png": photo(10, 20)}))
    assert said in " ".join(back.problems)
    assert len(back.objects) == (0 if said else 1)
