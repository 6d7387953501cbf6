"""Layers that the small image encoders share, under the names that their checkpoints use."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ConvNorm(nn.Sequential):
    """A convolution without bias (`c`) and its batch norm (`bn`)."""

    def __init__(self, inputs: int, outputs: int, size: int = 1, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.c = nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def fused(self) -> nn.Conv2d:
        """One convolution that answers as both do in evaluation."""
        conv, norm = self.c, self.bn
        if norm.running_mean is None or norm.running_var is None:
            raise ValueError("a batch norm without statistics cannot be fused")
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        one = nn.Conv2d(
            conv.in_channels,
            conv.out_channels,
            (conv.kernel_size[0], conv.kernel_size[1]),
            (conv.stride[0], conv.stride[1]),
            (conv.kernel_size[0] // 2, conv.kernel_size[1] // 2),
            groups=conv.groups,
        )
        with torch.no_grad():
            one.weight.copy_(conv.weight * scale[:, None, None, None])
            if one.bias is not None:
                one.bias.copy_(norm.bias - norm.running_mean * scale)
        return one


def fuse(module: nn.Module) -> nn.Module:
    """The module with each `ConvNorm` as one convolution: fewer passes over the image, and no statistics to round."""
    for name, child in module.named_children():
        setattr(module, name, child.fused() if isinstance(child, ConvNorm) else fuse(child))
    return module


class LayerNorm2d(nn.Module):
    """Normalises the channels of (N, C, H, W) at each place."""

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        normed = nn.functional.layer_norm(x.permute(0, 2, 3, 1), self.weight.shape, self.weight, self.bias, self.eps)
        return normed.permute(0, 3, 1, 2)


class Neck(nn.Module):
    """(N, C, h, w) -> (N, outputs, h, w), as at the end of SAM's own image encoder."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.layer_norm1 = LayerNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.layer_norm2 = LayerNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer_norm2(self.conv2(self.layer_norm1(self.conv1(x))))
