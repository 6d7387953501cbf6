"""TinyViT, the image encoder of MobileSAM (arXiv 2207.10666, 2306.14289), under the names of mobile_sam.pt.

Four stages: convolutions, then attention in windows; the last two share one resolution, a sixteenth of the image.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import torch
from torch import Tensor, nn

from .layers import ConvNorm, Neck


@dataclass(frozen=True)
class Sizes:
    """Of the four stages: widths, blocks, heads (0 for the first), sides of the windows; and the neck's channels."""

    widths: Sequence[int]
    depths: Sequence[int]
    heads: Sequence[int]
    windows: Sequence[int]
    outputs: int


class _PatchEmbed(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.seq = nn.Sequential(ConvNorm(3, width // 2, 3, 2), nn.GELU(), ConvNorm(width // 2, width, 3, 2))

    def forward(self, x: Tensor) -> Tensor:
        return self.seq(x)


class _Bottleneck(nn.Module):
    """Wider, depthwise, narrower, and what came in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(width, 4 * width)
        self.conv2 = ConvNorm(4 * width, 4 * width, 3, groups=4 * width)
        self.conv3 = ConvNorm(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        gelu = nn.functional.gelu
        return gelu(x + self.conv3(gelu(self.conv2(gelu(self.conv1(x))))))


class _Merge(nn.Module):
    """From one stage to the next."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(inputs, outputs)
        self.conv2 = ConvNorm(outputs, outputs, 3, stride, groups=outputs)
        self.conv3 = ConvNorm(outputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv3(nn.functional.gelu(self.conv2(nn.functional.gelu(self.conv1(x)))))


class _Attention(nn.Module):
    """(windows, window * window, C) -> the same, each place seeing its window; a bias for each distance."""

    def __init__(self, width: int, heads: int, window: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.attention_biases = nn.Parameter(torch.zeros(heads, window * window))
        self.window = window
        self.bias: Tensor | None = None

    def biases(self) -> Tensor:
        """(heads, window * window, window * window); made once, as the weights do not change."""
        if self.bias is None or self.bias.device != self.qkv.weight.device or self.bias.dtype != self.qkv.weight.dtype:
            place = torch.arange(self.window, device=self.qkv.weight.device)
            apart = (place[:, None] - place[None]).abs()
            # Distances are numbered down first, then across, in the order in which the first place meets them.
            index = apart[:, None, :, None] * self.window + apart[None, :, None, :]
            count = self.window * self.window
            self.bias = self.attention_biases[:, index.reshape(count, count)].to(self.qkv.weight.dtype)
        return self.bias

    def forward(self, x: Tensor) -> Tensor:
        count, places, width = x.shape
        # Each head's query, key and value lie side by side.
        parts = self.qkv(self.norm(x)).view(count, places, self.heads, 3, -1).permute(3, 0, 2, 1, 4)
        seen = nn.functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], attn_mask=self.biases())
        return self.proj(seen.transpose(1, 2).reshape(count, places, width))


class _Mlp(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(nn.functional.gelu(self.fc1(self.norm(x))))


class _Block(nn.Module):
    """(N, C, h, w) -> the same."""

    def __init__(self, width: int, heads: int, window: int) -> None:
        super().__init__()
        self.window = window
        self.attn = _Attention(width, heads, window)
        self.local_conv = ConvNorm(width, width, 3, groups=width)
        self.mlp = _Mlp(width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.local_conv(x + self.attend(x))
        return x + self.mlp(x.flatten(2).transpose(1, 2)).transpose(1, 2).reshape(x.shape)

    def attend(self, x: Tensor) -> Tensor:
        count, width, height, across = x.shape
        side = self.window
        # Not of negative numbers, which ONNX divides towards zero.
        rows, columns = (height + side - 1) // side, (across + side - 1) // side
        # Zeros beyond the edge take part, as in the original.
        padded = nn.functional.pad(x, (0, columns * side - across, 0, rows * side - height))
        windows = padded.view(count, width, rows, side, columns, side).permute(0, 2, 4, 3, 5, 1)
        seen = self.attn(windows.reshape(-1, side * side, width)).view(count, rows, columns, side, side, width)
        whole = seen.permute(0, 5, 1, 3, 2, 4).reshape(count, width, rows * side, columns * side)
        return whole[:, :, :height, :across]


class _Stage(nn.Module):
    def __init__(self, blocks: Sequence[nn.Module], merge: nn.Module | None) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*blocks)
        if merge is not None:
            self.downsample = merge

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(x)
        return self.downsample(x) if hasattr(self, "downsample") else x


class TinyVit(nn.Module):
    """(N, 3, H, W) -> `last_hidden_state` (N, outputs, H / 16, W / 16), in the place of SamModel's own encoder."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.patch_embed = _PatchEmbed(sizes.widths[0])
        stages = []
        for number, (width, depth) in enumerate(zip(sizes.widths, sizes.depths, strict=True)):
            heads, window = sizes.heads[number], sizes.windows[number]
            blocks = [_Block(width, heads, window) if number else _Bottleneck(width) for _ in range(depth)]
            last = number == len(sizes.widths) - 1
            merge = None if last else _Merge(width, sizes.widths[number + 1], 2 if number < 2 else 1)
            stages.append(_Stage(blocks, merge))
        self.layers = nn.ModuleList(stages)
        self.neck = Neck(sizes.widths[-1], sizes.outputs)

    def forward(self, pixel_values: Tensor) -> SimpleNamespace:
        x = self.patch_embed(pixel_values)
        for layer in self.layers:
            x = layer(x)
        return SimpleNamespace(last_hidden_state=self.neck(x))


def sizes_of(state: Mapping[str, Tensor], prefix: str) -> Sizes:
    """Read off the weights whose names begin with `prefix`.

    Raises:
        KeyError: a weight that every TinyViT has is missing.
    """
    found = re.compile(re.escape(prefix) + r"layers\.(\d+)\.blocks\.(\d+)\.")
    numbers = {(int(match[1]), int(match[2])) for name in state if (match := found.match(name))}
    stages = sorted({stage for stage, _ in numbers})
    if len(stages) < 2:
        raise KeyError(f"{prefix}layers.1")
    biases = [state[f"{prefix}layers.{stage}.blocks.0.attn.attention_biases"].shape for stage in stages[1:]]
    first = state[f"{prefix}patch_embed.seq.2.c.weight"].shape[0]
    widths = [first, *(state[f"{prefix}layers.{stage}.blocks.0.attn.proj.weight"].shape[0] for stage in stages[1:])]
    return Sizes(
        [int(width) for width in widths],
        [sum(stage == number for stage, _ in numbers) for number in stages],
        [0, *(int(shape[0]) for shape in biases)],
        [0, *(round(int(shape[1]) ** 0.5) for shape in biases)],
        int(state[f"{prefix}neck.conv1.weight"].shape[0]),
    )
