"""The head that finds objects by name on nano's features: each cell is compared with the embedding of each name.

Dense features matched to text embeddings, as in LSeg (Li et al. 2022); boxes around single things as FCOS predicts them
(Tian et al. 2019), from every place of the thing, by weights that the name's embedding makes. The embeddings are learnt
for a list of names (`sam.detection.vocabulary`): a word outside it has none, and the model says so.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ..detection.vocabulary import NAMES
from .network import WIDTH, WIDTH8, ContextBlock, ConvNorm, mlp
from .subject import PLACES, bigger, places

TEXT = 64
"""Numbers in a name's embedding."""
DENSE, BOXED = 64, 32
"""Channels that places are compared in, and that boxes are made of."""
STRIDE = 8
"""Pixels a cell of the answer."""
RARE = -4.0
"""Logit that everything begins with: most names are in few places."""


class NamesHead(nn.Module):
    """(B, 128, 32, 32) and (B, 48, 64, 64) features, (B, 2) sizes -> dense features; then `answer` for some names.

    These are the sizes for a square of 512; a square of another size (a multiple of 32) will do, and trains faster.
    """

    def __init__(self, width: int = 160, depth: int = 2, count: int = len(NAMES)) -> None:
        super().__init__()
        self.text = nn.Parameter(torch.randn(count, TEXT) * 0.3)
        self.bias = nn.Parameter(torch.full((count, 2), RARE))
        self.down32 = ConvNorm(WIDTH + PLACES, width, 3, 2)
        self.context = nn.Sequential(*[ContextBlock(width) for _ in range(depth)])
        self.top = ConvNorm(width, 112, 1)
        self.lateral16 = ConvNorm(WIDTH + PLACES, 112, 1)
        self.merge16 = ConvNorm(112, 112)
        self.from16, self.lateral8 = ConvNorm(112, 64, 1), ConvNorm(WIDTH8, 64, 1)
        self.merge8, self.second8 = ConvNorm(64, 64), ConvNorm(64, 64)
        self.dense, self.boxed = nn.Conv2d(64, DENSE, 1), nn.Conv2d(64, BOXED, 1)
        self.whole = mlp(2 * width, 64, DENSE)
        self.to_dense, self.to_whole = nn.Linear(TEXT, DENSE), nn.Linear(TEXT, DENSE)
        self.to_box = nn.Linear(TEXT, 4 * (BOXED + 1))

    def forward(self, f16: Tensor, f8: Tensor, input_hw: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, DENSE, 64, 64) places, (B, BOXED, 64, 64) for boxes, (B, DENSE) the whole image."""
        x16 = torch.cat([f16, places(input_hw, f16.shape[-1]).to(f16.dtype)], 1)
        x32 = F.relu(self.down32(x16))
        tokens = self.context(x32.flatten(2).transpose(1, 2))
        x32 = tokens.transpose(1, 2).unflatten(2, x32.shape[-2:])
        x = F.relu(self.lateral16(x16) + bigger(self.top(x32)))
        x = F.relu(x + self.merge16(x))
        x = F.relu(self.lateral8(f8) + bigger(self.from16(x)))
        x = F.relu(x + self.merge8(x))
        x = F.relu(x + self.second8(x))
        return self.dense(x), self.boxed(x), self.whole(torch.cat([tokens.mean(1), tokens.amax(1)], 1))

    def everywhere(self, dense: Tensor) -> Tensor:
        """(B, N, h, w) logits of all names at all places."""
        logits = self.to_dense(self.text) @ dense.flatten(2) / 4 + self.bias[:, :1]
        return logits.unflatten(2, dense.shape[2:])

    def at(self, dense: Tensor, names: Tensor) -> Tensor:
        """(B, K, h, w) logits of (B, K) names, other ones for each image."""
        logits = self.to_dense(self.text[names]) @ dense.flatten(2) / 4 + self.bias[names][..., :1]
        return logits.unflatten(2, dense.shape[2:])

    def present(self, whole: Tensor) -> Tensor:
        """(B, N) logits: is the name anywhere in the image."""
        return whole @ self.to_whole(self.text).T / 4 + self.bias[:, 1] / 2

    def boxes(self, boxed: Tensor, names: Tensor) -> Tensor:
        """(P, 4, h, w) logarithms of the distances, in pixels, to the left, top, right and bottom of the thing there.

        Args:
            boxed: (P, BOXED, h, w), an image's for each name.
            names: (P,) rows of the table.
        """
        weights = self.to_box(self.text[names]).unflatten(1, (4, BOXED + 1)) / 4
        out = weights[..., :-1] @ boxed.flatten(2) + weights[..., -1:]
        return (out + 3.5).clamp(-1, 6.5).unflatten(2, boxed.shape[2:])
