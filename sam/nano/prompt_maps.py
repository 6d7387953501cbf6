"""A prompt as dense maps, computed from its coordinates inside the graph."""

from __future__ import annotations

import torch
from torch import Tensor

GEOMETRY = 12
"""Channels of the drawn prompt."""


def cell_centres(count: int, stride: int, like: Tensor) -> Tensor:
    """(count,) pixel coordinate of each cell's centre."""
    return (torch.arange(count, device=like.device, dtype=like.dtype) + 0.5) * stride


class Drawing:
    """A batch of prompts drawn as maps at one stride, from coordinates, inside the graph.

    Prompts follow the convention of SAM's own ONNX export: label 1 foreground, 0 background, 2 and 3 the corners of
    the box, -1 nothing.
    """

    def __init__(self, coords: Tensor, labels: Tensor, size: int, stride: int) -> None:
        self.centres = cell_centres(size, stride, coords)
        self.positive = (labels == 1).to(coords.dtype)
        self.negative = (labels == 0).to(coords.dtype)
        first, second = ((labels == corner).to(coords.dtype)[..., None] for corner in (2, 3))
        self.low, self.high = (coords * first).sum(1), (coords * second).sum(1)  # (P, 2)
        self.has_box = first.sum(1)  # (P, 1)
        self.coords = coords
        self.side = (self.high - self.low).clamp(min=2.0)  # (P, 2)

    def spots(self, which: Tensor, sigma: float) -> Tensor:
        """(P, 1, R, R): 1 at each chosen point, falling off as a Gaussian."""
        d = (self.centres - self.coords[..., None]) / sigma  # (P, N, 2, R)
        g = (-0.5 * d * d).exp()
        rows, columns = g[:, :, 1] * which[..., None], g[:, :, 0]
        # In two halves: ONNX Runtime takes ten times as long for the maximum over the first axis of all.
        size = rows.shape[2]
        halves = rows.reshape(-1, rows.shape[1], 2, size // 2).transpose(1, 2)
        return (halves[..., None] * columns[:, None, :, None]).amax(2).reshape(-1, 1, size, size)

    def box_distance(self) -> Tensor:
        """(P, 1, R, R): distance to the box's edge in pixels, positive inside."""
        inner = torch.minimum(self.centres - self.low[..., None], self.high[..., None] - self.centres)  # (P, 2, R)
        return torch.minimum(inner[:, 1, :, None], inner[:, 0, None, :])[:, None]

    def box_weight(self, spread: float) -> Tensor:
        """(P, 1, R, R): a Gaussian over the box, `spread` of its sides wide."""
        middle = (self.low + self.high) / 2
        d = (self.centres - middle[..., None]) / (self.side[..., None] * spread)
        g = (-0.5 * d * d).exp()
        return (g[:, 1, :, None] * g[:, 0, None, :])[:, None] * self.has_box[..., None, None]


def geometry(drawing: Drawing, mask: Tensor, has_mask: Tensor) -> Tensor:
    """(P, GEOMETRY, R, R) maps of the prompt: spots, box, place within the box, earlier mask."""
    d = drawing
    has_box = d.has_box[..., None, None]
    distance = d.box_distance()
    small = d.side.amin(1)[:, None, None, None]
    relative = ((d.centres - (d.low + d.high)[..., None] / 2) / (d.side[..., None] / 2)).clamp(-2, 2)  # (P, 2, R)
    size = len(d.centres)
    return torch.cat(
        [
            d.spots(d.positive, 3.0),
            d.spots(d.positive, 24.0),
            d.spots(d.negative, 3.0),
            d.spots(d.negative, 24.0),
            (distance / 4).tanh() * has_box,
            (distance / (0.25 * small)).tanh() * has_box,
            relative[:, 1, :, None].expand(-1, -1, size)[:, None] * has_box,
            relative[:, 0, None, :].expand(-1, size, -1)[:, None] * has_box,
            has_box.expand(-1, -1, size, size),
            (small / 128).clamp(max=2) * has_box.expand(-1, -1, size, size),
            (mask / 4).tanh() * has_mask,
            has_mask.expand(-1, -1, size, size),
        ],
        1,
    )
