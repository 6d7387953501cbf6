"""RepViT, the convolutional image encoder of EdgeTAM (arXiv 2307.09283), under timm's names of the weights."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import SimpleNamespace

from torch import Tensor, nn

from .layers import ConvNorm


class _Mixer(nn.Module):
    """Depthwise: a 3 x 3 convolution, a 1 x 1 one, and what came in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = ConvNorm(width, width, 3, groups=width)
        self.conv1 = ConvNorm(width, width, 1, groups=width)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x) + self.conv1(x) + x


class _Excite(nn.Module):
    """Scales channels by what the whole image shows."""

    def __init__(self, width: int) -> None:
        super().__init__()
        # A quarter of the channels, in whole eights.
        narrow = max(8, int(width / 4 + 4) // 8 * 8)
        self.fc1 = nn.Conv2d(width, narrow, 1)
        self.fc2 = nn.Conv2d(narrow, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        seen = nn.functional.relu(self.fc1(x.mean((2, 3), keepdim=True)))
        return x * self.fc2(seen).sigmoid()


class _Channels(nn.Module):
    """Mixes channels at each place."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(width, 2 * width)
        self.conv2 = ConvNorm(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(nn.functional.gelu(self.conv1(x)))


class _Block(nn.Module):
    def __init__(self, width: int, excite: bool) -> None:
        super().__init__()
        self.token_mixer = _Mixer(width)
        self.se = _Excite(width) if excite else nn.Identity()
        self.channel_mixer = _Channels(width)

    def forward(self, x: Tensor) -> Tensor:
        x = self.se(self.token_mixer(x))
        return x + self.channel_mixer(x)


class _Downsample(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.pre_block = _Block(inputs, False)
        self.spatial_downsample = ConvNorm(inputs, inputs, 3, 2, groups=inputs)
        self.channel_downsample = ConvNorm(inputs, outputs)
        self.ffn = _Channels(outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = self.channel_downsample(self.spatial_downsample(self.pre_block(x)))
        return x + self.ffn(x)


class _Stem(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(3, width // 2, 3, 2)
        self.conv2 = ConvNorm(width // 2, width, 3, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(nn.functional.gelu(self.conv1(x)))


class _Stage(nn.Module):
    def __init__(self, inputs: int, width: int, depth: int) -> None:
        super().__init__()
        self.downsample = _Downsample(inputs, width) if inputs else nn.Identity()
        self.blocks = nn.Sequential(*[_Block(width, number % 2 == 0) for number in range(depth)])

    def forward(self, x: Tensor) -> Tensor:
        return self.blocks(self.downsample(x))


class RepVit(nn.Module):
    """(N, 3, H, W) -> four maps, at a quarter, an eighth, ... of the size."""

    def __init__(self, widths: Sequence[int], depths: Sequence[int]) -> None:
        super().__init__()
        self.stem = _Stem(widths[0])
        before = [0, *widths[:-1]]
        for number, (inputs, width, depth) in enumerate(zip(before, widths, depths, strict=True)):
            self.add_module(f"stages_{number}", _Stage(inputs, width, depth))
        self.count = len(widths)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = self.stem(x)
        maps = []
        for number in range(self.count):
            x = self.get_submodule(f"stages_{number}")(x)
            maps.append(x)
        return maps


class Backbone(nn.Module):
    """RepVit in the place of a backbone of transformers' Sam2VisionModel."""

    def __init__(self, widths: Sequence[int], depths: Sequence[int]) -> None:
        super().__init__()
        self.timm_model = RepVit(widths, depths)

    def forward(self, pixel_values: Tensor, **_: object) -> SimpleNamespace:
        maps = [value.permute(0, 2, 3, 1) for value in self.timm_model(pixel_values)]
        return SimpleNamespace(
            last_hidden_state=maps[-1], intermediate_hidden_states=maps, hidden_states=None, attentions=None
        )


def sizes_of(state: Mapping[str, Tensor], prefix: str) -> tuple[list[int], list[int]]:
    """(widths, depths) of the stages, read off the weights whose names begin with `prefix`.

    Raises:
        KeyError: a weight that every RepViT has is missing.
    """
    found = re.compile(re.escape(prefix) + r"stages_(\d+)\.blocks\.(\d+)\.")
    numbers = {(int(match[1]), int(match[2])) for name in state if (match := found.match(name))}
    depths = [sum(stage == number for stage, _ in numbers) for number in range(len({stage for stage, _ in numbers}))]
    widths = [int(state[f"{prefix}stages_{n}.blocks.0.token_mixer.conv.c.weight"].shape[0]) for n in range(len(depths))]
    if not widths:
        raise KeyError(f"{prefix}stages_0")
    return widths, depths
