"""The prompts that an evaluation gives to a model, as published; the SAM paper is Kirillov et al. 2023."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..segmenter import Segmenter
from ..types import Embedding
from .clicker import MOST_CLICKS, Clicking, click_through

NOC_STOPS_AT = 0.90
"""The highest threshold that is reported: one run of clicks serves .85 and .90."""


def box_answer(model: Segmenter, embedding: Embedding, box: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(H, W) bool, the single mask for a box: a box is not ambiguous (SAM paper, appendix A).

    Args:
        box: (4,) half-open, tight for the box figure, or with training noise (`Case.jittered_box`).
    """
    return model.predict(embedding, boxes=box, multimask_output=False).masks[0]


def click_answers(model: Segmenter, embedding: Embedding, click: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(3, H, W) bool, the masks for one click, best predicted score first (SAM paper, section 7.1).

    The first is the "top score" answer; the best of the three, chosen by the truth, is the "oracle".

    Args:
        click: (2,) x, y, farthest from the object's boundary (D.1).
    """
    return model.predict(embedding, points=click[None], labels=[1], multimask_output=True).masks


def clicks_run(
    model: Segmenter,
    embedding: Embedding,
    mask: NDArray[np.bool_],
    clicks: int,
    *,
    oracle: bool = False,
    noc: bool = False,
) -> Clicking:
    """N clicks by SAM's protocol (D.1), and RITM's NoC on the same clicks, whose rules SAM follows.

    Each click is farthest from the boundary of the error region; the last logits are the mask input. SAM's figures
    stop at no threshold, NoC goes on to IoU .90 or 20 clicks; an object's first N clicks are the same for both.

    Args:
        mask: (H, W) bool, the truth.
        clicks: N, given unless no error is left.
        oracle: three masks at each click, going on with the best one by the truth; else the single mask.
        noc: go on for NoC after N clicks.
    """
    most = max(clicks, MOST_CLICKS) if noc else clicks
    return click_through(
        model, embedding, mask, least=clicks, most=most, stop_at=NOC_STOPS_AT if noc else 1.0, oracle=oracle
    )
