"""The conformance kit on formats: the built-in ones pass, and each kind of fault is seen."""

from __future__ import annotations

import dataclasses

import pytest

from plugins._core.check_formats import build_annotations, try_format
from sam.formats import Annotations, Shape, find_format, list_formats


@pytest.mark.parametrize("format", list_formats(), ids=lambda one: one.name)
def test_the_built_in_formats_pass(format):
    assert [seen for seen in try_format(format) if not seen[1]] == []


def explode(*_: object) -> Annotations:
    raise ZeroDivisionError("boom")


@pytest.mark.parametrize(
    ("change", "what", "said"),
    [
        ({"write": explode}, "writes", "raised ZeroDivisionError"),
        ({"read": explode}, "comes back", "raised ZeroDivisionError on its own file"),
        ({"read": lambda files: Annotations()}, "comes back", "0 of 4 objects come back"),
        ({"read": lambda files: [1]}, "comes back", "gives list"),
        ({"shape": Shape.BOX}, "comes back", "the loss states"),
        ({"looks": explode}, "rubbish", "not a SamError"),
    ],
)
def test_faults_are_seen(change, what, said):
    broken = dataclasses.replace(find_format("svg"), name="broken", **change)
    found = {name: detail for name, ok, detail in try_format(broken) if not ok}
    assert said in found[what]


def test_classes_that_are_promised_must_come_back():
    one = dataclasses.replace(find_format("sa-1b"), name="broken", holds=frozenset({"class"}))
    assert [detail for _, ok, detail in try_format(one) if not ok] == [
        "it says that it holds classes, and they do not come back"
    ]


def test_the_sample_has_what_breaks_formats():
    assert len(build_annotations().objects) == 4
