"""EfficientSAM's prompts and decoder as a graph for an .onnx file, all four masks as output."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import group_norm

from .attention import FewQueries, norm_channels
from .decoder_file import DecoderGraph
from .sam_decoder import EMPTY, in_rows, upscale


class EfficientDecoderGraph(DecoderGraph):
    """Its one feature is the (1, C, g, g) embedding; masks of 4g cells. See `DecoderGraph`.

    An earlier mask is an input that nothing is made of: the family was trained without. Prompts come with as many empty
    places as it was trained with (`_efficient_sam.PLACES`).
    """

    def __init__(self, prompts: Any, decoder: Any, grid: int) -> None:
        """
        Args:
            prompts: `_efficient_sam.Prompts`; copied in float32, it stays as it is.
            decoder: `_efficient_sam.Decoder`; the same.
            grid: of the embedding, in cells.
        """
        super().__init__()
        self.prompts = copy.deepcopy(prompts).float().cpu()
        self.decoder = copy.deepcopy(decoder).float().cpu()
        self.side, self.grid, self.mask_side = int(prompts.side), grid, 4 * grid
        with torch.inference_mode():
            positions = self.prompts.grid(grid)
        self.positions: Tensor
        self.register_buffer("positions", positions.clone().flatten(2))
        self.features = {"image_embeddings": (1, int(positions.shape[1]), grid, grid)}
        transformer = self.decoder.transformer
        self.to_image = [_few(layer.cross_attn_token_to_image) for layer in transformer.layers]
        self.to_tokens = [_few(layer.cross_attn_image_to_token) for layer in transformer.layers]
        self.final = _few(transformer.final_attn_token_to_image)

    def forward(
        self, embedding: Tensor, coords: Tensor, labels: Tensor, mask_input: Tensor, has_mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        decoder = self.decoder
        # Where there is no point its authors' code encodes the place (-1, -1).
        coords = torch.where((labels == EMPTY)[..., None], torch.full_like(coords, EMPTY), coords)
        sparse = self.prompts(coords, labels)
        own = torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight])
        # The exporter leaves out inputs that are not read, and whoever runs the file gives them all the same.
        nothing = 0 * (has_mask + mask_input.mean((1, 2, 3)))[:, None, None]
        tokens = torch.cat([own[None] + nothing, sparse], 1)
        tokens, flat = self.attend(tokens, embedding.float().flatten(2))
        for convolution, norm, activation in decoder.final_output_upscaling_layers:
            flat = upscale(convolution, flat)
            if isinstance(norm, torch.nn.GroupNorm):
                flat = group_norm(flat, norm.num_groups, norm.weight, norm.bias, norm.eps)
            flat = activation(flat)
        heads = enumerate(decoder.output_hypernetworks_mlps)
        weights = torch.stack([head(tokens[:, 1 + i]) for i, head in heads], 1)
        return in_rows(weights @ flat, self.grid), decoder.iou_prediction_head(tokens[:, 0])

    def attend(self, prompt: Tensor, image: Tensor) -> tuple[Tensor, Tensor]:
        """_TwoWay.forward with the places of the image last: (N, T, C) and (1, C, g * g)."""
        transformer, positions = self.decoder.transformer, self.positions
        tokens = prompt
        for layer, to_image, to_tokens in zip(transformer.layers, self.to_image, self.to_tokens):
            if not layer.first:
                tokens = tokens + prompt
            tokens = layer.norm1(tokens + layer.self_attn(tokens, tokens, tokens))
            tokens = layer.norm2(tokens + to_image.gather(tokens + prompt, image + positions, image))
            tokens = layer.norm3(tokens + layer.mlp(tokens))
            image = image + to_tokens.spread(image + positions, tokens + prompt, tokens)
            image = norm_channels(layer.norm4, image)
        seen = self.final.gather(tokens + prompt, image + positions, image)
        return transformer.norm_final_attn(tokens + seen), image


def _few(attention: Any) -> FewQueries:
    a = attention
    return FewQueries(a.HEADS, a.q_proj, a.k_proj, a.v_proj, a.out_proj)
