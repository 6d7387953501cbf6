"""Attention and norms in another order of sums are attention and norms."""

from __future__ import annotations

import torch
from torch import nn

from sam.export.attention import norm_channels
from sam.nano.export.graph import few_queries
from sam.nano.network import Attention


@torch.no_grad()
def test_attention_of_few_is_attention() -> None:
    torch.manual_seed(0)
    attention = Attention(32, 16, heads=4)
    few = few_queries(attention)
    tokens, values, places, contents = (torch.randn(2, count, 32) for count in (5, 5, 40, 40))
    expected = attention(tokens, places, contents)
    assert torch.allclose(few.gather(tokens, places.transpose(1, 2), contents.transpose(1, 2)), expected, atol=1e-5)
    spread = few.spread(places.transpose(1, 2), tokens, values).transpose(1, 2)
    assert torch.allclose(spread, attention(places, tokens, values), atol=1e-5)


@torch.no_grad()
def test_a_token_that_weighs_as_three_is_three_tokens() -> None:
    torch.manual_seed(0)
    attention = Attention(32, 16, heads=4)
    tokens, places = torch.randn(1, 2, 32), torch.randn(1, 40, 32)
    thrice = torch.cat([tokens, tokens[:, 1:], tokens[:, 1:]], 1)
    weight = torch.tensor([1.0, 3.0]).log()
    found = few_queries(attention).spread(places.transpose(1, 2), tokens, tokens, weight).transpose(1, 2)
    assert torch.allclose(found, attention(places, thrice, thrice), atol=1e-5)


@torch.no_grad()
def test_a_norm_over_channels_is_a_layer_norm() -> None:
    torch.manual_seed(0)
    norm = nn.LayerNorm(12, eps=1e-3)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    x = torch.randn(3, 12, 50) * 0.1 + 5
    assert torch.allclose(norm_channels(norm, x), norm(x.transpose(1, 2)).transpose(1, 2), atol=1e-4)
