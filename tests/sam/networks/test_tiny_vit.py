"""The numbers are compared with those of its authors' code in test_mobile_sam.py."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from sam.networks.tiny_vit import Sizes, TinyVit, sizes_of

SMALL = Sizes([8, 16, 24, 32], [1, 2, 1, 1], [0, 1, 3, 4], [0, 3, 4, 3], 12)


def test_a_sixteenth_of_any_size() -> None:
    model = TinyVit(SMALL).eval()
    for size_hw in ((64, 64), (96, 160)):
        found = model(torch.randn(1, 3, *size_hw)).last_hidden_state
        assert found.shape == (1, 12, size_hw[0] // 16, size_hw[1] // 16)


def test_sizes_are_read_off_the_weights() -> None:
    state = {f"enc.{name}": value for name, value in TinyVit(SMALL).state_dict().items()}
    assert sizes_of(state, "enc.") == SMALL
    with pytest.raises(KeyError):
        sizes_of(state, "other.")


def test_places_of_a_window_see_each_other_and_no_further() -> None:
    """Without the convolutions: what changes in one window changes nothing in another."""
    torch.manual_seed(0)
    block: Any = TinyVit(SMALL).eval().get_submodule("layers.1.blocks.0")
    x = torch.randn(1, 16, 6, 6)
    other = x.clone()
    other[0, 0, 0, 0] += 3  # of one channel: what all channels share, the norm takes away
    apart = (block.attend(other) - block.attend(x)).abs().sum(1)[0]
    assert (apart[:3, :3] > 0).all()
    assert apart[3:].sum() == apart[:, 3:].sum() == 0


def test_a_bias_for_each_distance() -> None:
    attention: Any = TinyVit(SMALL).get_submodule("layers.1.blocks.0.attn")
    with torch.no_grad():
        attention.attention_biases.copy_(torch.arange(9.0)[None])
    biases = attention.biases()[0].view(3, 3, 3, 3)
    assert biases[0, 0, 0, 0] == biases[2, 1, 2, 1] == 0
    assert biases[0, 0, 0, 1] == biases[1, 2, 1, 1] == 1
    assert biases[0, 0, 1, 0] == biases[2, 2, 1, 2] == 3
    assert biases[0, 0, 2, 2] == biases[2, 0, 0, 2] == 8
