"""The form knows nothing that a rater must not know, and asks nobody for anything."""

from __future__ import annotations

import re

from sam.evaluation.rating.form import as_form
from sam.evaluation.rating.study import Item, Study

STUDY = Study(
    "abc",
    ("data:image/webp;base64,AA",),
    (Item("i1", "nano", "coco/dog.jpg", 7, 0, "data:image/png;base64,BB", (1, 2)),),
)


def test_no_name_of_a_model_or_photo_is_in_it() -> None:
    page = as_form(STUDY)
    assert '"i1"' in page
    for secret in ("nano", "dog.jpg", "ground truth"):
        assert secret not in page


def test_it_needs_nothing_from_anywhere() -> None:
    assert re.findall(r"https?://", as_form(STUDY)) == []


def test_what_a_study_holds_cannot_end_the_script() -> None:
    held = Study("</script><b>", STUDY.pictures, STUDY.items)
    assert "</script><b>" not in as_form(held)
