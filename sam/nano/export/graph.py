"""nano's decoder as it is exported: `network.Decoder` with its operations reordered for the page.

A page computes in one thread of WebAssembly, about 13 billion multiplications a second. What is different here:

- **Attention between few tokens and many places** never projects the places: a token's query is taken through the keys'
  weights instead, and what it gathers through the values' weights afterwards (`FewQueries`).
- **Empty places of the prompt** are all the same token: one stands for all, with the logarithm of their number added
  where others attend to it.
- **The larger convolution** is Winograd's. For it the places at stride 16 and 8 are in the order of `to_phases`
  throughout: attention does not mind, and the shuffles between are only other names for the same memory.
- **Channels stay first**, so that norms and softmaxes run along memory and nothing is transposed.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ...export.attention import FewQueries, norm_channels
from ..network import HEADS, MASK_TOKENS, PROTOTYPES, WIDTH2, WIDTH4, Attention, Decoder, TwoWayBlock
from ..prompt_maps import GEOMETRY, Drawing, cell_centres, geometry
from .winograd import TILE, Winograd, to_phases

SLOTS = 8
"""Places for points in training, empty ones included; the graph stands in for those that a prompt leaves out."""
NEVER = -1e9
"""Added to what must not be attended to."""


def shuffle(x: Tensor) -> Tensor:
    """`F.pixel_shuffle(x, 2)`, columns first and then rows: ONNX Runtime's own takes longer."""
    channels, height, width = x.shape[1] // 4, x.shape[2], x.shape[3]
    x = x.reshape(-1, 2, height * width).transpose(1, 2).reshape(-1, channels, 2, height, 2 * width)
    return x.transpose(2, 3).reshape(-1, channels, 2 * height, 2 * width)


def from_phases(x: Tensor, channels: int, side: int) -> Tensor:
    """(P, channels * 4, R * R) by phase, the four a pixel shuffle's, to (P, channels, side, side); side is 2 * R."""
    n = side // (2 * TILE)
    x = x.reshape(-1, channels, 2, 2, 2, 2, 2, 2, n * n).permute(0, 1, 6, 4, 2, 7, 5, 3, 8)
    # In three steps, each of which moves whole runs of memory or turns plain matrices.
    x = x.reshape(-1, 8, n * n).transpose(1, 2).reshape(-1, channels, 8, n, 8 * n)
    return x.transpose(2, 3).reshape(-1, channels, side, side)


def pointwise(layer: nn.Conv2d, x: Tensor, order: Tensor | None = None) -> Tensor:
    """A 1x1 convolution of (P, C, M); order: its channels are in this order here."""
    weight = layer.weight[..., 0] if order is None else layer.weight[:, order, :, 0]
    return F.conv1d(x, weight, layer.bias)


