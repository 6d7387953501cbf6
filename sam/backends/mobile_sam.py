"""MobileSAM: SAM's own prompts and decoder behind TinyViT; answers are those of its authors' predictor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import ModelUnavailable
from ..models.packages import install_command

try:
    import torch
    from transformers import SamConfig, SamModel
except ImportError as error:
    raise ModelUnavailable(
        f"MobileSAM runs on torch and transformers, which cannot be imported here ({error}). "
        f"Install them: {install_command()}."
    ) from error

from ..checkpoints.convert_sam import POSITIONS, TIED_POSITIONS, some, to_transformers
from ..checkpoints.load_weights import fill
from ..checkpoints.locate import Layout, read_checkpoint
from ..models.hub import fetch_file
from ..networks.layers import fuse
from ..networks.tiny_vit import TinyVit, sizes_of
from .sam import SamSegmenter

_SIDE, _PATCH = 1024, 16
"""They leave no trace in the weights, and are the same in all that was published."""
# A classifier that the encoder was trained with first, and never uses here.
_UNUSED = ("image_encoder.norm_head.", "image_encoder.head.")

LAYOUT = Layout(
    kind="a MobileSAM",
    model_types=(),
    convert=lambda state: (
        {},
        to_transformers({key: weight for key, weight in state.items() if not key.startswith(_UNUSED)}),
    ),
    tied=(POSITIONS, TIED_POSITIONS),
)


def load(
    source: str | Path,
    *,
    name: str,
    file: str = "mobile_sam.pt",
    device: str | torch.device | None = None,
    dtype: str | torch.dtype | None = None,
) -> SamSegmenter:
    """A MobileSAM.

    Args:
        source: mobile_sam.pt or what was fine-tuned from it; or a hub id that holds `file`, downloaded on first use.
        name: what the model is called in the embeddings.
        file: in the hub's folder.
        device, dtype: see `sam.backends.sam.load`.

    Raises:
        ModelUnavailable: not there, not reachable, damaged, or not a MobileSAM.
    """
    from ..runtime.device import pick_device, pick_dtype

    path = source if Path(source).exists() else fetch_file(str(source), file)
    _, state = read_checkpoint(path, LAYOUT)
    try:
        sizes = sizes_of(state, "vision_encoder.")
    except KeyError as error:
        raise ModelUnavailable(
            f"{path}: expected the weights of a MobileSAM, but it has no {error}; found {some(state)}."
        ) from error
    width = sizes.outputs
    config = {
        # Only what the decoder reads: the encoder is replaced.
        "vision_config": {
            "hidden_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 1,
            "image_size": _SIDE,
            "patch_size": _PATCH,
            "output_channels": width,
            "num_pos_feats": width // 2,
        },
        "prompt_encoder_config": {"hidden_size": width, "image_size": _SIDE, "patch_size": _PATCH},
        # As in `_convert.config_of`: Meta's own epsilon.
        "mask_decoder_config": {"hidden_size": width, "layer_norm_eps": 1e-5},
    }
    model: Any
    with torch.device("meta"):
        model = SamModel(SamConfig.from_dict(config))
        model.vision_encoder = TinyVit(sizes)
    weights = fill(model, state, path, LAYOUT.kind)
    fuse(model.vision_encoder)
    where = pick_device(device)
    return SamSegmenter(model, name=name, weights=weights, device=where, dtype=pick_dtype(where, dtype))
