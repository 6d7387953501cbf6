"""Winograd's convolution is the convolution."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sam.nano.export.winograd import Winograd, to_phases


def test_phases_of_the_finest_cells_come_first() -> None:
    rows = torch.arange(8.0)[:, None].expand(8, 8)[None, None]
    phases = to_phases(rows)
    for a in (0, 1):
        for b in (0, 1):
            for i in (0, 1):
                assert (phases[0, 0, a, :, b, :, i] == 4 * i + 2 * b + a).all()
    assert torch.equal(to_phases(rows.transpose(2, 3)), phases.permute(0, 1, 3, 2, 5, 4, 7, 6))


@pytest.mark.parametrize(("channels", "side", "count"), [(1, 4, 1), (5, 8, 2), (48, 64, 1)])
@torch.no_grad()
def test_it_is_the_convolution(channels: int, side: int, count: int) -> None:
    torch.manual_seed(channels)
    convolution = nn.Conv2d(channels, channels, 3, padding=1)
    x = torch.randn(count, channels, side, side)
    found = Winograd(convolution)(to_phases(x))
    assert torch.allclose(found, to_phases(convolution(x)), atol=1e-4)


@torch.no_grad()
def test_tiles_may_be_by_phase_too() -> None:
    torch.manual_seed(0)
    convolution = nn.Conv2d(3, 3, 3, padding=1)
    x = torch.randn(1, 3, 16, 16)

    def tiles_by_phase(x: torch.Tensor) -> torch.Tensor:
        return x.reshape(*x.shape[:6], 2, 2, 2, 2).permute(*range(6), 7, 9, 6, 8)

    found = Winograd(convolution)(tiles_by_phase(to_phases(x)))
    assert torch.allclose(found, tiles_by_phase(to_phases(convolution(x))), atol=1e-5)
