"""EfficientSAM (arXiv 2312.00863), tiny and small; answers are those of its authors' code.

It was trained without background clicks and without masks as prompts: the former count as places without a label, an
earlier mask is left out, and a mask alone is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..checkpoints.convert_sam import some
from ..checkpoints.load_weights import fill
from ..checkpoints.locate import Layout, State, read_checkpoint
from ..errors import ModelUnavailable, PromptError
from ..models.hub import fetch_file
from ..networks.efficient_sam import BOX_HIGH, BOX_LOW, PADDING, PLACES, Decoder, Encoder, Prompts
from ..segmenter import DecoderRules
from ..types import Embedding, Image, Prompt
from ._torch import TorchSegmenter, exact_scores, squeeze

_SIDE = 1024
"""Leaves no trace in the weights, and is the same in all that was published."""
_HEAD_WIDTH = 64

LAYOUT = Layout(kind="an EfficientSAM", model_types=(), convert=lambda state: ({}, state))


class EfficientSam(nn.Module):
    """The three parts, sized as the weights are.

    Raises:
        KeyError: a weight that every EfficientSAM has is missing.
    """

    def __init__(self, state: State) -> None:
        super().__init__()
        width, _, patch, _ = state["image_encoder.patch_embed.proj.weight"].shape
        outputs = state["image_encoder.neck.0.weight"].shape[0]
        hidden = state["image_encoder.blocks.0.mlp.fc1.weight"].shape[0]
        places = state["image_encoder.pos_embed"].shape[1]
        depth = _count(state, r"image_encoder\.blocks\.(\d+)\.")
        self.image_encoder = Encoder(width, depth, max(1, width // _HEAD_WIDTH), hidden, patch, places, outputs)
        self.prompt_encoder = Prompts(outputs, _SIDE)
        self.mask_decoder = Decoder(
            outputs,
            state["mask_decoder.transformer.layers.0.mlp.fc.weight"].shape[1],
            _count(state, r"mask_decoder\.transformer\.layers\.(\d+)\."),
            state["mask_decoder.mask_tokens.weight"].shape[0],
        )
        self.grid = _SIDE // patch


class EfficientSegmenter(TorchSegmenter):
    """An EfficientSAM behind the interface that all families share; see `TorchSegmenter`."""

    def __init__(
        self, model: EfficientSam, *, name: str, weights: str, device: torch.device, dtype: torch.dtype
    ) -> None:
        """Takes the model over: moves it to `device` and its two heavy parts to `dtype`."""
        super().__init__(model, name=name, weights=weights, device=device, dtype=dtype, side=_SIDE, grid=model.grid)
        with torch.inference_mode():
            self._positions = self._model.prompt_encoder.grid(self._grid).to(dtype)
        self._model.image_encoder.to(dtype)
        self._model.mask_decoder.to(dtype)
        exact_scores(self._model.mask_decoder.iou_prediction_head)
        self._width = int(self._model.mask_decoder.iou_token.weight.shape[1])

    @property
    def decoder_file(self) -> Path | None:
        """As `Segmenter.decoder_file`: made on first use, which takes seconds, and kept in the user's cache."""
        from ..export.efficient_decoder import EfficientDecoderGraph

        model = self._model
        return self._decoder_of(lambda: EfficientDecoderGraph(model.prompt_encoder, model.mask_decoder, self._grid))

    @property
    def decoder_rules(self) -> DecoderRules:
        """As in training: at least six places."""
        return DecoderRules(least=PLACES)

    @property
    def _shapes(self) -> Mapping[str, tuple[int, ...]]:
        return {"image_embeddings": (1, self._width, self._grid, self._grid)}

    def _pixels(self, image: Image) -> tuple[torch.Tensor, tuple[int, int]]:
        # Its authors resize without an antialiasing filter.
        return squeeze(image, self._side, antialias=False), (self._side, self._side)

    def _encode(self, pixels: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"image_embeddings": self._model.image_encoder(pixels)}

    def _decode_batch(
        self, features: Mapping[str, torch.Tensor], embedding: Embedding, prompts: Sequence[Prompt], least: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        points, labels, boxes, _ = self._tensors(prompts, embedding)
        if points is None and boxes is None:
            raise PromptError(f"{self.name} takes no mask alone: give it a click or a box, too.")
        count = len(prompts)
        coords, kinds = [], []
        if boxes is not None:
            coords.append(boxes.view(count, 2, 2))
            kinds.append(torch.tensor([[BOX_LOW, BOX_HIGH]], device=self.device).expand(count, -1))
        if points is not None and labels is not None:
            coords.append(points[:, 0])
            kinds.append(labels[:, 0].long())
        left = PLACES - sum(part.shape[1] for part in coords)
        if left > 0:
            coords.append(torch.full((count, left, 2), float(PADDING), device=self.device))
            kinds.append(torch.full((count, left), PADDING, device=self.device))
        sparse = self._model.prompt_encoder(torch.cat(coords, 1), torch.cat(kinds, 1))
        logits, scores = self._model.mask_decoder(
            features["image_embeddings"].expand(count, -1, -1, -1), self._positions, sparse.to(self.dtype)
        )
        rows = slice(1, None) if prompts[0].wants_many else slice(0, 1)
        return logits[:, rows].float().cpu().numpy(), scores[:, rows].float().cpu().numpy()


def load(
    source: str | Path,
    *,
    name: str,
    file: str = "",
    device: str | torch.device | None = None,
    dtype: str | torch.dtype | None = None,
) -> EfficientSegmenter:
    """An EfficientSAM, tiny or small.

    Args:
        source: the authors' .pt; or a hub id that holds `file`, downloaded on first use.
        name: what the model is called in the embeddings.
        file: in the hub's folder.
        device, dtype: see `sam.backends.sam.load`.

    Raises:
        ModelUnavailable: not there, not reachable, damaged, or not an EfficientSAM.
    """
    from ..runtime.device import pick_device, pick_dtype

    path = source if Path(source).exists() else fetch_file(str(source), file or "efficient_sam_vitt.pt")
    _, state = read_checkpoint(path, LAYOUT)
    try:
        with torch.device("meta"):
            model = EfficientSam(state)
    except KeyError as error:
        raise ModelUnavailable(
            f"{path}: expected the weights of an EfficientSAM, but it has no {error}; found {some(state)}."
        ) from error
    weights = fill(model, state, path, LAYOUT.kind)
    where = pick_device(device)
    return EfficientSegmenter(model, name=name, weights=weights, device=where, dtype=pick_dtype(where, dtype))


def _count(state: State, pattern: str) -> int:
    return len({match[1] for key in state if (match := re.match(pattern, key))})
