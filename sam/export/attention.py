"""Attention between a few tokens and the many image tokens, with the fewest operations, for graphs run by the page."""

from __future__ import annotations

from torch import Tensor, nn


class FewQueries(nn.Module):
    """Multi-head attention between T tokens and M places, M much larger: the usual sums in another order.

    With s = q k^T = (tokens Wq) (places Wk)^T = ((tokens Wq) Wk^T) places^T, and the same for the values, a head costs
    2 * T * M * width instead of 2 * M * width * inner / heads.
    """

    def __init__(self, heads: int, q: nn.Linear, k: nn.Linear, v: nn.Linear, out: nn.Linear) -> None:
        """
        Args:
            q, k, v: width -> inner.
            out: inner -> width.
        """
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.out = q, k, v, out

    def split(self, x: Tensor) -> Tensor:
        """(P, T, inner) -> (P, heads, T, inner / heads)."""
        return x.reshape(-1, x.shape[1], self.heads, x.shape[2] // self.heads).transpose(1, 2)

    def by_head(self, weight: Tensor) -> Tensor:
        """(inner, width) -> (1, heads, inner / heads, width)."""
        return weight.reshape(1, self.heads, -1, weight.shape[1])

    def gather(self, tokens: Tensor, places: Tensor, values: Tensor) -> Tensor:
        """Tokens attend to places.

        Args:
            tokens: (P, T, width).
            places, values: (P, width, M).

        Returns:
            (P, T, width).
        """
        width = places.shape[1]
        query = self.split(self.q(tokens)) * (self.q.out_features // self.heads) ** -0.5
        query = (query @ self.by_head(self.k.weight)).reshape(-1, tokens.shape[1] * self.heads, width)
        # The keys' bias adds the same to all places: a softmax does not see it.
        found = (query @ places).softmax(-1) @ values.transpose(1, 2)
        found = found.reshape(-1, self.heads, tokens.shape[1], width) @ self.by_head(self.v.weight).transpose(2, 3)
        found = found.transpose(1, 2).reshape(-1, tokens.shape[1], self.v.out_features)
        return self.out(found + self.v.bias)  # shares add up to 1

    def spread(self, places: Tensor, tokens: Tensor, values: Tensor, weight: Tensor | None = None) -> Tensor:
        """Places attend to tokens.

        Args:
            places: (P, width, M).
            tokens, values: (P, T, width).
            weight: (T,) added to what each token is attended with, before the softmax; None: nothing.

        Returns:
            (P, width, M).
        """
        width, count = places.shape[1], tokens.shape[1]
        key = self.split(self.k(tokens)) * (self.k.out_features // self.heads) ** -0.5
        bias = key @ self.q.bias.reshape(1, self.heads, -1, 1)
        if weight is not None:
            bias = bias + weight[:, None]
        key = key @ self.by_head(self.q.weight)
        alike = key.reshape(-1, self.heads * count, width) @ places + bias.reshape(-1, self.heads * count, 1)
        alike = alike.reshape(-1, self.heads, count, places.shape[2])
        # Along the second axis but one: torch's softmax would be exported with a transpose on either side.
        share = (alike - alike.amax(2, keepdim=True)).exp()
        share = (share / share.sum(2, keepdim=True)).reshape(-1, self.heads * count, places.shape[2])
        out = self.out.weight.t().reshape(1, self.heads, -1, width)
        value = (self.split(self.v(values)) @ out).reshape(-1, self.heads * count, width)
        return value.transpose(1, 2) @ share + self.out.bias[:, None]


def norm_channels(norm: nn.LayerNorm, x: Tensor) -> Tensor:
    """A layer norm over the second of three axes, in steps that run along memory: ONNX Runtime's own is slower."""
    half = x.shape[1] // 2

    def mean(y: Tensor) -> Tensor:
        # With one prompt the batch is 1, and ONNX Runtime adds up the rows of a plain matrix ten times slower.
        part = y.reshape(-1, half, y.shape[2]).sum(1).reshape(-1, 2, y.shape[2])
        return (part[:, :1] + part[:, 1:]) / (2 * half)

    x = x - mean(x)
    return x * (norm.weight[:, None] / (mean(x * x) + norm.eps).sqrt()) + norm.bias[:, None]
