from __future__ import annotations

import numpy as np
import pytest

import sam
from sam import Boxes, Masks, Points, Prompt, PromptError
from sam.io.limits import MAX_BOXES, MAX_MASK_PIXELS, MAX_MASKS, MAX_POINTS, check_boxes, check_masks, check_points


@pytest.mark.parametrize(
    ("check", "most"),
    [
        (check_points, MAX_POINTS),
        (check_boxes, MAX_BOXES),
        (lambda count: check_masks(count, (10, 10)), MAX_MASKS),
        (lambda count: check_masks(count, (8192, 8192)), MAX_MASK_PIXELS // 8192**2),
    ],
    ids=["points", "boxes", "masks", "pixels"],
)
def test_up_to_the_limit(check, most):
    check(most)
    with pytest.raises(PromptError, match=f"at most {most}"):
        check(most + 1)


def test_one_mask_is_always_allowed():
    check_masks(1, (10**6, 10**6))


def test_a_prompt_has_the_limit_too():
    Prompt(Points(np.ones((MAX_POINTS, 2))))
    with pytest.raises(PromptError, match="at most"):
        Prompt(Points(np.ones((MAX_POINTS + 1, 2))))


def test_a_tool_has_the_limits_of_every_door():
    from plugins.click import boxes_to_masks

    with pytest.raises(PromptError, match="at most"):
        boxes_to_masks(np.zeros((9, 9, 3), np.uint8), Boxes([[1, 2, 3, 4]] * (MAX_BOXES + 1)))


def test_a_workspace_has_them(monkeypatch):
    from webapp.workspace import picture, workspace

    assert picture.MAX_MASK_PIXELS is MAX_MASK_PIXELS
    assert workspace.MAX_OBJECTS == MAX_BOXES
    assert len(Masks(np.ones((2, 3, 3), bool))) == 2
    assert sam.Masks is Masks
