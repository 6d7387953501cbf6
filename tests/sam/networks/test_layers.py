from __future__ import annotations

import pytest
import torch
from torch import nn

from sam.networks.layers import ConvNorm, LayerNorm2d, Neck, fuse


@pytest.mark.parametrize(("size", "stride", "groups"), [(1, 1, 1), (3, 1, 1), (3, 2, 4)])
def test_a_fused_convolution_answers_as_both_do(size: int, stride: int, groups: int) -> None:
    torch.manual_seed(0)
    layer = ConvNorm(4, 8, size, stride, groups)
    with torch.no_grad():
        for value in layer.bn.state_dict().values():
            if value.is_floating_point():
                value += torch.rand_like(value)
    layer.eval()
    x = torch.randn(2, 4, 9, 7)
    torch.testing.assert_close(layer.fused()(x), layer(x), atol=1e-5, rtol=1e-5)


def test_all_of_a_module_is_fused() -> None:
    module = nn.Sequential(ConvNorm(3, 4), nn.Sequential(nn.GELU(), ConvNorm(4, 5, 3))).eval()
    x = torch.randn(1, 3, 6, 6)
    before = module(x)
    assert not any(isinstance(child, nn.BatchNorm2d) for child in fuse(module).modules())
    torch.testing.assert_close(module(x), before, atol=1e-5, rtol=1e-5)


def test_channels_are_normalised_at_each_place() -> None:
    x = torch.randn(2, 6, 3, 4) * 5 + 2
    found = LayerNorm2d(6)(x)
    torch.testing.assert_close(found.mean(1), torch.zeros(2, 3, 4), atol=1e-5, rtol=0)
    torch.testing.assert_close(found.std(1, unbiased=False), torch.ones(2, 3, 4), atol=1e-3, rtol=0)
    assert Neck(6, 2)(x).shape == (2, 2, 3, 4)
