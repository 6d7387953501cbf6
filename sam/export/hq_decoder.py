"""HQ-SAM's decoder as a graph: SAM's, with a token and features of its own that make one finer mask for all four."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor
from torch.nn.functional import pad

from .attention import norm_channels
from .sam_decoder import SamDecoderGraph, in_rows

TAPS = 3
"""Side of the kernels of the last two convolutions."""


class HqDecoderGraph(SamDecoderGraph):
    """A SamHQModel's; features are the embedding and those at four times the grid. See `DecoderGraph`.

    As in `sam.backends.sam_hq` the high-quality logits are added to each of SAM's.
    """

    def __init__(self, model: Any, features: Mapping[str, tuple[int, ...]]) -> None:
        """
        Args:
            model: see `SamDecoderGraph`.
            features: name -> shape, the embedding first.
        """
        super().__init__(model)
        self.features = dict(features)

    def own(self) -> list[Tensor]:
        return [*super().own(), self.decoder.hq_token.weight]

    def decode(self, features: list[Tensor], dense: Tensor, sparse: Tensor) -> tuple[Tensor, Tensor]:
        embedding, fine = features
        return super().decode([fine, embedding], dense, sparse)

    def refined(self, logits: Tensor, tokens: Tensor, flat: Tensor, features: list[Tensor]) -> Tensor:
        decoder, side = self.decoder, self.mask_side
        weights = decoder.hq_mask_mlp(tokens[:, self.score_place + 1 + len(decoder.mask_tokens.weight)])[:, None]
        x = decoder.mask_conv1(in_rows(flat, self.grid)).flatten(2)
        x = decoder.activation(norm_channels(decoder.mask_norm, x))
        # All that is read of the last convolution is one sum of its channels: one kernel instead of one for each.
        last = decoder.mask_conv2
        kernel = (weights @ last.weight.flatten(1)).reshape(-1, last.in_channels, TAPS * TAPS).transpose(1, 2)
        taps = pad((kernel @ x).reshape(-1, TAPS * TAPS, side, side), (1, 1, 1, 1))
        finer = weights @ last.bias[:, None] + (weights @ features[0].flatten(2))
        finer = finer.reshape(-1, side, side)
        for place in range(TAPS * TAPS):
            row, column = divmod(place, TAPS)
            finer = finer + taps[:, place, row : row + side, column : column + side]
        return logits + finer[:, None]
