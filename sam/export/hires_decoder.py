"""The decoder of SAM 2 and its kin as a graph: SAM's, with features of higher resolution and a choice of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from .attention import norm_channels
from .sam_decoder import SamDecoderGraph, upscale


class HighResolutionDecoderGraph(SamDecoderGraph):
    """A Sam2Model's, or one's with its interface; features at four, two and one times the grid. See `DecoderGraph`.

    Its prompts have an empty place beside a box, too. Where the single mask is not stable it is the best of the three,
    if the model says so (`dynamic_multimask_via_stability`), as in Meta's predictor.
    """

    score_place = 1  # after that of the object's presence

    def __init__(self, model: Any, features: Mapping[str, tuple[int, ...]]) -> None:
        """
        Args:
            model: see `SamDecoderGraph`.
            features: name -> shape, the finest first.
        """
        super().__init__(model)
        self.features = dict(features)

    def kinds(self) -> list[Tensor]:
        return list(self.prompts.point_embed.weight[:, None])

    def own(self) -> list[Tensor]:
        return [self.decoder.obj_score_token.weight, *super().own()]

    def upscaled(self, flat: Tensor, features: list[Tensor]) -> Tensor:
        decoder, (fine, middle, _) = self.decoder, features
        flat = upscale(decoder.upscale_conv1, flat) + by_cell(middle, self.grid)
        flat = decoder.activation(norm_channels(decoder.upscale_layer_norm, flat))
        return decoder.activation(upscale(decoder.upscale_conv2, flat) + by_cell(fine, self.grid))

    def decode(self, features: list[Tensor], dense: Tensor, sparse: Tensor) -> tuple[Tensor, Tensor]:
        """As SamDecoderGraph.decode, with the single mask as Sam2MaskDecoder chooses it."""
        logits, scores = super().decode(features, dense, sparse)
        decoder = self.decoder
        if not decoder.dynamic_multimask_via_stability:
            return logits, scores
        delta, least = decoder.dynamic_multimask_stability_delta, decoder.dynamic_multimask_stability_thresh
        single = logits[:, :1].flatten(2)
        inner, outer = ((single > limit).float().sum(2) for limit in (delta, -delta))
        # inner / outer >= least, also where both are 0.
        stable = (inner >= least * outer).float()
        best = scores[:, 1:] == scores[:, 1:].amax(1, keepdim=True)
        best = (best & (best.float().cumsum(1) == 1)).float()  # the first of equals
        chosen = torch.cat([stable, (1 - stable) * best], 1)
        mask = (logits * chosen[:, :, None, None]).sum(1, keepdim=True)
        score = (scores * chosen).sum(1, keepdim=True)
        return torch.cat([mask, logits[:, 1:]], 1), torch.cat([score, scores[:, 1:]], 1)


def by_cell(feature: Tensor, grid: int) -> Tensor:
    """(1, C, s, s) at two or four times the grid -> (1, C, s * s) in the order of `upscale`, once or twice."""
    channels, times = feature.shape[1], feature.shape[2] // grid
    if times == 2:
        return feature.reshape(1, channels, grid, 2, grid, 2).permute(0, 1, 3, 5, 2, 4).flatten(2)
    parts = feature.reshape(1, channels, grid, 2, 2, grid, 2, 2)  # rows, their halves, quarters; columns
    return parts.permute(0, 1, 4, 7, 3, 6, 2, 5).flatten(2)
