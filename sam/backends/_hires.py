"""Families whose decoder also takes features of higher resolution: SAM 2, EdgeTAM, SAM 3's tracker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..checkpoints.load_weights import fill
from ..checkpoints.locate import Layout, State
from ..errors import ModelUnavailable
from ..segmenter import DecoderRules
from ..types import Embedding, Image, Prompt
from ._torch import IMAGENET_MEAN, IMAGENET_STD, TorchSegmenter, exact_scores, squeeze
from .cpu.agreement import decoder_agrees
from .cpu.mask_decoder import Finer, Places, finer_of, places_of
from .cpu.shared_image_decoder import Table, Tables, decode, table_of

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
            # Channels last: so the decoder can take the places one after the other without a copy.
            positions = model.get_image_wide_positional_embeddings()
            self._positions = positions.contiguous(memory_format=torch.channels_last)
        super().__init__(model, name=name, weights=weights, device=device, dtype=dtype, side=side, grid=int(grid))
        self._model.vision_encoder.to(dtype)
        # On a GPU transformers' few large steps are as fast.
        self._own_order = device.type == "cpu" and decoder_agrees(self._model.mask_decoder.float())
        if self._own_order:
            self._feature_dtype = torch.float32
        else:
            self._model.mask_decoder.to(dtype)
            exact_scores(self._model.mask_decoder.iou_prediction_head)
        self._tables = Tables()
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
        own = decoder.conv_s0.weight.dtype
        return {
            FINE: decoder.conv_s0(fine.to(own)),
            MIDDLE: decoder.conv_s1(middle.to(own)),
            COARSE: coarse.float() + remembered,
        }

    def _shared(self, features: Mapping[str, torch.Tensor], embedding: Embedding, count: int) -> Mapping[str, Any]:
        """On a CPU also `seen`: what prompts without a mask share."""
        if not self._own_order:
            return features
        dense = self._model.prompt_encoder.no_mask_embed.weight.reshape(1, -1, 1, 1)

        def table() -> Table:
            finer = self._finer(features)
            return table_of(self._model.mask_decoder, features[COARSE], self._positions, dense, self.dtype, finer)

        places = partial(self._places, features, dense)
        return {**features, "seen": self._tables.seen(embedding, count, table, places)}

    def _finer(self, features: Mapping[str, torch.Tensor]) -> Finer:
        return finer_of(self._model.mask_decoder, features[MIDDLE], features[FINE])

    def _places(self, features: Mapping[str, torch.Tensor], dense: torch.Tensor) -> Places:
        return places_of(features[COARSE], self._positions, dense, self._finer(features))

    def _decode_batch(
        self, features: Mapping[str, Any], embedding: Embedding, prompts: Sequence[Prompt], least: float
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
        many = prompts[0].wants_many
        if self._own_order:
            seen = features["seen"] if masks is None else self._places(features, dense)
            logits, scores = decode(self._model.mask_decoder, seen, sparse, count, many, least)
            return logits.float().numpy(), scores.float().numpy()
        found = {name: features[name].expand(count, -1, -1, -1) for name in self._shapes}
        logits, scores, *_ = self._model.mask_decoder(
            image_embeddings=found[COARSE],
            image_positional_embeddings=self._positions.to(self.device, self.dtype).expand(count, -1, -1, -1),
            sparse_prompt_embeddings=sparse.to(self.dtype),
            dense_prompt_embeddings=dense.to(self.dtype),
            multimask_output=many,
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
