"""A 3x3 convolution in fewer multiplications: Winograd's F(4x4, 3x3) (Lavin and Gray, arXiv 1509.09308).

A tile of 4x4 results costs 36 multiplications a pair of channels instead of 144. Maps are kept by phase: what lies at
the same place within each tile is together, so that no step gathers single cells.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

TILE = 4
"""Results of one tile, along one side."""
INPUT = (
    (4.0, 0.0, -5.0, 0.0, 1.0, 0.0),
    (0.0, -4.0, -4.0, 1.0, 1.0, 0.0),
    (0.0, 4.0, -4.0, -1.0, 1.0, 0.0),
    (0.0, -2.0, -1.0, 2.0, 1.0, 0.0),
    (0.0, 2.0, -1.0, -2.0, 1.0, 0.0),
    (0.0, 4.0, 0.0, -5.0, 0.0, 1.0),
)
KERNEL = (
    (1 / 4, 0.0, 0.0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0.0, 0.0, 1.0),
)
OUTPUT = (
    (1.0, 1.0, 1.0, 1.0, 1.0, 0.0),
    (0.0, 1.0, -1.0, 2.0, -2.0, 0.0),
    (0.0, 1.0, 1.0, 4.0, 4.0, 0.0),
    (0.0, 1.0, -1.0, 8.0, -8.0, 1.0),
)


def to_phases(x: Tensor) -> Tensor:
    """(P, C, 4 * n, 4 * n) -> (P, C, 2, 2, 2, 2, n, n).

    Row 4 * i + 2 * b + a is at [:, :, a, :, b, :, i], columns alike: the phases of the finest cells come first, as a
    pixel shuffle has them.
    """
    n = x.shape[-1] // TILE
    return x.reshape(-1, x.shape[1], n, 2, 2, n, 2, 2).permute(0, 1, 4, 7, 3, 6, 2, 5)


class Winograd(nn.Module):
    """The sums of a 3x3 convolution with padding 1, by phase."""

    input: Tensor
    kernel: Tensor
    output: Tensor

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.convolution = convolution
        self.register_buffer("input", torch.tensor(INPUT))
        self.register_buffer("kernel", torch.tensor(KERNEL))
        self.register_buffer("output", torch.tensor(OUTPUT))

    def forward(self, x: Tensor) -> Tensor:
        """(P, C, 2, 2, 2, 2, n, n), see `to_phases`, to the same; the bias is added.

        The tiles may be by phase, too: (P, C, 2, 2, 2, 2, 2, 2, n, n).
        """
        channels, grid = x.shape[1], x.shape[6:]
        count, phased = grid.numel(), len(grid) == 4
        rows = [x[:, :, a, :, b] for b in (0, 1) for a in (0, 1)]  # each (P, C, 2, 2, *grid)
        rows = [neighbour(rows[3], -2, -1, phased=phased), *rows, neighbour(rows[0], -2, 1, phased=phased)]
        tiles = torch.cat([row.reshape(-1, 1, 4 * channels * count) for row in rows], 1)
        tiles = (self.input @ tiles).reshape(-1, 6, channels, 2, 2, *grid)
        columns = [tiles[:, :, :, a, b] for b in (0, 1) for a in (0, 1)]  # each (P, 6, C, *grid)
        columns = [neighbour(columns[3], -1, -1, phased=phased), *columns, neighbour(columns[0], -1, 1, phased=phased)]
        tiles = torch.cat([column.reshape(-1, 1, 6 * channels * count) for column in columns], 1)
        tiles = (self.input @ tiles).reshape(-1, 36, channels, count)
        weight = (self.kernel @ self.convolution.weight @ self.kernel.t()).permute(3, 2, 0, 1)
        out = (weight.reshape(1, 36, -1, channels) @ tiles).reshape(-1, 6, 6 * channels * count)
        out = (self.output @ out).reshape(-1, 4, 6, channels * count)
        out = (self.output @ out).reshape(-1, 2, 2, 2, 2, channels, count)  # columns' b, a, then rows' b, a
        out = out.permute(0, 5, 4, 2, 3, 1, 6).reshape(-1, channels, 2, 2, 2, 2, *grid)
        bias = self.convolution.bias
        return out if bias is None else out + bias.reshape(-1, *[1] * (4 + len(grid)))


def neighbour(x: Tensor, axis: int, step: int, *, phased: bool) -> Tensor:
    """What lies one tile on, zero beyond the edge.

    Args:
        x: (..., n, n) tiles, or (..., 2, 2, n, n) by phase.
        axis: -2 for rows, -1 for columns.
        step: -1 or 1.
        phased: whether the tiles are by phase.
    """
    if phased:
        first, second = x.unbind(axis - 2)
        if step < 0:
            first, second = neighbour(second, axis, step, phased=False), first
        else:
            first, second = second, neighbour(first, axis, step, phased=False)
        return torch.stack([first, second], axis - 2)
    front = int(step < 0)
    padded = F.pad(x, (0, 0) * (-1 - axis) + (front, 1 - front))
    return padded.narrow(axis, 1 - front, x.shape[axis])
