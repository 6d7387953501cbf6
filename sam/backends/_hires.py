"""Families whose decoder also takes features of higher resolution: SAM 2, EdgeTAM, SAM 3's tracker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import ModelUnavailable
from ..segmenter import DecoderRules
from ..types import Embedding, Image, Prompt
from ._checkpoint import Layout, State
from ._fill import fill
from ._torch import IMAGENET_MEAN, IMAGENET_STD, TorchSegmenter, exact_scores, squeeze

FINE, MIDDLE, COARSE = "high_res_feats_0", "high_res_feats_1", "image_embeddings"
"""Arrays of an embedding: at four, two and one times the grid; the decoder has narrowed the first two already."""
_PARTS = ("vision_config", "prompt_encoder_config", "mask_decoder_config")


class HighResolutionSegmenter(TorchSegmenter):
    """A Sam2Model, or a model of transformers with its interface; answers are those of SAM2ImagePredictor."""

    def __init__(
        self,
        model: Any,
        *,
        name: str,
        weights: str,
        device: torch.device,
        dtype: torch.dtype,
        mean: Sequence[float] = IMAGENET_MEAN,
        std: Sequence[float] = IMAGENET_STD,
    ) -> None:
        """
        Args:
            model: taken over: moved to `device`, its two heavy parts to `dtype`.
            name, weights, device, dtype: see `TorchSegmenter`.
            mean, std: of the pixels that it was trained with, from 0 to 1.
        """
        side = int(model.config.prompt_encoder_config.image_size)
        (grid, _) = model.prompt_encoder.image_embedding_size
        with torch.inference_mode():
            self._positions = model.get_image_wide_positional_embeddings().to(dtype)
        super().__init__(model, name=name, weights=weights, device=device, dtype=dtype, side=side, grid=int(grid))
        self._model.vision_encoder.to(dtype)
        self._model.mask_decoder.to(dtype)
        exact_scores(self._model.mask_decoder.iou_prediction_head)
        self._mean, self._std = mean, std
        self._width = int(model.config.mask_decoder_config.hidden_size)

    @property
    def decoder_file(self) -> Path | None:
        """As `Segmenter.decoder_file`: made on first use, which takes seconds, and kept in the user's cache."""
        from ..export.hires_decoder import HighResolutionDecoderGraph

        return self._decoder_of(lambda: HighResolutionDecoderGraph(self._model, self._shapes))

    @property
    def decoder_rules(self) -> DecoderRules:
        """As Meta's predictor pads: one empty point always."""
        return DecoderRules(pad_box=True)

    @property
    def _shapes(self) -> Mapping[str, tuple[int, ...]]:
        width, grid = self._width, self._grid
        return {
            FINE: (1, width // 8, 4 * grid, 4 * grid),
            MIDDLE: (1, width // 4, 2 * grid, 2 * grid),
            COARSE: (1, width, grid, grid),
        }

    def _pixels(self, image: Image) -> tuple[torch.Tensor, tuple[int, int]]:
        return squeeze(image, self._side, mean=self._mean, std=self._std), (self._side, self._side)

    def _encode(self, pixels: torch.Tensor) -> dict[str, torch.Tensor]:
        fine, middle, coarse = self._model.vision_encoder(pixels).fpn_hidden_states[:3]
        decoder = self._model.mask_decoder
        # An image is a video of one frame: where others have memories, this stands.
        remembered = self._model.no_memory_embedding.reshape(1, -1, 1, 1)
        return {FINE: decoder.conv_s0(fine), MIDDLE: decoder.conv_s1(middle), COARSE: coarse.float() + remembered}

    def _decode_batch(
        self, features: Mapping[str, torch.Tensor], embedding: Embedding, prompts: Sequence[Prompt], least: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        points, labels, boxes, masks = self._tensors(prompts, embedding)
        count = len(prompts)
        if points is None and boxes is None:
            # A mask alone: an empty point holds the place, as Meta's predictor pads.
            points = torch.zeros(count, 1, 1, 2, device=self.device)
            labels = torch.full((count, 1, 1), -1, dtype=torch.int64, device=self.device)
        sparse, dense = self._model.prompt_encoder(
            input_points=points,
            input_labels=None if labels is None else labels.long(),
            input_boxes=boxes,
            input_masks=masks,
        )
        found = {name: value.expand(count, -1, -1, -1) for name, value in features.items()}
        logits, scores, *_ = self._model.mask_decoder(
            image_embeddings=found[COARSE],
            image_positional_embeddings=self._positions.to(self.device).expand(count, -1, -1, -1),
            sparse_prompt_embeddings=sparse.to(self.dtype),
            dense_prompt_embeddings=dense.to(self.dtype),
            multimask_output=prompts[0].wants_many,
            high_resolution_features=[found[FINE], found[MIDDLE]],
        )
        return logits[:, 0].float().cpu().numpy(), scores[:, 0].float().cpu().numpy()


def parts_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of an image model out of that of a video model, which has the same parts and more."""
    return {part: config[part] for part in _PARTS if part in config}


def built(
    config: Mapping[str, Any], state: State, source: str | Path, layout: Layout, make: Any, kind: Any, on: str = "meta"
) -> tuple[Any, str]:
    """(a model of transformers' class `make` with the weights, their hash); `kind` is the class of its configuration.

    It is made on the device `on`: "meta" takes no memory twice, but loses tables that a model computes of itself.

    Raises:
        ModelUnavailable: the configuration makes no model, or the weights are not its.
    """
    try:
        with torch.device(on):
            model = make(kind.from_dict(parts_of(config)))
    except Exception as error:  # whatever a damaged configuration leads to
        raise ModelUnavailable(f"{source}: this configuration makes no {layout.kind[2:]} ({error}).") from error
    return model, fill(model, state, source, layout.kind)
