"""Correcting clicks land in the error and say what is right there."""

from __future__ import annotations

import pytest
import torch

from sam.training.correction_clicks import next_round


@pytest.fixture
def target() -> torch.Tensor:
    mask = torch.zeros(1, 32, 32)
    mask[:, 8:24, 8:24] = 1
    return mask


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("answer", "label"), [("nothing", 1), ("everything", 0)])
def test_a_click_corrects_the_answer(target: torch.Tensor, seed: int, answer: str, label: int) -> None:
    logits = torch.full((1, 4, 32, 32), -5.0 if answer == "nothing" else 5.0)
    coords, labels = torch.tensor([[[30.0, 30.0], [0.0, 0.0]]]), torch.tensor([[1, -1]])
    generator = torch.Generator().manual_seed(seed)
    new_coords, new_labels, mask_input, has_mask = next_round(coords, labels, logits, target, generator)
    assert new_labels.tolist() == [[1, label]]
    x, y = new_coords[0, 1]
    assert target[0, int(y) // 2, int(x) // 2] == label
    assert new_coords[0, 0].tolist() == [30.0, 30.0]
    assert mask_input.shape == (1, 1, 32, 32)
    assert has_mask.tolist() == [1]
    assert labels.tolist() == [[1, -1]], "the caller's prompt must not change"


def test_a_right_answer_and_a_full_prompt_get_no_click(target: torch.Tensor) -> None:
    right = (target * 10 - 5)[:, None].expand(1, 4, 32, 32)
    wrong = -right
    empty, full = torch.tensor([[1, -1]]), torch.tensor([[1, 0]])
    coords = torch.zeros(1, 2, 2)
    assert next_round(coords, empty, right, target)[1].tolist() == [[1, -1]]
    assert next_round(coords, full, wrong, target)[1].tolist() == [[1, 0]]
