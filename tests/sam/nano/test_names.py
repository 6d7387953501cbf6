"""The head: shapes at any size, and the same answer for a name whichever others are asked with it."""

from __future__ import annotations

import pytest
import torch

from sam.detection.vocabulary import NAMES
from sam.nano.names import NamesHead
from sam.nano.network import WIDTH, WIDTH8


def features(size: int, batch: int = 2) -> tuple[torch.Tensor, ...]:
    torch.manual_seed(size)
    cells = size // 16
    hw = torch.full((batch, 2), float(size))
    return torch.randn(batch, WIDTH, cells, cells), torch.randn(batch, WIDTH8, 2 * cells, 2 * cells), hw


@torch.no_grad()
@pytest.mark.parametrize("size", [64, 96, 512])
def test_maps_have_a_cell_for_eight_pixels(size: int) -> None:
    head = NamesHead(width=32, depth=1).eval()
    dense, boxed, whole = head(*features(size))
    cells = size // 8
    assert head.everywhere(dense).shape == (2, len(NAMES), cells, cells)
    assert head.present(whole).shape == (2, len(NAMES))
    assert head.boxes(boxed, torch.tensor([3, 7])).shape == (2, 4, cells, cells)


@torch.no_grad()
def test_a_name_is_answered_alike_alone_and_among_all() -> None:
    head = NamesHead(width=32, depth=1).eval()
    dense, boxed, _ = head(*features(64))
    names = torch.tensor([[5, 0, 99], [120, 5, 2]])
    together = head.everywhere(dense)
    alone = head.at(dense, names)
    for image in range(2):
        assert torch.allclose(alone[image], together[image, names[image]], atol=1e-4)
    pair = head.boxes(boxed[:1], torch.tensor([4, 9]))
    assert torch.allclose(pair[1:], head.boxes(boxed[:1], torch.tensor([9])), atol=1e-4)
    assert not torch.allclose(pair[0], pair[1])


def test_it_starts_sceptical() -> None:
    head = NamesHead(width=32, depth=1).eval()
    dense, _, whole = head(*features(64))
    assert head.everywhere(dense).sigmoid().mean() < 0.2
    assert head.present(whole).sigmoid().mean() < 0.35


def test_files_stay_below_four_megabytes() -> None:
    assert 2 * 2 * sum(value.numel() for value in NamesHead().state_dict().values()) < 4e6
