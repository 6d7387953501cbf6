"""The network of EfficientSAM (arXiv 2312.00863), under the names of its checkpoints.

It is SAM's shape with other details: a plain ViT, positions enlarged from 14 x 14, prompts padded to six, no background
label and no mask input, and a decoder whose first layer adds where SAM's replaces.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, scaled_dot_product_attention

from .layers import LayerNorm2d

PLACES = 6
"""Points that a prompt is padded to, as in training."""
PADDING = -1
BOX_LOW, BOX_HIGH = 2, 3


class _SelfAttention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        count, places, width = x.shape
        parts = self.qkv(x).view(count, places, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        seen = scaled_dot_product_attention(parts[0], parts[1], parts[2])
        return self.proj(seen.transpose(1, 2).reshape(count, places, width))


class _Mlp(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(nn.functional.gelu(self.fc1(x)))


class _Block(nn.Module):
    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = _SelfAttention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = _Mlp(width, hidden)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class _PatchEmbed(nn.Module):
    def __init__(self, width: int, patch: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, patch, patch)


class Encoder(nn.Module):
    """(N, 3, S, S) -> (N, outputs, S / patch, S / patch)."""

    def __init__(self, width: int, depth: int, heads: int, hidden: int, patch: int, places: int, outputs: int) -> None:
        super().__init__()
        self.patch_embed = _PatchEmbed(width, patch)
        # The first belongs to a class token that is gone.
        self.pos_embed = nn.Parameter(torch.zeros(1, places, width))
        self.blocks = nn.ModuleList([_Block(width, heads, hidden) for _ in range(depth)])
        self.neck = nn.Sequential(
            nn.Conv2d(width, outputs, 1, bias=False),
            LayerNorm2d(outputs),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            LayerNorm2d(outputs),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.patch_embed.proj(x)
        size_hw = (x.shape[2], x.shape[3])
        side = math.isqrt(self.pos_embed.shape[1] - 1)
        known = self.pos_embed[:, 1:].transpose(1, 2).unflatten(2, (side, side))
        positions = known if (side, side) == size_hw else interpolate(known.float(), size_hw, mode="bicubic")
        x = (x + positions.to(x.dtype)).flatten(2).transpose(1, 2)
        for block in self.blocks:
            x = block(x)
        return self.neck(x.transpose(1, 2).unflatten(2, size_hw))


class _Frequencies(nn.Module):
    def __init__(self, count: int) -> None:
        super().__init__()
        self.positional_encoding_gaussian_matrix: Tensor
        self.register_buffer("positional_encoding_gaussian_matrix", torch.zeros(2, count))

    def forward(self, coords: Tensor) -> Tensor:
        """(..., 2) in [0, 1] -> (..., 2 count)."""
        turns = 2 * math.pi * ((2 * coords - 1) @ self.positional_encoding_gaussian_matrix)
        return torch.cat([turns.sin(), turns.cos()], -1)


class Prompts(nn.Module):
    """(N, P, 2) points in the model's pixels and their labels -> (N, P, width)."""

    def __init__(self, width: int, side: int) -> None:
        super().__init__()
        self.side = side
        self.pe_layer = _Frequencies(width // 2)
        self.invalid_points = nn.Embedding(1, width)
        self.point_embeddings = nn.Embedding(1, width)
        self.bbox_top_left_embeddings = nn.Embedding(1, width)
        self.bbox_bottom_right_embeddings = nn.Embedding(1, width)

    def forward(self, coords: Tensor, labels: Tensor) -> Tensor:
        encoded = self.pe_layer((coords + 0.5) / self.side)
        kinds = {
            PADDING: self.invalid_points,
            1: self.point_embeddings,
            BOX_LOW: self.bbox_top_left_embeddings,
            BOX_HIGH: self.bbox_bottom_right_embeddings,
        }
        for label, embedding in kinds.items():
            encoded = encoded + (labels == label)[..., None] * embedding.weight
        return encoded

    def grid(self, count: int) -> Tensor:
        """(1, width, count, count): the positions of the image's cells."""
        centres = (torch.arange(count, device=self.invalid_points.weight.device) + 0.5) / count
        y, x = torch.meshgrid(centres, centres, indexing="ij")
        return self.pe_layer(torch.stack([x, y], -1)).permute(2, 0, 1)[None]


class _Attention(nn.Module):
    HEADS = 8

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.q_proj = nn.Linear(width, inner)
        self.k_proj = nn.Linear(width, inner)
        self.v_proj = nn.Linear(width, inner)
        self.out_proj = nn.Linear(inner, width)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        parts = (self.q_proj(query), self.k_proj(key), self.v_proj(value))
        query, key, value = (part.unflatten(2, (self.HEADS, -1)).transpose(1, 2) for part in parts)
        return self.out_proj(scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2))


