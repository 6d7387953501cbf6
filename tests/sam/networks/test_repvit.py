"""The numbers are compared with timm's in test_edgetam.py."""

from __future__ import annotations

import pytest
import torch

from sam.networks.repvit import Backbone, RepVit, sizes_of


def test_four_maps_each_half_the_size() -> None:
    maps = RepVit([8, 16, 24, 32], [1, 1, 1, 1])(torch.randn(1, 3, 64, 96))
    assert [tuple(value.shape) for value in maps] == [
        (1, 8, 16, 24),
        (1, 16, 8, 12),
        (1, 24, 4, 6),
        (1, 32, 2, 3),
    ]


def test_transformers_gets_channels_last() -> None:
    found = Backbone([8, 16], [1, 1])(torch.randn(1, 3, 32, 32))
    assert [value.shape[-1] for value in found.intermediate_hidden_states] == [8, 16]


def test_sizes_are_read_off_the_weights() -> None:
    widths, depths = [8, 16, 24], [2, 1, 3]
    state = {f"trunk.{name}": value for name, value in RepVit(widths, depths).state_dict().items()}
    assert sizes_of(state, "trunk.") == (widths, depths)
    with pytest.raises(KeyError):
        sizes_of(state, "other.")
