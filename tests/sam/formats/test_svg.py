"""SVG: its paths, and drawings of other programs. A browser draws it in tests/browser/test_svg_format.py."""

from __future__ import annotations

import pytest

from sam.formats import Files, svg
from sam.formats import write_annotations as write
from sam.formats.svg import read_path

from .scenes import apart


def test_a_group_a_class():
    text = write(apart(), None, "svg").files["a/first.svg"].decode()
    assert text.count("<g ") == 5
    assert 'data-class="cat &amp; dog" data-key="c" fill="#ff0080"' in text
    assert text.count('fill-rule="evenodd"') == 6


@pytest.mark.parametrize(
    "text",
    [
        "M1 1L5 1L5 4L1 4Z",
        "M1,1 5,1 5,4 1,4 z",
        "m1 1h4v3h-4z",
        "M1 1H5V4H1Z",
        "m1 1 4 0 0 3 -4 0z",
        "M1 1L5 1 5 4L1 4",
        "M1e0 1L+5 1L5 4.0L1 4Z",
    ],
)
def test_straight_lines_in_every_spelling(text):
    assert [ring.tolist() for ring in read_path(text)] == [[[1, 1], [5, 1], [5, 4], [1, 4]]]


def test_a_second_ring_begins_where_the_first_did():
    first, second = read_path("m1 1h4v4h-4zm1 1h2v2h-2z")
    assert second.tolist() == [[2, 2], [4, 2], [4, 4], [2, 4]]
    assert len(first) == 4


def test_polygons_of_other_programs_are_read():
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="20px" height="10">'
    text = f'{head}<g><polygon points="1,1 5,1 5,4 1,4"/></g></svg>'
    (one,) = svg.read(Files.of({"p.svg": text.encode()})).objects
    assert (one.box, one.image) == ((1, 1, 5, 4), "p.png")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("M1 1C2 2 3 3 4 4Z", "straight lines"),
        ("M1 1L2 2Z", "2 vertices"),
        ("1 2 3", "without a command"),
        ("", "empty"),
    ],
)
def test_what_cannot_be_read_is_told_of(path, said):
    text = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><path d="{path}"/><path d="M0 0H4V4Z"/></svg>'
    back = svg.read(Files.of({"p.svg": text.encode()}))
    assert len(back.objects) == 1
    assert said in back.problems[0]


def test_a_drawing_without_a_size_is_told_of():
    back = svg.read(Files.of({"p.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="5cm"/>'}))
    assert "viewBox" in back.problems[0]
