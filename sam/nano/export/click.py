"""nano's decoder for a single foreground click, which is what every hover asks for.

The sums of `graph.DecoderGraph` without what such a prompt leaves empty: box, background points and earlier mask are
34 of the 42 maps that are drawn. What remains has fixed shapes, and stays by phase (see `winograd.py`) from the
embedding to the masks, which come back into rows at the very end: stride 16 as (b, b', i, j), stride 8 with a, a'
before, stride 4 with s, s' before that, stride 2 with u, u': row 16 * i + 8 * b + 4 * a + 2 * s + u of the mask.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ..network import HEADS, INPUT_SIZE, MASK_TOKENS, PROTOTYPES, WIDTH, WIDTH2, WIDTH4, WIDTH8
from ..prompt_maps import GEOMETRY, cell_centres
from .graph import DecoderGraph, clamped, pointwise
from .winograd import Winograd

RUN = INPUT_SIZE // 32
"""Rows, and columns, of the same phase."""
SPOTS = (3.0, 24.0)
"""Widths in pixels of the first two maps of `drawing.geometry`, the foreground points."""
LOOK = 6.0
"""Width of the spot whose features are compared with all others."""
PRIOR = 5.0
"""Width of the spot in `network.Decoder.place_prior`."""


def by_phase(x: Tensor, channels: int, levels: int) -> Tensor:
    """(1, channels, S, S) to (1, channels, S * S) by phase, S = 16 * 2**levels.

    In two steps: plain matrices are turned, then whole runs of memory move. ONNX Runtime would make one slow step of
    them, were there not a choice between.
    """
    inner, side = 1 << levels, RUN << levels
    x = x.reshape(1, channels * side, RUN, inner).transpose(2, 3)
    x = x.index_select(0, torch.zeros(1, dtype=torch.long))
    x = x.reshape(1, channels, RUN, *[2] * (2 * levels), RUN)
    rows = [levels + 1 - k for k in range(levels)]  # the finest first
    columns = [2 * levels + 1 - k for k in range(levels)]
    order = [axis for pair in zip(rows, columns) for axis in pair]
    return x.permute(0, 1, *[axis + 1 for axis in order], 2, 2 * levels + 3).reshape(1, channels, side * side)


def in_rows(x: Tensor, channels: int, levels: int) -> Tensor:
    """The way back: (1, channels, S * S) by phase to (1, channels, S, S)."""
    inner, side = 1 << levels, RUN << levels
    x = x.reshape(1, channels, *[2] * (2 * levels), RUN, RUN)
    rows = [2 + 2 * k for k in reversed(range(levels))]  # the coarsest first
    columns = [3 + 2 * k for k in reversed(range(levels))]
    x = x.permute(0, 1, 2 * levels + 2, *rows, *columns, 2 * levels + 3)
    return x.reshape(channels * side, inner, RUN).transpose(1, 2).reshape(1, channels, side, side)


def relu(x: Tensor) -> Tensor:
    """As `F.relu`, which takes ONNX Runtime up to ten times as long on maps of this size in WebAssembly."""
    return torch.maximum(x, x.new_zeros(()))


def spots(coords: Tensor, widths: tuple[float, ...], levels: int, height: Tensor | float = 1.0) -> Tensor:
    """(1, len(widths), S * S) by phase, S = 16 * 2**levels: Gaussians round the one point, `height` at it.

    Args:
        coords: (1, 1, 2) x, y in pixels of the input.
    """
    side = RUN << levels
    centres = cell_centres(side, INPUT_SIZE // side, coords).reshape(RUN, *[2] * levels)
    centres = centres.permute(*reversed(range(levels + 1))).reshape(1, 1, side)
    d = (centres - coords.reshape(2, 1, 1)) / torch.tensor(widths)[:, None]
    g = (-0.5 * d * d).exp()  # (2, widths, side)
    shape = [2] * levels + [RUN]
    rows = (g[1] * height).reshape(len(widths), *[size for step in shape for size in (step, 1)])
    columns = g[0].reshape(len(widths), *[size for step in shape for size in (1, step)])
    return (rows * columns).reshape(1, len(widths), side * side)


class ClickGraph(nn.Module):
    """Features and one foreground point -> (1, 4, 256, 256) logits and (1, 4) scores, as `DecoderGraph`."""

    def __init__(self, graph: DecoderGraph) -> None:
        super().__init__()
        self.graph = graph
        self.mix4 = Winograd(graph.decoder.mix4)
        looked = [GEOMETRY + head * PROTOTYPES for head in range(HEADS)]  # of the region of foreground points
        self.drawn = graph.order[[0, 1, *looked]]

    def forward(self, map16: Tensor, map8: Tensor, map4: Tensor, coords: Tensor) -> tuple[Tensor, Tensor]:
        """
        Args:
            map16, map8, map4: the encoder's maps of one image.
            coords: (1, 1, 2) x, y in input pixels.
        """
        net, graph = self.graph.decoder, self.graph
        side16, side8, side4, n = 2 * RUN, 4 * RUN, 8 * RUN, RUN
        f16, f8, f4 = (
            by_phase(features, width, levels)
            for features, width, levels in ((map16, WIDTH, 1), (map8, WIDTH8, 2), (map4, WIDTH4, 3))
        )

        maps = torch.cat([spots(coords, SPOTS, 2), self.alike(coords, f8)], 1)
        pooled = maps.reshape(1, -1, 4, side16 * side16).mean(2)
        labels = torch.ones(1, 1)
        tokens, flat = graph.attend(coords, labels, f16 + self.drawn_to(net.dense16, pooled), side16)

        x = pointwise(net.up8, flat).reshape(1, WIDTH8, side8 * side8) + f8
        x = relu(x + self.drawn_to(net.dense8, maps))
        x = x.reshape(1, WIDTH8, 2, 2, 2, 2, n, n)
        x = relu(x + graph.mix8(x)).reshape(1, WIDTH8, side8 * side8)
        x = pointwise(net.up4, x).reshape(1, WIDTH4, side4 * side4) + f4
        x = relu(x + self.drawn_to(net.dense4, spots(coords, SPOTS, 3), torch.arange(2)))
        x = x.reshape(1, WIDTH4, 2, 2, 2, 2, 2, 2, n, n)
        x = relu(x + self.mix4(x)).reshape(1, WIDTH4, side4 * side4)
        y = F.relu(pointwise(net.up2, x)).reshape(1, WIDTH2, 4 * side4 * side4)
        weights = torch.stack([head(tokens[:, 1 + i]) for i, head in enumerate(net.hyper)], 1)  # (1, 4, WIDTH2 + 1)
        prior = spots(coords, (PRIOR,), 4, 3 * net.prior[2])
        logits = weights[..., :WIDTH2] @ y + weights[..., WIDTH2:] + prior
        square = logits.reshape(1, MASK_TOKENS, 2 * side4, 2 * side4)
        near = clamped(square)
        cover = near.reshape(1, MASK_TOKENS, -1, side16 * side16).mean(2)
        return in_rows(logits, MASK_TOKENS, 4), graph.scores(square, near, cover, tokens, flat)

    def drawn_to(self, layer: nn.Conv2d, maps: Tensor, chosen: Tensor | None = None) -> Tensor:
        """A 1x1 convolution of the maps that one click draws; `chosen` are their channels, by default `self.drawn`."""
        weight = layer.weight[:, self.drawn if chosen is None else chosen, :, 0]
        return F.conv1d(maps, weight, layer.bias)

    def alike(self, coords: Tensor, f8: Tensor) -> Tensor:
        """(1, HEADS, R * R): how alike each place is to the one clicked on, group by group.

        Args:
            f8: (1, C, R * R) by phase.
        """
        look = spots(coords, (LOOK,), 2)
        features = f8.reshape(1, HEADS, -1, f8.shape[2])
        size = 1 / (features * features).sum(2).sqrt().clamp(min=1e-3)  # (1, HEADS, R * R)
        clicked = (size * look) @ f8.transpose(1, 2) / (look.sum() + 1e-4)
        own = torch.eye(HEADS)[..., None]  # each group by its own features alone
        clicked = (clicked.reshape(1, HEADS, HEADS, -1) * own).sum(2, keepdim=True)
        clicked = F.normalize(clicked, dim=3, eps=1e-2)  # (1, HEADS, 1, 8)
        return (clicked @ features).reshape(1, HEADS, -1) * size
