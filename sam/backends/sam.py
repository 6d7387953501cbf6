"""SAM 1 and SlimSAM on torch, through transformers' SamModel; answers are those of Meta's SamPredictor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelUnavailable
from ..images import pad_square, resize_longest
from ..models.packages import install_command
from ..types import Embedding, Image, Prompt
from ._torch import TorchSegmenter, exact_scores

try:
    import torch
    from transformers import SamConfig, SamModel
    from transformers.models.sam.modeling_sam import SamVisionEncoder
    from transformers.models.sam_hq.modeling_sam_hq import SamHQVisionEncoder
except ImportError as error:
    raise ModelUnavailable(
        f"Models of the SAM family run on torch and transformers, which cannot be imported here ({error}). "
        f"Install them: {install_command()}."
    ) from error

from ..checkpoints.convert_sam import POSITIONS, TIED_POSITIONS, config_of, to_transformers
from ..checkpoints.load_weights import fill
from ..checkpoints.locate import Layout, read_checkpoint
from .cpu.agreement import decoder_agrees, encoder_agrees
from .cpu.image_encoder import encode, keep_exact
from .cpu.mask_decoder import Places, places_of
from .cpu.shared_image_decoder import Tables, decode, table_of

_MEAN = np.array([123.675, 116.28, 103.53], np.float32)
_STD = np.array([58.395, 57.12, 57.375], np.float32)

LAYOUT = Layout(
    kind="a SAM 1",
    model_types=("sam",),
    convert=lambda state: (config_of(state), to_transformers(state)),
    tied=(POSITIONS, TIED_POSITIONS),
    example="facebook/sam-vit-base",
)


class SamSegmenter(TorchSegmenter):
    """A SamModel behind the interface that all families share; see `TorchSegmenter`."""

    def __init__(self, model: Any, *, name: str, weights: str, device: torch.device, dtype: torch.dtype) -> None:
        """Takes the model over: moves it to `device` and its two heavy parts to `dtype`.

        Args:
            model: a SamModel, or one with another image encoder in its place.
            name, weights, device, dtype: see `TorchSegmenter`.
        """
        vision: Any = model.config.vision_config
        with torch.inference_mode():
            # Channels last: so the decoder can take the places one after the other without a copy.
            positions = model.get_image_wide_positional_embeddings()
            self._positions = positions.contiguous(memory_format=torch.channels_last)
        grid = vision.image_size // vision.patch_size
        super().__init__(
            model, name=name, weights=weights, device=device, dtype=dtype, side=vision.image_size, grid=grid
        )
        encoder = self._model.vision_encoder
        plain = device.type == "cpu" and isinstance(encoder, (SamVisionEncoder, SamHQVisionEncoder))
        self._plain_vit = plain and encoder_agrees(encoder)
        if self._plain_vit:
            keep_exact(encoder, dtype)
            self._pixel_dtype = torch.float32
        else:
            encoder.to(dtype)
        self._agrees = device.type == "cpu" and self._decoder_agrees()
        if self._own_order:
            self._keep_decoder_exact()
        else:
            self._model.mask_decoder.to(dtype)
            exact_scores(self._model.mask_decoder.iou_prediction_head)
        self._channels: int = vision.output_channels
        self._tables = Tables()

    @property
    def _own_order(self) -> bool:
        """Whether the decoder runs as in `cpu.mask_decoder`; on a GPU transformers' few large steps are as fast."""
        return self._agrees

    def _decoder_agrees(self) -> bool:
        """Whether that is what transformers' decoder does; see `cpu.agreement`."""
        return decoder_agrees(self._model.mask_decoder.float())

    def _keep_decoder_exact(self) -> None:
        """A few prompts are answered in float32, as the page's own decoder answers them."""
        self._model.mask_decoder.float()
        self._feature_dtype = torch.float32

    @property
    def decoder_file(self) -> Path | None:
        """As `Segmenter.decoder_file`: made on first use, which takes seconds, and kept in the user's cache."""
        from ..export.sam_decoder import SamDecoderGraph

        return self._decoder_of(lambda: SamDecoderGraph(self._model))

    @property
    def _shapes(self) -> Mapping[str, tuple[int, ...]]:
        return {"image_embeddings": (1, self._channels, self._grid, self._grid)}

    def _pixels(self, image: Image) -> tuple[torch.Tensor, tuple[int, int]]:
        pixels, input_hw = preprocess(image, self._side)
        return torch.from_numpy(pixels), input_hw

    def _encode(self, pixels: torch.Tensor) -> dict[str, torch.Tensor]:
        # An exporter follows transformers' own steps: ours are many small ones.
        if self._plain_vit and not torch.jit.is_tracing():
            return {"image_embeddings": encode(self._model.vision_encoder, pixels)[0]}
        return {"image_embeddings": self._model.vision_encoder(pixels).last_hidden_state}

    def _shared(self, features: Mapping[str, torch.Tensor], embedding: Embedding, count: int) -> Mapping[str, Any]:
        """With `_own_order` also `seen`: what prompts without a mask share."""
        if not self._own_order:
            return features
        dense = self._model.prompt_encoder.no_mask_embed.weight.reshape(1, -1, 1, 1)
        image, decoder = features["image_embeddings"], self._model.mask_decoder
        table = partial(table_of, decoder, image, self._positions.to(self.device), dense, self.dtype)
        places = partial(self._places, features, dense)
        return {**features, "seen": self._tables.seen(embedding, count, table, places)}

    def _places(self, features: Mapping[str, Any], dense: torch.Tensor) -> Places:
        return places_of(features["image_embeddings"], self._positions, dense)

    def _decode_batch(
        self, features: Mapping[str, Any], embedding: Embedding, prompts: Sequence[Prompt], least: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        points, labels, boxes, masks = self._tensors(prompts, embedding)
        sparse, dense = self._model.prompt_encoder(
            input_points=points, input_labels=labels, input_boxes=boxes, input_masks=masks
        )
        many = prompts[0].wants_many
        if self._own_order:
            seen = features["seen"] if masks is None else self._places(features, dense)
            logits, scores = decode(self._model.mask_decoder, seen, sparse, len(prompts), many, least)
            return logits.float().numpy(), scores.float().numpy()
        # Each prompt is an image of its own to SamModel: only so can each have its own mask input.
        logits, scores = self._model.mask_decoder(
            image_embeddings=features["image_embeddings"].expand(len(prompts), -1, -1, -1),
            image_positional_embeddings=self._positions.to(self.device, self.dtype),
            sparse_prompt_embeddings=None if sparse is None else sparse.to(self.dtype),
            dense_prompt_embeddings=dense.to(self.dtype),
            multimask_output=many,
        )
        return logits[:, 0].float().cpu().numpy(), scores[:, 0].float().cpu().numpy()


def preprocess(image: Image, side: int) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """((1, 3, side, side) float32, (height, width) of the resized image in it), exactly as Meta's predictor does it.

    Raises:
        ImageError: not (H, W, 3) uint8, or without a pixel.
    """
    resized = resize_longest(image, side)
    pixels = pad_square((resized.astype(np.float32) - _MEAN) / _STD, side)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))[None], resized.shape[:2]


def load(
    source: str | Path, *, name: str, device: str | torch.device | None = None, dtype: str | torch.dtype | None = None
) -> SamSegmenter:
    """A SAM 1 or SlimSAM.

    Args:
        source: Meta's original .pth, a folder that save_pretrained wrote, or a hub id, downloaded on first use.
        name: what the model is called in the embeddings.
        device: "cpu", "cuda", "mps"; the best there is when left out.
        dtype: "float32", "float16", "bfloat16"; the fastest that the device runs well when left out.

    Raises:
        ModelUnavailable: not there, not reachable, damaged, or not a SAM 1.
    """
    from ..runtime.device import pick_device, pick_dtype

    config, state = read_checkpoint(source, LAYOUT)
    try:
        with torch.device("meta"):
            model = SamModel(SamConfig.from_dict(config))
    except Exception as error:  # whatever a damaged configuration leads to
        raise ModelUnavailable(f"{source}: this configuration makes no SAM ({error}).") from error
    weights = fill(model, state, source, LAYOUT.kind)
    where = pick_device(device)
    return SamSegmenter(model, name=name, weights=weights, device=where, dtype=pick_dtype(where, dtype))
