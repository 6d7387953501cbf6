"""HQ-SAM on torch, with the weights and modules of transformers' SamHQModel: SAM's masks plus a high-quality one.

Its answers are those of the authors' package: the high-quality logits are added to each of SAM's (the default there,
`hq_token_only=False`), and a lone point gets all three. The decoder's steps are written out here because transformers
5.23 upscales the image as it was before its transformer, and because what depends on the image alone is computed once
an image here, not once a click.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelUnavailable
from ..models.packages import install_command
from ..types import Embedding, Prompt

try:
    import torch
    from transformers import SamHQConfig, SamHQModel
except ImportError as error:
    raise ModelUnavailable(
        f"HQ-SAM runs on torch and transformers (4.52 or later), which cannot be imported here ({error}). "
        f"Install them: {install_command()}."
    ) from error

from ..checkpoints.convert_sam import POSITIONS, TIED_POSITIONS, config_of, to_transformers
from ..checkpoints.load_weights import fill
from ..checkpoints.locate import Layout, State, read_checkpoint
from .cpu.agreement import stock_attend, transformer_agrees
from .cpu.image_encoder import encode
from .cpu.mask_decoder import Places, attend, keep_tokens_exact, places_of
from .cpu.shared_image_decoder import Table, attend_many, changed
from .sam import SamSegmenter

# The original's names beside SAM's own -> transformers'.
_OWN = {
    "mask_decoder.hf_token.": "mask_decoder.hq_token.",
    "mask_decoder.hf_mlp.layers.0.": "mask_decoder.hq_mask_mlp.proj_in.",
    "mask_decoder.hf_mlp.layers.1.": "mask_decoder.hq_mask_mlp.layers.0.",
    "mask_decoder.hf_mlp.layers.2.": "mask_decoder.hq_mask_mlp.proj_out.",
    "mask_decoder.compress_vit_feat.0.": "mask_decoder.compress_vit_conv1.",
    "mask_decoder.compress_vit_feat.1.": "mask_decoder.compress_vit_norm.",
    "mask_decoder.compress_vit_feat.3.": "mask_decoder.compress_vit_conv2.",
    "mask_decoder.embedding_encoder.0.": "mask_decoder.encoder_conv1.",
    "mask_decoder.embedding_encoder.1.": "mask_decoder.encoder_norm.",
    "mask_decoder.embedding_encoder.3.": "mask_decoder.encoder_conv2.",
    "mask_decoder.embedding_maskfeature.0.": "mask_decoder.mask_conv1.",
    "mask_decoder.embedding_maskfeature.1.": "mask_decoder.mask_norm.",
    "mask_decoder.embedding_maskfeature.3.": "mask_decoder.mask_conv2.",
}


def convert(state: State) -> tuple[dict[str, Any], State]:
    """(what SamHQConfig takes, the weights under SamHQModel's names) of an original HQ-SAM.

    Raises:
        ModelUnavailable: these are not the weights of an HQ-SAM.
    """
    config = config_of(state)
    if "mask_decoder.compress_vit_feat.0.weight" not in state:
        raise ModelUnavailable("expected the weights of an HQ-SAM, but it has no mask_decoder.compress_vit_feat.")
    config["mask_decoder_config"]["vit_dim"] = int(state["mask_decoder.compress_vit_feat.0.weight"].shape[0])
    renamed = {}
    for key, weight in to_transformers(state).items():
        for old, new in _OWN.items():
            key = new + key[len(old) :] if key.startswith(old) else key
        renamed[key] = weight
    return config, renamed


LAYOUT = Layout(
    kind="an HQ-SAM",
    model_types=("sam_hq",),
    convert=convert,
    tied=(POSITIONS, TIED_POSITIONS),
    example="syscv-community/sam-hq-vit-base",
)


class HqSegmenter(SamSegmenter):
    """A SamHQModel: a SAM whose encoder gives finer features as well, and whose decoder takes them."""

    @property
    def decoder_file(self) -> Path | None:
        """As `Segmenter.decoder_file`: made on first use, which takes seconds, and kept in the user's cache."""
        from ..export.hq_decoder import HqDecoderGraph

        return self._decoder_of(lambda: HqDecoderGraph(self._model, self._shapes))

    @property
    def _own_order(self) -> bool:
        return True

    def _decoder_agrees(self) -> bool:
        """Of its decoder only the transformer is transformers': the rest is written out here."""
        return transformer_agrees(
            self._model.mask_decoder.transformer.float(), self._model.config.vision_config.output_channels
        )

    def _keep_decoder_exact(self) -> None:
        keep_tokens_exact(self._model.mask_decoder, self.dtype)

    def _places(self, features: Mapping[str, Any], dense: torch.Tensor) -> Places:
        positions = self._positions.to(self.device, self.dtype)
        return places_of(features["image_embeddings"], positions, dense.to(self.dtype))

    @property
    def _shapes(self) -> Mapping[str, tuple[int, ...]]:
        grid = self._grid
        return {
            "image_embeddings": (1, self._channels, grid, grid),
            "hq_features": (1, self._channels // 8, 4 * grid, 4 * grid),
        }

    def _encode(self, pixels: torch.Tensor) -> dict[str, torch.Tensor]:
        if self._plain_vit and not torch.jit.is_tracing():
            image, early = (one.to(self.dtype) for one in encode(self._model.vision_encoder, pixels))
        else:
            found = self._model.vision_encoder(pixels)
            image, early = found.last_hidden_state, found.intermediate_embeddings[0]
        decoder = self._model.mask_decoder
        early = early.permute(0, 3, 1, 2).contiguous()
        fine = decoder.encoder_conv2(decoder.activation(decoder.encoder_norm(decoder.encoder_conv1(image))))
        early = decoder.compress_vit_conv1(early)
        early = decoder.compress_vit_conv2(decoder.activation(decoder.compress_vit_norm(early)))
        return {"image_embeddings": image, "hq_features": fine + early}

    def _decode_batch(
        self, features: Mapping[str, Any], embedding: Embedding, prompts: Sequence[Prompt], least: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        points, labels, boxes, masks = self._tensors(prompts, embedding)
        sparse, dense = self._model.prompt_encoder(
            input_points=points, input_labels=labels, input_boxes=boxes, input_masks=masks
        )
        decoder = self._model.mask_decoder
        count, grid = len(prompts), self._grid
        own = torch.cat([decoder.iou_token.weight, decoder.mask_tokens.weight, decoder.hq_token.weight])
        tokens = own[None].expand(count, -1, -1)
        if sparse is not None:
            tokens = torch.cat([tokens, sparse[:, 0].to(tokens.dtype)], 1)
        seen = features["seen"] if masks is None and self._agrees else self._places(features, dense)
        if not self._agrees:
            image, where = features["image_embeddings"].float(), self._positions.to(self.device)
            tokens, changed_places = stock_attend(decoder.transformer, tokens, image, where, dense)
            flat = list(changed_places.to(self.dtype))
        elif isinstance(seen, Table):
            tokens, changes = attend_many(decoder.transformer, tokens, seen)
            flat = changed(seen, changes)
        else:
            tokens, flat = attend(decoder.transformer, tokens, seen)
        image = torch.stack(flat).transpose(1, 2).reshape(count, -1, grid, grid)
        image = decoder.activation(decoder.upscale_layer_norm(decoder.upscale_conv1(image)))
        image = decoder.activation(decoder.upscale_conv2(image))
        fine = decoder.mask_conv2(decoder.activation(decoder.mask_norm(decoder.mask_conv1(image))))
        fine = fine + features["hq_features"]
        scores = decoder.iou_prediction_head(tokens[:, 0])
        rows = range(1, scores.shape[1]) if prompts[0].wants_many else range(1)
        heads = torch.stack([decoder.output_hypernetworks_mlps[row](tokens[:, 1 + row]) for row in rows], 1)
        best = decoder.hq_mask_mlp(tokens[:, 1 + scores.shape[1]])[:, None]
        logits = heads.to(self.dtype) @ image.flatten(2) + best.to(self.dtype) @ fine.flatten(2)
        side = 4 * grid
        return logits.float().unflatten(2, (side, side)).cpu().numpy(), scores[:, list(rows)].cpu().numpy()


def load(
    source: str | Path, *, name: str, device: str | torch.device | None = None, dtype: str | torch.dtype | None = None
) -> HqSegmenter:
    """An HQ-SAM with one of SAM's own image encoders (ViT-B, ViT-L or ViT-H).

    Args:
        source: the original .pth, a folder that save_pretrained wrote, or a hub id, downloaded on first use.
        name: what the model is called in the embeddings.
        device, dtype: see `sam.backends.sam.load`.

    Raises:
        ModelUnavailable: not there, not reachable, damaged, or not an HQ-SAM.
    """
    from ..runtime.device import pick_device, pick_dtype

    config, state = read_checkpoint(source, LAYOUT)
    try:
        with torch.device("meta"):
            model = SamHQModel(SamHQConfig.from_dict(config))
    except Exception as error:  # whatever a damaged configuration leads to
        raise ModelUnavailable(f"{source}: this configuration makes no HQ-SAM ({error}).") from error
    weights = fill(model, state, source, LAYOUT.kind)
    where = pick_device(device)
    return HqSegmenter(model, name=name, weights=weights, device=where, dtype=pick_dtype(where, dtype))
