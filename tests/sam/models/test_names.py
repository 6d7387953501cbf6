from __future__ import annotations

from typing import Annotated, Literal, get_args

import pytest

import sam
from plugins import Option
from sam.models.names import DetectorName, ModelFor, SegmenterName, SubjectFinderName

METHOD = Literal["plain", "vitmatte-small"]


@pytest.mark.parametrize(
    ("annotation", "default", "task", "choices"),
    [
        (SegmenterName, "nano", "segment", ()),
        (DetectorName, "auto", "detect", ()),
        (SubjectFinderName, "nano-subject", "subject", ()),
        (SegmenterName | None, None, "segment", ()),
        (Annotated[SegmenterName | None, "a note"], None, "segment", ()),
        (Annotated[str, "a note", ModelFor("matte")], "x", "matte", ()),
        (Annotated[METHOD, ModelFor("matte")], "plain", "matte", get_args(METHOD)),
        (Annotated[str, "a note"], "x", "", ()),
        (str, "nano", "", ()),
    ],
)
def test_an_option_says_what_it_names_whatever_it_is_called(annotation, default, task, choices):
    option = Option.read("anything", annotation, default)
    assert (option.task, option.type, option.choices) == (task, str, choices)
    assert option.accepts(default)


def test_tasks_are_those_of_models():
    known = {task for spec in sam.list_models() for task in spec.tasks}
    assert {get_args(annotation)[1].task for annotation in (SegmenterName, DetectorName, SubjectFinderName)} <= known
