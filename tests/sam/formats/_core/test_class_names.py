"""Class lists of their own."""

from __future__ import annotations

import json

import pytest

from sam.formats import Files, FormatError, LabelClass, read_classes


@pytest.mark.parametrize(
    ("name", "text", "names"),
    [
        ("classes.txt", "dog\r\n  cat \n\n# no class\ndog\n", ["dog", "cat"]),
        ("coco.names", "person\ntraffic light\n", ["person", "traffic light"]),
        ("data.yaml", "path: .\nnames: [dog, cat]\n", ["dog", "cat"]),
        ("data.yml", "names: {10: c, 2: b, 0: a}\n", ["a", "b", "c"]),
        ("list.yaml", "- dog\n- 7\n", ["dog", "7"]),
        ("coco.json", json.dumps({"categories": [{"id": 3, "name": "dog"}, {"id": 1, "name": "cat"}]}), ["dog", "cat"]),
        ("list.json", '["dog", "cat"]', ["dog", "cat"]),
    ],
)
def test_each_kind_of_list_is_read_in_its_order(name, text, names) -> None:
    assert [one.name for one in read_classes(Files.of({name: text.encode()}))] == names


def test_colours_and_keys_come_along() -> None:
    rows = [
        {"name": "dog", "color": "#0a0b0c", "key": "q"},
        {"name": "cat", "color": [1, 2, 3]},
        {"name": "cup", "color": "red", "key": "long"},
    ]
    found = read_classes(Files.of({"a.json": json.dumps({"classes": rows}).encode()}))
    assert found == (LabelClass("dog", (10, 11, 12), "q"), LabelClass("cat", (1, 2, 3)), LabelClass("cup"))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", b""),
        ("a.txt", b"0 0.5 0.5 0.1 0.1\n"),
        ("a.txt", b"x" * 300),
        ("a.txt", b"a\n" * 6000),
        ("a.yaml", b"a: &x [1]\nnames: *x\n"),
        ("a.yaml", b"names: 5"),
        ("a.json", b"{}"),
        ("a.json", b"[1]"),
        ("a.json", b"{"),
        ("a.json", b'{"categories": [{"id": 1}]}'),
        ("a.png", b"dog"),
    ],
)
def test_what_is_no_list_is_refused_with_a_sentence(name, data) -> None:
    with pytest.raises(FormatError, match=r"[a-z]{3,}.*\."):
        read_classes(Files.of({name: data}))
