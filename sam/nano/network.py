"""nano's network: a convolutional encoder, and a mask decoder that also sees the prompt as dense maps.

The decoder is SAM's in small (two-way attention, mask tokens, hypernetworks, IoU head) with three additions, each of
which a short training from scratch needs: the prompt drawn as maps, similarity maps between the prompt's own features
and every other place, and a prior that keeps a mask inside its box.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from .backbone import TAP_WIDTHS, Backbone
from .prompt_maps import GEOMETRY, Drawing, cell_centres, geometry

INPUT_SIZE = 512
"""Side of the square that an image is resized into, in pixels."""
MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
"""By which each channel of the pixels is normalised, in 0..255."""
WIDTHS = (32, 48, 96, 160, 224)
"""Channels within the encoder at strides 2 to 32; nano 3 narrows its backbone's to the last two."""
WIDTH, WIDTH8, WIDTH4 = 128, 48, 16
"""Channels of the embedding at strides 16, 8 and 4."""
HEADS = 6
"""Groups of stride-8 channels that are compared separately."""
PROTOTYPES = 5
"""Regions that are compared with the image: positive points, negative points, box, ring around it, mask."""
WIDTH2 = 12
"""Channels that the masks are made of, at stride 2."""
MASK_TOKENS = 4
"""One for an unambiguous prompt, three for the levels of an ambiguous one."""


class ConvNorm(nn.Sequential):
    """Convolution and batch norm; the norm folds into the convolution on export."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs, momentum=0.03)
        )


class Block(nn.Module):
    """Two 3x3 convolutions with a residual."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = ConvNorm(width, width)
        self.second = ConvNorm(width, width)
        # A block starts as nothing but its residual.
        nn.init.constant_(list(self.second.parameters())[1], 0.0)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(F.relu(self.first(x))))


class Attention(nn.Module):
    """Multi-head attention with an inner width of its own (SAM downsamples it by 2)."""

    def __init__(self, width: int, inner: int, heads: int = 8) -> None:
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(width, inner)
        self.k = nn.Linear(width, inner)
        self.v = nn.Linear(width, inner)
        self.out = nn.Linear(inner, width)

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        q, k, v = (
            layer(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for layer, x in ((self.q, q), (self.k, k), (self.v, v))
        )
        weights = (q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).flatten(2))


def mlp(*widths: int) -> nn.Sequential:
    """Linear layers with ReLU between."""
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class ContextBlock(nn.Module):
    """Self-attention over the coarsest map: what a convolution of this depth cannot see is the whole picture."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, width)
        self.mlp = mlp(width, 2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        n = self.norm1(x)
        x = x + self.attention(n, n, n)
        return x + self.mlp(self.norm2(x))


class TopDown(nn.Module):
    """From maps at strides 4 to 32 to nano's features: self-attention over the coarsest, then down to the finer ones.

    Args:
        widths: channels of the maps at strides 4, 8, 16 and 32.
    """

    def __init__(self, widths: tuple[int, int, int, int]) -> None:
        super().__init__()
        w4, w8, w16, w32 = widths
        self.context = nn.Sequential(ContextBlock(w32), ContextBlock(w32))
        self.top = ConvNorm(w32, w16, 1)
        self.merge16 = ConvNorm(w16, WIDTH)
        self.lateral8, self.from16 = ConvNorm(w8, WIDTH8, 1), ConvNorm(WIDTH, WIDTH8, 1)
        self.merge8 = ConvNorm(WIDTH8, WIDTH8)
        self.lateral4, self.from8 = ConvNorm(w4, WIDTH4, 1), ConvNorm(WIDTH8, WIDTH4, 1)
        self.merge4 = ConvNorm(WIDTH4, WIDTH4)

    def merge(self, x4: Tensor, x8: Tensor, x16: Tensor, x32: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features at strides 16, 8 and 4."""
        tokens = self.context(x32.flatten(2).transpose(1, 2))
        x32 = tokens.transpose(1, 2).unflatten(2, x32.shape[-2:])
        up = F.interpolate(self.top(x32), scale_factor=2.0, mode="nearest")
        f16 = F.relu(self.merge16(F.relu(x16 + up)))
        f8 = F.relu(self.lateral8(x8) + F.interpolate(self.from16(f16), scale_factor=2.0, mode="nearest"))
        f8 = self.merge8(f8)
        f4 = F.relu(self.lateral4(x4) + F.interpolate(self.from8(F.relu(f8)), scale_factor=2.0, mode="nearest"))
        return f16, f8, self.merge4(f4)


