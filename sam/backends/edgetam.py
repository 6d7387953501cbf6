"""EdgeTAM, for images: SAM 2's decoder behind RepViT; answers are those of SAM2ImagePredictor on its authors' model.

transformers' EdgeTamModel takes its image encoder from timm, which needs torchvision, which breaks beside torch 2.13.
So the encoder is our own (`_repvit.py`), and everything after it is Sam2Model's, which EdgeTAM did not change.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import ModelUnavailable
from ..models.packages import install_command

try:
    import torch
    from transformers import Sam2Config, Sam2Model
except ImportError as error:
    raise ModelUnavailable(
        f"EdgeTAM runs on torch and transformers (4.56 or later), which cannot be imported here ({error}). "
        f"Install them: {install_command()}."
    ) from error

from ..checkpoints.convert_sam import some
from ..checkpoints.convert_sam2 import POSITIONS, TIED_POSITIONS, VIDEO, to_transformers
from ..checkpoints.load_weights import fill
from ..checkpoints.locate import Layout, State, read_checkpoint
from ..networks.layers import fuse
from ..networks.repvit import Backbone, sizes_of
from ._hires import HighResolutionSegmenter, parts_of

_TRUNK = "vision_encoder.backbone.timm_model."

LAYOUT = Layout(
    kind="an EdgeTAM",
    model_types=("edgetam", "edgetam_video"),
    convert=lambda state: ({}, to_transformers(state)),
    tied=(POSITIONS, TIED_POSITIONS),
    # The head of timm's classifier may have come along.
    unused=(*VIDEO, r"\.timm_model\.head"),
    example="yonigozlan/EdgeTAM-hf",
)


def load(
    source: str | Path, *, name: str, device: str | torch.device | None = None, dtype: str | torch.dtype | None = None
) -> HighResolutionSegmenter:
    """An EdgeTAM, for images.

    Args:
        source: the authors' .pt, a folder that save_pretrained wrote, or a hub id, downloaded on first use.
        name: what the model is called in the embeddings.
        device, dtype: see `sam.backends.sam.load`.

    Raises:
        ModelUnavailable: not there, not reachable, damaged, or not an EdgeTAM.
    """
    from ..runtime.device import pick_device, pick_dtype

    config, state = read_checkpoint(source, LAYOUT)
    model = _empty(config, state, source)
    weights = fill(model, state, source, LAYOUT.kind)
    fuse(model.vision_encoder.backbone)
    where = pick_device(device)
    return HighResolutionSegmenter(model, name=name, weights=weights, device=where, dtype=pick_dtype(where, dtype))


def _empty(config: dict[str, Any], state: State, source: str | Path) -> Any:
    """A Sam2Model without weights, on RepViT."""
    try:
        widths, depths = sizes_of(state, _TRUNK)
    except KeyError as error:
        raise ModelUnavailable(
            f"{source}: expected the weights of an EdgeTAM, but it has no {error}; found {some(state)}."
        ) from error
    parts = parts_of(config)
    # timm's part of the configuration says what the weights say, too.
    vision = {key: value for key, value in dict(parts.get("vision_config", {})).items() if key != "backbone_config"}
    vision |= {"model_type": "sam2_vision_model", "backbone_channel_list": widths[::-1]}
    try:
        with torch.device("meta"):
            model = Sam2Model(Sam2Config.from_dict({**parts, "vision_config": vision}))
            model.vision_encoder.backbone = Backbone(widths, depths)
    except Exception as error:  # whatever a damaged configuration leads to
        raise ModelUnavailable(f"{source}: this configuration makes no EdgeTAM ({error}).") from error
    return model
