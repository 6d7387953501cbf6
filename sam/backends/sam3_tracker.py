"""SAM 3's tracker, for images: clicks and boxes, not text; on torch, through transformers' Sam3TrackerModel.

The features without a memory get what stands for one (`no_memory_embedding`), as in Meta's predictor; transformers'
tracker adds it to a fourth, coarser map that its decoder does not see.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

from ..errors import ModelUnavailable
from ..models.packages import install_command

try:
    import torch
    from transformers import AutoModel, Sam3TrackerConfig, Sam3TrackerModel
except ImportError as error:
    raise ModelUnavailable(
        f"SAM 3 runs on torch and transformers (5.0 or later), which cannot be imported here ({error}). "
        f"Install them: {install_command()}."
    ) from error

from ..checkpoints.convert_sam2 import POSITIONS, TIED_POSITIONS, VIDEO
from ..checkpoints.locate import Layout, State, read_checkpoint
from ._hires import HighResolutionSegmenter, built

# As transformers itself renames what is in the folder of all of SAM 3, and what save_pretrained makes of the tracker.
_RENAMES = [
    (re.compile(r"^tracker_model\."), ""),
    (re.compile(r"^detector_model\.vision_encoder\.backbone\."), "vision_encoder.backbone."),
    (re.compile(r"^tracker_neck\."), "vision_encoder.neck."),
]


def adapt(config: dict[str, Any], state: State) -> tuple[dict[str, Any], State]:
    """The tracker's part of a folder that holds all of SAM 3."""
    renamed = {}
    for key, weight in state.items():
        for pattern, replacement in _RENAMES:
            key = pattern.sub(replacement, key)
        renamed[key] = weight
    return config.get("tracker_config") or config, renamed


def _no_original(_: State) -> Any:
    raise ModelUnavailable("SAM 3 loads from a folder with config.json and model.safetensors, not from Meta's file.")


LAYOUT = Layout(
    kind="a SAM 3",
    model_types=("sam3_tracker", "sam3_tracker_video", "sam3_video"),
    convert=_no_original,
    tied=(POSITIONS, TIED_POSITIONS),
    unused=(*VIDEO, r"^detector_model\."),
    adapt=adapt,
    example="facebook/sam3",
)


def register_encoder() -> None:
    """Let transformers build SAM 3's image encoder without torchvision, which only other parts of SAM 3 use."""
    network = importlib.import_module("transformers.models.sam3.modeling_sam3")
    config = importlib.import_module("transformers.models.sam3.configuration_sam3")
    AutoModel.register(config.Sam3VisionConfig, network.Sam3VisionModel, exist_ok=True)
    AutoModel.register(config.Sam3ViTConfig, network.Sam3ViTModel, exist_ok=True)


def load(
    source: str | Path, *, name: str, device: str | torch.device | None = None, dtype: str | torch.dtype | None = None
) -> HighResolutionSegmenter:
    """The tracker of a SAM 3, for images.

    Args:
        source: a folder that save_pretrained wrote, of the tracker or of all of SAM 3; or a hub id.
        name: what the model is called in the embeddings.
        device, dtype: see `sam.backends.sam.load`.

    Raises:
        ModelUnavailable: not there, not given out, not reachable, damaged, or not a SAM 3.
    """
    from ..runtime.device import pick_device, pick_dtype

    config, state = read_checkpoint(source, LAYOUT)
    register_encoder()
    # Not on "meta": the rotary positions of its image encoder are a table that no checkpoint holds.
    model, weights = built(config, state, source, LAYOUT, Sam3TrackerModel, Sam3TrackerConfig, on="cpu")
    where = pick_device(device)
    half = (0.5, 0.5, 0.5)
    return HighResolutionSegmenter(
        model, name=name, weights=weights, device=where, dtype=pick_dtype(where, dtype), mean=half, std=half
    )
