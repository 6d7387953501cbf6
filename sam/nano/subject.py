"""The head that finds a photo's main subject on nano's features, without a prompt.

What stands out is a matter of the whole picture, so the coarsest map gets self-attention before the way up; there the
encoder's finer maps draw the outline (a feature pyramid, as salient-object networks have: Hou et al. 2017).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from .network import WIDTH, WIDTH4, WIDTH8, ContextBlock, ConvNorm, cell_centres, mlp

PLACES = 4
"""Maps that say where a cell lies: x and y from the image's middle, distance from it, whether it is image at all."""


STRIDE = 16
"""Pixels a cell of the coarsest features that come in."""


def places(input_hw: Tensor, count: int) -> Tensor:
    """(B, PLACES, count, count): position relative to the image, which fills only a part of the padded square.

    Args:
        input_hw: (B, 2) float, height and width of the image in input pixels, top left in the square.
        count: cells a side of the square, at stride 16.
    """
    centres = cell_centres(count, STRIDE, input_hw)
    y, x = (centres[None] / input_hw[:, axis, None] * 2 - 1 for axis in (0, 1))  # (B, count), -1 to 1 inside
    y, x = (v.clamp(max=1.5) for v in (y, x))
    y, x = (v.expand(-1, count, count) for v in (y[:, :, None], x[:, None, :]))
    inside = ((y < 1) & (x < 1)).to(input_hw.dtype)
    return torch.stack([x, y, (x * x + y * y).sqrt(), inside], 1)


class SubjectHead(nn.Module):
    """(B, 128, 32, 32), (B, 48, 64, 64), (B, 16, 128, 128) and (B, 2) sizes -> (B, 256, 256) logits, (B,) confidence.

    These are the sizes for a square of 512; a square of another size (a multiple of 32) will do, and trains faster.
    Confidence is a logit: how sure the head is that there is a subject, and that this is it.
    """

    def __init__(self, width: int = 96, depth: int = 2) -> None:
        super().__init__()
        self.down32 = ConvNorm(WIDTH + PLACES, width, 3, 2)
        self.context = nn.Sequential(*[ContextBlock(width) for _ in range(depth)])
        self.top = ConvNorm(width, 64, 1)
        self.lateral16 = ConvNorm(WIDTH + PLACES, 64, 1)
        self.merge16 = ConvNorm(64, 64)
        self.from16, self.lateral8, self.merge8 = ConvNorm(64, 32, 1), ConvNorm(WIDTH8, 32, 1), ConvNorm(32, 32)
        self.from8, self.lateral4, self.merge4 = ConvNorm(32, 16, 1), ConvNorm(WIDTH4, 16, 1), ConvNorm(16, 16)
        self.mask = nn.Conv2d(16, 4, 3, padding=1)
        self.confidence = mlp(2 * width + 64 + 2, 64, 1)

    def forward(self, f16: Tensor, f8: Tensor, f4: Tensor, input_hw: Tensor) -> tuple[Tensor, Tensor]:
        where = places(input_hw, f16.shape[-1])
        x16 = torch.cat([f16, where.to(f16.dtype)], 1)
        x32 = F.relu(self.down32(x16))
        tokens = self.context(x32.flatten(2).transpose(1, 2))
        x32 = tokens.transpose(1, 2).unflatten(2, x32.shape[-2:])
        x = F.relu(self.lateral16(x16) + bigger(self.top(x32)))
        x = coarse = F.relu(x + self.merge16(x))
        x = F.relu(self.lateral8(f8) + bigger(self.from16(x)))
        x = F.relu(x + self.merge8(x))
        x = F.relu(self.lateral4(f4) + bigger(self.from8(x)))
        x = F.relu(x + self.merge4(x))
        logits = F.pixel_shuffle(self.mask(x), 2)[:, 0].float()
        return logits, self.trust(logits, tokens, coarse, where)

    def trust(self, logits: Tensor, tokens: Tensor, coarse: Tensor, where: Tensor) -> Tensor:
        """(B,) confidence, from the whole image and from what the mask covers; no gradient goes back into the mask."""
        inside = where[:, 3:]
        soft = F.avg_pool2d((logits.detach()[:, None] / 4).clamp(-8, 8).sigmoid(), 8) * inside  # (B, 1, 32, 32)
        total = soft.sum((2, 3))
        covered = (coarse.float() * soft).sum((2, 3)) / (total + 0.1)
        room = inside.sum((2, 3)).clamp(min=1)
        decided = ((soft - 0.5).abs() * inside).sum((2, 3)) / room
        facts = torch.cat([(total / room + 1e-3).log(), decided], 1)
        return self.confidence(torch.cat([tokens.float().mean(1), tokens.float().amax(1), covered, facts], 1))[:, 0]


def bigger(x: Tensor) -> Tensor:
    """Twice the size, smoothly: nearest leaves steps in the outline."""
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def encoder_hash(state: Mapping[str, Tensor]) -> str:
    """SHA-256 of nano's encoder weights, in half precision, whatever decoder they are stored with."""
    digest = hashlib.sha256()
    for name in sorted(name for name in state if name.startswith("encoder.")):
        value = state[name].half() if state[name].is_floating_point() else state[name]
        digest.update(name.encode() + value.contiguous().cpu().numpy().tobytes())
    return digest.hexdigest()
