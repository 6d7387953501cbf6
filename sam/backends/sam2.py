"""SAM 2 and 2.1 on torch, through transformers' Sam2Model; answers are those of Meta's SAM2ImagePredictor."""

from __future__ import annotations

from pathlib import Path

from ..errors import ModelUnavailable
from ..models.packages import install_command

try:
    import torch
    from transformers import Sam2Config, Sam2Model
except ImportError as error:
    raise ModelUnavailable(
        f"SAM 2 runs on torch and transformers (4.56 or later), which cannot be imported here ({error}). "
        f"Install them: {install_command()}."
    ) from error

from ..checkpoints.convert_sam2 import POSITIONS, TIED_POSITIONS, VIDEO, config_of, to_transformers
from ..checkpoints.locate import Layout, read_checkpoint
from ._hires import HighResolutionSegmenter, built

LAYOUT = Layout(
    kind="a SAM 2",
    model_types=("sam2", "sam2_video"),
    convert=lambda state: (config_of(state), to_transformers(state)),
    tied=(POSITIONS, TIED_POSITIONS),
    unused=VIDEO,
    example="facebook/sam2.1-hiera-tiny",
)


def load(
    source: str | Path, *, name: str, device: str | torch.device | None = None, dtype: str | torch.dtype | None = None
) -> HighResolutionSegmenter:
    """A SAM 2 or 2.1, for images.

    Args:
        source: Meta's original .pt, a folder that save_pretrained wrote, or a hub id, downloaded on first use.
        name: what the model is called in the embeddings.
        device, dtype: see `sam.backends.sam.load`.

    Raises:
        ModelUnavailable: not there, not reachable, damaged, or not a SAM 2.
    """
    from ..runtime.device import pick_device, pick_dtype

    config, state = read_checkpoint(source, LAYOUT)
    model, weights = built(config, state, source, LAYOUT, Sam2Model, Sam2Config)
    where = pick_device(device)
    return HighResolutionSegmenter(model, name=name, weights=weights, device=where, dtype=pick_dtype(where, dtype))
