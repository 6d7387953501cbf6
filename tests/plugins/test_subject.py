"""One press: the main subject becomes an object, and a chain cuts it out."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from plugins import load_plugins, subject
from plugins.subject import find_subject
from sam import Image, Masks, ModelUnavailable, SubjectFinder, load_model


@pytest.fixture(scope="module")
def image():
    return data.chelsea()


@pytest.fixture
def grey():
    return np.full((120, 160, 3), 128, np.uint8)


def test_the_tool_gives_what_the_model_finds(image):
    expected = load_model("nano-subject", SubjectFinder).find_subject(image)
    found = find_subject(image)
    assert len(found) == 1
    assert (found.masks == expected.masks).all()
    assert found.scores == expected.scores


def test_nothing_found_is_an_empty_answer(grey):
    assert find_subject(grey).masks.shape == (0, 120, 160)


def test_a_model_of_another_kind_is_refused(image):
    with pytest.raises(ModelUnavailable, match=r"nano cannot find the subject\. Models that can: nano-subject"):
        find_subject(image, model="nano")


def test_the_tab_puts_the_subject_on_the_stage(image, grey, visitor):
    visitor.build(subject.build_tab)
    button = visitor.find("Find the subject")
    found = visitor.fire("click", button, {visitor.image: image})[visitor.objects]
    assert (found.masks == find_subject(image).masks).all()
    assert any(text.startswith("Found the subject, ") for text in visitor.said)
    assert len(visitor.fire("click", button, {visitor.image: grey})[visitor.objects]) == 0
    assert "Nothing stands out" in visitor.said[-1]


def test_the_list_says_what_must_be_downloaded_and_what_may_not_be_sold():
    titles = {name: title for title, name in subject.finders()}
    assert titles["nano-subject"] == "Nano subject"
    assert titles["rmbg-1.4"] == "RMBG 1.4 (176 MB to get, non-commercial)"
    assert titles["u2net"] == "U2-Net (176 MB to get)"


def test_the_tool_chains_into_a_cutout(image):
    host = load_plugins(names=["subject", "cutout_png"], strict=True)
    chain = host.chain("find_subject", "cutout_png")
    assert chain.inputs == {"image": Image}
    assert chain.outputs["masks"] is Masks
    cutout = chain(image=image)["cutout"]
    assert (cutout[..., 3] > 0).mean() == pytest.approx(find_subject(image).masks.mean())


def test_the_conformance_kit_finds_no_fault():
    from plugins._core.check import check_plugin

    assert [result for result in check_plugin("subject") if result.ok is False] == []
