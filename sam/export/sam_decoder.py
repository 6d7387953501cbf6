"""SAM's prompt encoder and mask decoder as a graph for an .onnx file, all four masks as output."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from .attention import FewQueries, norm_channels
from .decoder_file import DecoderGraph

EMPTY, BOX_LOW = -1, 2
"""Labels: no point; corners of a box are 2 and 3, the same numbers as their places in `point_embed`."""


class SamDecoderGraph(DecoderGraph):
    """A SamModel's, whose one feature is the (1, C, g, g) embedding; masks of 4g cells. See `DecoderGraph`."""

    score_place = 0
    """Of the token of the scores among the decoder's own; those of the masks come after it."""

    def __init__(self, model: Any) -> None:
        """
        Args:
            model: a SamModel; its two small halves are copied in float32, it stays as it is.
        """
        super().__init__()
        self.prompts = copy.deepcopy(model.prompt_encoder).float().cpu()
        self.decoder = copy.deepcopy(model.mask_decoder).float().cpu()
        with torch.inference_mode():
            positions = model.get_image_wide_positional_embeddings().float().cpu()
        self.positions: Tensor
        self.register_buffer("positions", positions.clone())
        self.side = int(self.prompts.input_image_size)
        self.grid = int(positions.shape[-1])
        self.mask_side = 4 * self.grid
        self.features = {"image_embeddings": tuple(positions.shape)}
        transformer = self.decoder.transformer
        self.to_image = [few_queries(layer.cross_attn_token_to_image) for layer in transformer.layers]
        self.to_tokens = [few_queries(layer.cross_attn_image_to_token) for layer in transformer.layers]
        self.final = few_queries(transformer.final_attn_token_to_image)

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        *features, coords, labels, mask_input, has_mask = inputs
        sparse = self.points(coords, labels)
        has = has_mask.reshape(-1, 1, 1, 1)
        none = self.prompts.no_mask_embed.weight.reshape(1, -1, 1, 1)
        dense = has * self.prompts.mask_embed(mask_input) + (1 - has) * none
        return self.decode([feature.float() for feature in features], dense, sparse)

    def points(self, coords: Tensor, labels: Tensor) -> Tensor:
        """(N, P, 2) and (N, P) -> (N, P, C)."""
        encoder = self.prompts
        kinds = labels[..., None]
        encoded = encoder.shared_embedding((coords + 0.5)[:, None] / self.side)[:, 0]
        encoded = torch.where(kinds == EMPTY, torch.zeros_like(encoded), encoded)
        encoded = encoded + (kinds == EMPTY).float() * encoder.not_a_point_embed.weight
        for kind, weight in enumerate(self.kinds()):
            encoded = encoded + (kinds == kind).float() * weight
        return encoded

    def kinds(self) -> list[Tensor]:
        """(1, C) of each label, from 0."""
        return [embedding.weight for embedding in self.prompts.point_embed]

    def own(self) -> list[Tensor]:
        """The decoder's own tokens, each (n, C); see `score_place`."""
        return [self.decoder.iou_token.weight, self.decoder.mask_tokens.weight]

    def decode(self, features: list[Tensor], dense: Tensor, sparse: Tensor) -> tuple[Tensor, Tensor]:
        """SamMaskDecoder.forward without its choice between one mask and three; the places of the image stay last.

        Args:
            features: the last of them the embedding, (1, C, g, g).
            dense: (N, C, g, g).
            sparse: (N, P, C).
        """
        decoder = self.decoder
        image = features[-1] + dense
        own = torch.cat(self.own())
        tokens = torch.cat([own[None] + sparse[:, :1] * 0, sparse], 1)
        tokens, flat = self.attend(tokens, image.flatten(2), len(own))
        flat = self.upscaled(flat, features)
        first = self.score_place + 1
        heads = enumerate(decoder.output_hypernetworks_mlps)
        weights = torch.stack([head(tokens[:, first + i]) for i, head in heads], 1)
        logits = in_rows(weights @ flat, self.grid)
        return self.refined(logits, tokens, flat, features), decoder.iou_prediction_head(tokens[:, first - 1])

    def refined(self, logits: Tensor, tokens: Tensor, flat: Tensor, features: list[Tensor]) -> Tensor:
        """What is made of the masks in the end, (N, 4, 4g, 4g); `flat` is what `upscaled` gave."""
        return logits

    def upscaled(self, flat: Tensor, features: list[Tensor]) -> Tensor:
        """(N, C, g * g) -> (N, C / 8, 16 * g * g), in the order of `upscale`, twice."""
        decoder = self.decoder
        flat = upscale(decoder.upscale_conv1, flat)
        flat = decoder.activation(norm_channels(decoder.upscale_layer_norm, flat))
        return decoder.activation(upscale(decoder.upscale_conv2, flat))

    def attend(self, points: Tensor, image: Tensor, own: int) -> tuple[Tensor, Tensor]:
        """SamTwoWayTransformer.forward: the first `own` tokens, (N, own, C), and the image.

        Args:
            points: (N, own + P, C).
            image: (N, C, g * g).
        """
        transformer, positions = self.decoder.transformer, self.positions.flatten(2)
        tokens = points
        for number, (layer, to_image, to_tokens) in enumerate(zip(transformer.layers, self.to_image, self.to_tokens)):
            q = (tokens + points if number else tokens)[:, None]
            update = layer.self_attn(query=q, key=q, value=tokens[:, None])[0][:, 0]
            tokens = layer.layer_norm1(tokens + update if number else update)
            tokens = layer.layer_norm2(tokens + to_image.gather(tokens + points, image + positions, image))
            tokens = layer.layer_norm3(tokens + layer.mlp(tokens))
            image = image + to_tokens.spread(image + positions, tokens + points, tokens)
            image = norm_channels(layer.layer_norm4, image)
        tokens, points = tokens[:, :own], points[:, :own]  # no other token is read after this
        tokens = tokens + self.final.gather(tokens + points, image + positions, image)
        return transformer.layer_norm_final_attn(tokens), image


def few_queries(attention: Any) -> FewQueries:
    """A SamAttention, or one of its heirs, in the other order of sums."""
    a = attention
    out = a.out_proj if hasattr(a, "out_proj") else a.o_proj
    return FewQueries(a.num_attention_heads, a.q_proj, a.k_proj, a.v_proj, out)


def in_rows(masks: Tensor, grid: int) -> Tensor:
    """(N, K, 16 * g * g) in the order of `upscale`, twice, -> (N, K, 4g, 4g)."""
    count = masks.shape[1]
    parts = masks.reshape(-1, count, 2, 2, 2, 2, grid, grid)  # finer rows, columns; rows, columns
    return parts.permute(0, 1, 6, 4, 2, 7, 5, 3).reshape(-1, count, 4 * grid, 4 * grid)


def upscale(layer: nn.ConvTranspose2d, x: Tensor) -> Tensor:
    """A transposed convolution of 2x2 in steps of 2, whose cells do not overlap: a product, shuffled only by name.

    Args:
        x: (N, C, M).

    Returns:
        (N, C', 4 * M): upper left cells of all places, upper right, lower left, lower right.
    """
    weight = layer.weight.permute(1, 2, 3, 0).reshape(-1, layer.weight.shape[0], 1)
    x = F.conv1d(x, weight).reshape(-1, layer.weight.shape[1], 4 * x.shape[2])
    return x if layer.bias is None else x + layer.bias[:, None]