class Encoder(TopDown):
    """(B, 3, S, S) normalised pixels -> features at strides 16, 8 and 4; S is a multiple of 32. nano 3's.

    It looks through a backbone pretrained on ImageNet.
    """

    def __init__(self) -> None:
        t4, t8, t16, t32 = TAP_WIDTHS
        super().__init__((t4, t8, WIDTHS[3], WIDTHS[4]))
        self.backbone = Backbone()
        self.narrow16, self.narrow32 = ConvNorm(t16, WIDTHS[3], 1), ConvNorm(t32, WIDTHS[4], 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x4, x8, x16, x32 = self.backbone(x)
        return self.merge(x4, x8, F.relu(self.narrow16(x16)), F.relu(self.narrow32(x32)))


class PlainEncoder(TopDown):
    """The same features from plain residual stages, which learn from nothing. nano 2's."""

    def __init__(self, depths: tuple[int, ...] = (1, 2, 3, 1)) -> None:
        w2, w4, w8, w16, w32 = WIDTHS
        super().__init__((w4, w8, w16, w32))
        self.stem = ConvNorm(3, w2, 3, 2)
        self.down4, self.down8 = ConvNorm(w2, w4, 3, 2), ConvNorm(w4, w8, 3, 2)
        self.down16, self.down32 = ConvNorm(w8, w16, 3, 2), ConvNorm(w16, w32, 3, 2)
        self.stage4, self.stage8, self.stage16, self.stage32 = (
            nn.Sequential(*[Block(width) for _ in range(depth)]) for width, depth in zip(WIDTHS[1:], depths)
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x2 = F.relu(self.stem(x))
        x4 = self.stage4(F.relu(self.down4(x2)))
        x8 = self.stage8(F.relu(self.down8(x4)))
        x16 = self.stage16(F.relu(self.down16(x8)))
        return self.merge(x4, x8, x16, self.stage32(F.relu(self.down32(x16))))


class TwoWayBlock(nn.Module):
    """SAM's two-way attention block: tokens to tokens, tokens to image, MLP, image to tokens."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.own, self.to_image, self.to_tokens = (
            Attention(width, width),
            Attention(width, inner),
            Attention(width, inner),
        )
        self.mlp = mlp(width, 2 * width, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(4))

    def forward(self, tokens: Tensor, image: Tensor, token_pe: Tensor, image_pe: Tensor) -> tuple[Tensor, Tensor]:
        q = tokens + token_pe
        tokens = self.norms[0](tokens + self.own(q, q, tokens))
        tokens = self.norms[1](tokens + self.to_image(tokens + token_pe, image + image_pe, image))
        tokens = self.norms[2](tokens + self.mlp(tokens))
        image = self.norms[3](image + self.to_tokens(image + image_pe, tokens + token_pe, tokens))
        return tokens, image


class PositionEncoding(nn.Module):
    """Random Fourier features of pixel coordinates (SAM's, with fixed units so that any input size fits)."""

    frequencies: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.register_buffer("frequencies", torch.randn(2, width // 2, generator=generator) * 1.5)

    def forward(self, xy: Tensor) -> Tensor:
        angles = (xy / (INPUT_SIZE / 2) - 1) @ self.frequencies * (2 * math.pi)
        return torch.cat([angles.sin(), angles.cos()], -1)


class Decoder(nn.Module):
    """Features and prompts -> (P, 4, S/2, S/2) logits and (P, 4) predicted IoU; index 0 is the single mask."""

    def __init__(self, inner: int = 64, depth: int = 2) -> None:
        super().__init__()
        self.position = PositionEncoding(WIDTH)
        self.labels = nn.Embedding(5, WIDTH)  # -1 nothing, 0, 1, 2, 3
        self.tokens = nn.Parameter(torch.randn(1 + MASK_TOKENS, WIDTH) * 0.5)
        dense = GEOMETRY + PROTOTYPES * HEADS
        self.dense16 = nn.Conv2d(dense, WIDTH, 1)
        self.blocks = nn.ModuleList(TwoWayBlock(WIDTH, inner) for _ in range(depth))
        self.final = Attention(WIDTH, inner)
        self.final_norm = nn.LayerNorm(WIDTH)
        self.up8 = nn.Conv2d(WIDTH, WIDTH8 * 4, 1)
        self.dense8 = nn.Conv2d(dense, WIDTH8, 1)
        self.mix8 = nn.Conv2d(WIDTH8, WIDTH8, 3, padding=1)
        self.up4 = nn.Conv2d(WIDTH8, WIDTH4 * 4, 1)
        self.dense4 = nn.Conv2d(GEOMETRY, WIDTH4, 1)
        self.mix4 = nn.Conv2d(WIDTH4, WIDTH4, 3, padding=1)
        self.up2 = nn.Conv2d(WIDTH4, WIDTH2 * 4, 1)
        self.hyper = nn.ModuleList(mlp(WIDTH, WIDTH, WIDTH2 + 1) for _ in range(MASK_TOKENS))
        self.iou = mlp(WIDTH, WIDTH, MASK_TOKENS)
        self.rank = mlp(3 * WIDTH + 2, WIDTH, 1)
        # It starts as a correction of nothing, so that weights from before it serve as a start.
        for parameter in list(self.rank.parameters())[-2:]:
            nn.init.zeros_(parameter)
        self.prior = nn.Parameter(torch.tensor([1.0, 0.5, 1.0, 1.0]))  # outside, inside, positive, negative

    def forward(
        self,
        f16: Tensor,
        f8: Tensor,
        f4: Tensor,
        coords: Tensor,
        labels: Tensor,
        mask_input: Tensor,
        has_mask: Tensor,
        origin: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """
        Args:
            f16, f8, f4: the encoder's maps of B images.
            coords: (B * P, N, 2) x, y in input pixels; prompts of one image are neighbours.
            labels: (B * P, N), see `Drawing`.
            mask_input: (B * P, 1, S/2, S/2) logits.
            has_mask: (B * P,) 1 or 0.
            origin: (2,) added to every position before its encoding; training on crops shifts it about.
        """
        batch = f16.shape[0]
        size = f16.shape[-1]
        has_mask = has_mask.reshape(-1, 1, 1, 1)

        def spread(x: Tensor) -> Tensor:
            """(B, C, ...) -> (B * P, C, ...) by broadcasting, one copy for each prompt."""
            each = coords.reshape(batch, -1, *coords.shape[1:])[:, :, 0, 0]
            zero = (each * 0)[:, :, None, None, None].to(x.dtype)
            return (x[:, None] + zero).flatten(0, 1)

        draw8, draw4 = Drawing(coords, labels, size * 2, 8), Drawing(coords, labels, size * 4, 4)
        mask4 = F.avg_pool2d(mask_input, 2)
        mask8 = F.avg_pool2d(mask4, 2)
        geometry8, geometry4 = geometry(draw8, mask8, has_mask), geometry(draw4, mask4, has_mask)
        dense8 = torch.cat([geometry8, self.similarity(f8, draw8, mask8, has_mask)], 1)
        image = spread(f16) + self.dense16(F.avg_pool2d(dense8, 2))

        shift = 0 if origin is None else origin
        centres = cell_centres(size, 16, coords)
        grid = torch.stack([centres[None, :].expand(size, -1), centres[:, None].expand(-1, size)], -1)
        image_pe = self.position(grid.flatten(0, 1) + shift)[None].to(image.dtype)
        present = (labels >= 0).to(coords.dtype)[..., None]
        prompt_pe = self.position(coords + shift) * present
        prompt = self.labels((labels + 1).long())
        own = self.tokens[None].expand(coords.shape[0], -1, -1).to(prompt.dtype)
        tokens = torch.cat([own, prompt], 1)
        token_pe = torch.cat([torch.zeros_like(own), prompt_pe.to(prompt.dtype)], 1)

        flat = image.flatten(2).transpose(1, 2)
        for block in self.blocks:
            tokens, flat = block(tokens, flat, token_pe, image_pe)
        tokens = self.final_norm(tokens + self.final(tokens + token_pe, flat + image_pe, flat))
        image = flat.transpose(1, 2).unflatten(2, (size, size))

        x = F.pixel_shuffle(self.up8(image), 2) + spread(f8) + self.dense8(dense8)
        x = F.relu(x)
        x = F.relu(x + self.mix8(x))
        x = F.pixel_shuffle(self.up4(x), 2) + spread(f4) + self.dense4(geometry4)
        x = F.relu(x)
        x = F.relu(x + self.mix4(x))
        y = F.relu(self.up2(x)).unflatten(1, (WIDTH2, 4))  # the four half-pixels, shuffled only once they are masks
        weights = torch.stack([head(tokens[:, 1 + i]) for i, head in enumerate(self.hyper)], 1)  # (P, 4, WIDTH2 + 1)
        logits = weights[..., :WIDTH2] @ y.flatten(2) + weights[..., WIDTH2:]
        logits = F.pixel_shuffle(logits.unflatten(2, (4, *x.shape[-2:])).flatten(1, 2), 2)
        logits = logits.float() + self.place_prior(coords, labels, size * 8)
        return logits, self.quality(logits, tokens, flat)

    def quality(self, logits: Tensor, tokens: Tensor, flat: Tensor) -> Tensor:
        """(P, 4) predicted IoU, from the tokens and from what each mask covers (Mask Scoring R-CNN's idea).

        Args:
            logits: (P, 4, S/2, S/2); no gradient goes back into them.
            tokens: (P, 1 + 4 + N, WIDTH).
            flat: (P, S/16 * S/16, WIDTH), the image after attention.
        """
        soft = (logits.detach() / 8 + 0.5).clamp(0, 1)
        cover = F.avg_pool2d(soft, 8).flatten(2)
        total = cover.sum(-1, keepdim=True)
        inside = (cover.to(flat.dtype) @ flat) / (total + 0.1).to(flat.dtype)
        certain = (soft - 0.5).abs().mean((-1, -2))[..., None] * 2
        facts = torch.cat([(total / cover.shape[-1] + 1e-3).log(), certain], -1)
        own = tokens[:, 1 : 1 + MASK_TOKENS]
        whole = tokens[:, :1].expand(-1, MASK_TOKENS, -1)
        correction = self.rank(torch.cat([own, whole, inside, facts.to(own.dtype)], -1))[..., 0]
        return (self.iou(tokens[:, 0]) + correction).float().sigmoid()

    def similarity(self, f8: Tensor, drawing: Drawing, mask8: Tensor, has_mask: Tensor) -> Tensor:
        """(P, PROTOTYPES * HEADS, R, R): how alike each place is to each prototype, group by group."""
        d = drawing
        inside = d.box_weight(0.25)
        around = (d.box_distance().sigmoid() * -1 + 1) * d.box_weight(0.7)
        weights = torch.cat(
            [d.spots(d.positive, 6.0), d.spots(d.negative, 6.0), inside, around, mask8.sigmoid() * has_mask], 1
        )
        count, size = weights.shape[0], weights.shape[-1]
        weights = weights.flatten(2)
        weights = weights / (weights.sum(-1, keepdim=True) + 1e-4)
        features = F.normalize(f8.float().unflatten(1, (HEADS, -1)), dim=2, eps=1e-3).flatten(3)  # (B, HEADS, 8, R*R)
        batch = f8.shape[0]
        weights = weights.reshape(batch, -1, size * size)  # (B, P*5, R*R)
        flat = features.flatten(1, 2)  # (B, 48, R*R)
        prototypes = weights.to(flat.dtype) @ flat.transpose(1, 2)  # (B, P*5, 48)
        prototypes = F.normalize(prototypes.unflatten(2, (HEADS, -1)), dim=3, eps=1e-2).transpose(
            1, 2
        )  # (B, HEADS, P*5, 8)
        alike = prototypes @ features  # (B, HEADS, P*5, R*R)
        alike = alike.transpose(1, 2).reshape(count, PROTOTYPES * HEADS, size, size)
        return alike

    def place_prior(self, coords: Tensor, labels: Tensor, size: int) -> Tensor:
        """(P, 1, R, R) logits that the prompt alone implies: outside its box nothing, at its points what they say."""
        d = Drawing(coords, labels, size, 2)
        distance = d.box_distance()
        soft = 1.0 + 0.06 * d.side.amin(1)[:, None, None, None]
        box = 8 * self.prior[0] * (distance.clamp(max=0) / soft).tanh() + self.prior[1] * (distance > 0).to(
            coords.dtype
        )
        points = 3 * self.prior[2] * d.spots(d.positive, 5.0) - 3 * self.prior[3] * d.spots(d.negative, 5.0)
        return box * d.has_box[..., None, None] + points


class Nano(nn.Module):
    """Encoder and decoder together, for training."""

    def __init__(self, encoder: TopDown | None = None) -> None:
        super().__init__()
        self.encoder = encoder or Encoder()
        self.decoder = Decoder()

    def forward(self, images: Tensor, *prompts: Tensor) -> tuple[Tensor, Tensor]:
        return self.decoder(*self.encoder(images), *prompts)


def network_for(state: Mapping[str, Tensor]) -> Nano:
    """A network of the version that these weights are of, with other weights still."""
    return Nano(encoder_for({name.removeprefix("encoder.") for name in state}))


def encoder_for(names: Collection[str]) -> TopDown:
    """An encoder of the version whose weights have these names."""
    return PlainEncoder() if "stem.0.weight" in names else Encoder()
