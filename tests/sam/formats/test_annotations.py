"""The value between all formats."""

from __future__ import annotations

import numpy as np
import pytest

from sam import PromptError, rle
from sam.formats import AnnotatedImage, AnnotatedObject, Annotations, LabelClass
from sam.formats.annotations import class_names, color_of, merge, safe_name

from .scenes import apart, unclassed

MASK = rle.encode(np.eye(4, 6, dtype=bool))
IMAGE = AnnotatedImage("a.png", (4, 6))


def test_area_and_box_are_computed():
    one = AnnotatedObject("a.png", MASK)
    assert (one.area, one.box) == (4, (0, 0, 4, 4))


def test_counts_as_bytes_and_as_lists_become_text():
    plain = {"size": [4, 6], "counts": rle.run_lengths(MASK)}
    assert AnnotatedObject("a.png", plain).rle == MASK
    packed = {"size": [4, 6], "counts": MASK["counts"].encode()}
    assert AnnotatedObject("a.png", packed).rle == MASK


def test_classes_that_objects_name_are_added():
    made = Annotations((IMAGE,), (AnnotatedObject("a.png", MASK, "dog"),))
    assert made.classes == (LabelClass("dog"),)
    assert class_names(made) == ["dog"]
    assert class_names(unclassed()) == ["object"]


def test_names_are_one_line():
    assert AnnotatedObject("a.png", MASK, name="a\n b\x00").name == "a b"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: AnnotatedObject("a.png", rle.encode(np.zeros((4, 6), bool))), "empty"),
        (lambda: AnnotatedObject("a.png", {"size": [4, 6], "counts": "!"}), "damaged"),
        (lambda: AnnotatedObject("a.png", MASK, score=1.5), "score"),
        (lambda: AnnotatedObject("a.png", MASK, score=float("nan")), "score"),
        (lambda: AnnotatedObject("a.png", MASK, name="x" * 201), "at most 200"),
        (lambda: AnnotatedObject("a.png", MASK, prompts=[1]), "prompts"),
        (lambda: AnnotatedImage("../a.png", (4, 6)), "relative file name"),
        (lambda: AnnotatedImage("/a.png", (4, 6)), "relative file name"),
        (lambda: AnnotatedImage("", (4, 6)), "relative file name"),
        (lambda: AnnotatedImage("a.png", (0, 6)), "height and width"),
        (lambda: AnnotatedImage("a.png", (4.5, 6)), "height and width"),
        (lambda: AnnotatedImage("a.png", (10**6, 10**6)), "height and width"),
        (lambda: LabelClass(" "), "empty"),
        (lambda: LabelClass("a", (1, 2, 300)), "0..255"),
        (lambda: LabelClass("a", key="ab"), "one character"),
        (lambda: Annotations((IMAGE, IMAGE)), "twice"),
        (lambda: Annotations((IMAGE,), (AnnotatedObject("b.png", MASK),)), "no image b.png"),
        (lambda: Annotations((AnnotatedImage("a.png", (6, 4)),), (AnnotatedObject("a.png", MASK),)), "4 x 6 pixels"),
        (lambda: Annotations((IMAGE,), (), (LabelClass("a"), LabelClass("a"))), "once"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(make, said):
    with pytest.raises(PromptError, match=said):
        make()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a/b.jpg", "a/b.jpg"),
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\x\\y.jpg", "y.jpg"),
        ("C:evil.jpg", "evil.jpg"),
        ("a/../b.jpg", "b.jpg"),
        ("a//./b\x00.jpg", "a/b.jpg"),
        ("..", ""),
        (3, ""),
    ],
)
def test_file_names_stay_where_they_are_put(given, kept):
    assert safe_name(given) == kept


def test_colours_follow_from_names_and_differ():
    names = ["cat", "dog", "tree", "car", "person"]
    assert len({color_of(name) for name in names}) == len(names)
    assert color_of("cat") == color_of("cat")


def test_merge_keeps_the_first_of_two_classes():
    first, second = apart(), Annotations((IMAGE,), (), (LabelClass("tree", (1, 1, 1)), LabelClass("new")))
    both = merge([first, second])
    assert [one.name for one in both.classes] == ["cat & dog", "tree", "new"]
    assert both.classes[1].color == (0, 200, 16)
    assert [image.name for image in both.images] == ["a/first.png", "second.png", "a.png"]
