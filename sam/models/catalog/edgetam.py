"""EdgeTAM: SAM 2 for phones, with a convolutional encoder."""

from __future__ import annotations

from ..spec import ModelSpec

ORDER = 25
MODEL_TYPES = ("edgetam", "edgetam_video")
ORIGINAL = r"^(module\.)?image_encoder\.trunk\.body\.stem\."

SPECS = (
    ModelSpec(
        name="edgetam",
        family="edgetam",
        title="EdgeTAM",
        licence="Apache-2.0",
        bytes=56_000_000,
        source="yonigozlan/EdgeTAM-hf",
        needs=("torch", "transformers"),
        note="SAM 2 made for phones: a third of the download of sam2.1-tiny, and faster; masks a little rougher.",
    ),
)