def total(x: Tensor) -> Tensor:
    """(P, K, H, W) -> (P, K): the sum, first along memory."""
    return x.reshape(-1, x.shape[1], x.shape[2] * x.shape[3] // 1024, 1024).sum(2).sum(-1)


class DecoderGraph(nn.Module):
    """Features and P prompts -> (P, 4, 256, 256) logits and (P, 4) scores, float32.

    A score is the predicted IoU times the root of the mask's stability: predicted IoU alone ranks badly in small models
    (EdgeSAM's advice), and in the graph the page ranks as the server does.

    A prompt takes as many places as it has points, at least one; empty ones up to a multiple of `SLOTS` are added here.
    """

    def __init__(self, decoder: Decoder) -> None:
        super().__init__()
        self.decoder = decoder
        self.blocks = [block for block in decoder.blocks if isinstance(block, TwoWayBlock)]
        self.to_image = [few_queries(block.to_image) for block in self.blocks]
        self.to_tokens = [few_queries(block.to_tokens) for block in self.blocks]
        self.final = few_queries(decoder.final)
        # `similarity` here has its maps head by head, and there prototype by prototype.
        alike = torch.arange(PROTOTYPES * HEADS).reshape(PROTOTYPES, HEADS).t().reshape(-1)
        self.order = torch.cat([torch.arange(GEOMETRY), GEOMETRY + alike])
        self.mix8 = Winograd(decoder.mix8)

    def forward(
        self,
        f16: Tensor,
        f8: Tensor,
        f4: Tensor,
        coords: Tensor,
        labels: Tensor,
        mask_input: Tensor,
        has_mask: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """
        Args:
            f16, f8, f4: the encoder's maps of one image.
            coords: (P, N, 2) x, y in input pixels.
            labels: (P, N), see `Drawing`.
            mask_input: (P, 1, 256, 256) logits.
            has_mask: (P,) 1 or 0.
        """
        net = self.decoder
        count, side4, side8, side16 = len(f16), f4.shape[-1], f8.shape[-1], f16.shape[-1]
        n = side8 // TILE
        has_mask = has_mask.reshape(-1, 1, 1, 1)
        mask4 = F.avg_pool2d(mask_input, 2)
        mask8 = F.avg_pool2d(mask4, 2)
        f8 = to_phases(f8).reshape(count, -1, side8 * side8)
        dense8 = self.prompt_maps(coords, labels, mask8, has_mask, f8)
        pooled = dense8.reshape(-1, dense8.shape[1], 4, side16 * side16).mean(2)
        dense16 = pointwise(net.dense16, pooled, self.order)
        f16 = f16.reshape(count, -1, n, 2, n, 2).permute(0, 1, 3, 5, 2, 4).reshape(count, -1, side16 * side16)
        tokens, flat = self.attend(coords, labels, f16 + dense16, side16)

        x = pointwise(net.up8, flat).reshape(-1, f8.shape[1], side8 * side8) + f8
        x = F.relu(x + pointwise(net.dense8, dense8, self.order))
        x = x.reshape(-1, f8.shape[1], 2, 2, 2, 2, n, n)
        x = F.relu(x + self.mix8(x)).reshape(-1, f8.shape[1], side8 * side8)
        x = from_phases(pointwise(net.up4, x), WIDTH4, side4) + f4
        geometry4 = geometry(Drawing(coords, labels, side4, 4), mask4, has_mask)
        x = F.relu(x + net.dense4(geometry4))
        x = F.relu(x + net.mix4(x))
        y = F.relu(net.up2(x)).reshape(-1, WIDTH2, 4 * side4 * side4)
        weights = torch.stack([head(tokens[:, 1 + i]) for i, head in enumerate(net.hyper)], 1)  # (P, 4, WIDTH2 + 1)
        logits = (weights[..., :WIDTH2] @ y + weights[..., WIDTH2:]).reshape(-1, 4 * MASK_TOKENS, side4, side4)
        logits = shuffle(logits) + net.place_prior(coords, labels, side4 * 2)
        near = clamped(logits)
        n = logits.shape[-1] // 16
        cover = F.avg_pool2d(near, 8).reshape(-1, MASK_TOKENS, n, 2, n, 2).permute(0, 1, 3, 5, 2, 4).flatten(2)
        return logits, self.scores(logits, near, cover, tokens, flat)

    def prompt_maps(self, coords: Tensor, labels: Tensor, mask8: Tensor, has_mask: Tensor, f8: Tensor) -> Tensor:
        """The prompt drawn, and what is like it, by phase at stride 8: (P, GEOMETRY + HEADS * PROTOTYPES, R * R).

        Args:
            mask8: (P, 1, R, R).
            f8: (1, C, R * R), by phase.
        """
        side = mask8.shape[-1]
        n = side // TILE
        mask8 = mask8.reshape(-1, n, 2, 2, n, 2, 2).permute(0, 3, 2, 1, 6, 5, 4).reshape(-1, 1, side, side)
        d = Drawing(coords, labels, side, 8)
        d.centres = d.centres.reshape(n, 2, 2).permute(2, 1, 0).reshape(-1)
        around = (1 - d.box_distance().sigmoid()) * d.box_weight(0.7)
        spots = [d.spots(which, 6.0) for which in (d.positive, d.negative)]
        maps = [geometry(d, mask8, has_mask), *spots, d.box_weight(0.25), around, mask8.sigmoid() * has_mask]
        drawn = torch.cat(maps, 1).reshape(-1, GEOMETRY + PROTOTYPES, 2, 2, n, 2, 2, n)
        drawn = drawn.permute(0, 1, 2, 5, 3, 6, 4, 7).reshape(-1, GEOMETRY + PROTOTYPES, side * side)
        return torch.cat([drawn[:, :GEOMETRY], self.similarity(f8, drawn[:, GEOMETRY:])], 1)

    def attend(self, coords: Tensor, labels: Tensor, flat: Tensor, size: int) -> tuple[Tensor, Tensor]:
        """`network.Decoder`'s transformer: (P, 5, WIDTH) tokens of its own and (P, WIDTH, size * size) places."""
        net = self.decoder
        centres = cell_centres(size, 16, coords)
        grid = torch.stack([centres[None, :].expand(size, -1), centres[:, None].expand(-1, size)], -1)
        grid = grid.reshape(size // 2, 2, size // 2, 2, 2).permute(1, 3, 0, 2, 4).reshape(-1, 2)
        place_pe = net.position(grid).t()[None]
        present = (labels >= 0).to(coords.dtype)[..., None]
        prompt = net.labels((labels + 1).long())
        own = net.tokens[None] + coords[:, :1, :1] * 0  # repeated for each prompt by broadcasting, which is cheaper
        empty = net.labels.weight[:1][None] + coords[:, :1, :1] * 0
        tokens = torch.cat([own, prompt, empty], 1)
        token_pe = torch.cat([own * 0, net.position(coords) * present, empty * 0], 1)
        # What stands for the empty places weighs as much as they would together.
        given = torch.ones_like(labels[:1]).sum(1)
        left = (given / SLOTS).ceil() * SLOTS - given
        log = torch.where(left > 0, left.clamp(min=1).log(), left * 0 + NEVER)
        weight = torch.cat([torch.zeros_like(tokens[0, :-1, 0]), log])
        for block, to_image, to_tokens in zip(self.blocks, self.to_image, self.to_tokens):
            norms = [norm for norm in block.norms if isinstance(norm, nn.LayerNorm)]
            q = tokens + token_pe
            tokens = norms[0](tokens + attend_own(block.own, q, tokens, weight))
            tokens = norms[1](tokens + to_image.gather(tokens + token_pe, flat + place_pe, flat))
            tokens = norms[2](tokens + block.mlp(tokens))
            update = to_tokens.spread(flat + place_pe, tokens + token_pe, tokens, weight)
            flat = norm_channels(norms[3], flat + update)
        own, pe = tokens[:, : 1 + MASK_TOKENS], token_pe[:, : 1 + MASK_TOKENS]  # no other token is read after this
        return net.final_norm(own + self.final.gather(own + pe, flat + place_pe, flat)), flat

    def similarity(self, f8: Tensor, weights: Tensor) -> Tensor:
        """`network.Decoder.similarity` for one image, its maps head by head.

        Args:
            f8: (1, C, R * R).
            weights: (P, PROTOTYPES, R * R), the regions to compare with.

        Returns:
            (P, HEADS * PROTOTYPES, R * R).
        """
        weights = weights / (weights.sum(-1, keepdim=True) + 1e-4)
        features = f8.reshape(1, HEADS, -1, f8.shape[2])
        features = features / (features * features).sum(2, keepdim=True).sqrt().clamp(min=1e-3)
        prototypes = weights @ features.flatten(1, 2).transpose(1, 2)  # (P, 5, 48)
        prototypes = prototypes.reshape(-1, PROTOTYPES, HEADS, features.shape[2])
        prototypes = F.normalize(prototypes, dim=3, eps=1e-2).transpose(1, 2)  # (P, HEADS, 5, 8)
        return (prototypes @ features).reshape(-1, PROTOTYPES * HEADS, f8.shape[2])

    def scores(self, logits: Tensor, near: Tensor, cover: Tensor, tokens: Tensor, flat: Tensor) -> Tensor:
        """(P, 4): `network.Decoder.quality` times the root of the stability.

        Args:
            logits: (P, 4, H, W), cells in any order.
            near: the same, `clamped`.
            cover: (P, 4, M), the mean of `near` at each place of `flat`.
            tokens: (P, 5, WIDTH).
            flat: (P, WIDTH, M).
        """
        net = self.decoder
        inner, outer = (total((logits > offset).float()) for offset in (1.0, -1.0))
        # The network's `soft` is near / 8 + 0.5: whatever is a mean or a sum can be scaled afterwards.
        cover = cover / 8 + 0.5
        area = cover.sum(-1, keepdim=True)
        inside = (cover @ flat.transpose(1, 2)) / (area + 0.1)
        certain = total(near.abs())[..., None] / (4 * near.shape[-1] * near.shape[-2])
        facts = torch.cat([(area / cover.shape[-1] + 1e-3).log(), certain], -1)
        own = tokens[:, 1 : 1 + MASK_TOKENS]
        whole = tokens[:, :1] + own * 0
        correction = net.rank(torch.cat([own, whole, inside, facts], -1))[..., 0]
        return (net.iou(tokens[:, 0]) + correction).sigmoid() * (inner / outer.clamp(min=1)).sqrt()


def clamped(logits: Tensor) -> Tensor:
    """Between -4 and 4; as `clamp`, which takes ONNX Runtime ten times as long."""
    return torch.minimum(torch.maximum(logits, logits.new_full((), -4)), logits.new_full((), 4))


def few_queries(attention: Attention) -> FewQueries:
    """`network.Attention` in the other order of sums."""
    return FewQueries(attention.heads, attention.q, attention.k, attention.v, attention.out)


def attend_own(attention: Attention, q: Tensor, v: Tensor, weight: Tensor) -> Tensor:
    """`network.Attention` of (P, T, width) tokens to themselves, with (T,) added before the softmax."""
    heads = attention.heads

    def split(x: Tensor) -> Tensor:
        return x.reshape(-1, x.shape[1], heads, x.shape[2] // heads).transpose(1, 2)

    query, key, value = split(attention.q(q)), split(attention.k(q)), split(attention.v(v))
    alike = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5 + weight
    return attention.out((alike.softmax(-1) @ value).transpose(1, 2).flatten(2))