class Head(nn.Module):
    """Linear layers with GELU between, `depth` of them hidden."""

    def __init__(self, inputs: int, hidden: int, outputs: int, depth: int) -> None:
        super().__init__()
        widths = [inputs] + [hidden] * (depth - 1)
        self.layers = nn.ModuleList([nn.Sequential(nn.Linear(width, hidden), nn.GELU()) for width in widths])
        self.fc = nn.Linear(hidden, outputs)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return self.fc(x)


class _TwoWayLayer(nn.Module):
    def __init__(self, width: int, hidden: int, first: bool) -> None:
        super().__init__()
        self.first = first
        self.self_attn = _Attention(width, width)
        self.norm1 = nn.LayerNorm(width)
        self.cross_attn_token_to_image = _Attention(width, width // 2)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = Head(width, hidden, width, 1)
        self.norm3 = nn.LayerNorm(width)
        self.norm4 = nn.LayerNorm(width)
        self.cross_attn_image_to_token = _Attention(width, width // 2)

    def forward(self, tokens: Tensor, image: Tensor, token_places: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        if not self.first:
            tokens = tokens + token_places
        tokens = self.norm1(tokens + self.self_attn(tokens, tokens, tokens))
        placed = image + places
        tokens = self.norm2(tokens + self.cross_attn_token_to_image(tokens + token_places, placed, image))
        tokens = self.norm3(tokens + self.mlp(tokens))
        image = self.norm4(image + self.cross_attn_image_to_token(placed, tokens + token_places, tokens))
        return tokens, image


class _TwoWay(nn.Module):
    def __init__(self, width: int, hidden: int, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList([_TwoWayLayer(width, hidden, number == 0) for number in range(depth)])
        self.final_attn_token_to_image = _Attention(width, width // 2)
        self.norm_final_attn = nn.LayerNorm(width)

    def forward(self, image: Tensor, places: Tensor, prompt: Tensor) -> tuple[Tensor, Tensor]:
        tokens = prompt
        for layer in self.layers:
            tokens, image = layer(tokens, image, prompt, places)
        seen = self.final_attn_token_to_image(tokens + prompt, image + places, image)
        return self.norm_final_attn(tokens + seen), image


class Decoder(nn.Module):
    """Embedding (N, width, g, g) and prompts (N, P, width) -> logits (N, 4, 4g, 4g) and scores (N, 4)."""

    def __init__(self, width: int, hidden: int, depth: int, masks: int) -> None:
        super().__init__()
        self.transformer = _TwoWay(width, hidden, depth)
        self.iou_token = nn.Embedding(1, width)
        self.mask_tokens = nn.Embedding(masks, width)
        self.final_output_upscaling_layers = nn.ModuleList(
            [
                nn.Sequential(nn.ConvTranspose2d(width, width // 4, 2, 2), nn.GroupNorm(1, width // 4), nn.GELU()),
                nn.Sequential(nn.ConvTranspose2d(width // 4, width // 8, 2, 2), nn.Identity(), nn.GELU()),
            ]
        )
        self.output_hypernetworks_mlps = nn.ModuleList([Head(width, width, width // 8, 2) for _ in range(masks)])
        self.iou_prediction_head = Head(width, width, masks, 2)

    def forward(self, image: Tensor, places: Tensor, prompt: Tensor) -> tuple[Tensor, Tensor]:
        count, width, height, across = image.shape
        own = torch.cat([self.iou_token.weight, self.mask_tokens.weight])[None].expand(count, -1, -1)
        flat = image.flatten(2).transpose(1, 2)
        tokens, flat = self.transformer(flat, places.flatten(2).transpose(1, 2), torch.cat([own, prompt], 1))
        fine = flat.transpose(1, 2).reshape(count, width, height, across)
        for layer in self.final_output_upscaling_layers:
            fine = layer(fine)
        heads = torch.stack([head(tokens[:, 1 + k]) for k, head in enumerate(self.output_hypernetworks_mlps)], 1)
        logits = (heads @ fine.flatten(2)).unflatten(2, (4 * height, 4 * across))
        return logits, self.iou_prediction_head(tokens[:, 0])
