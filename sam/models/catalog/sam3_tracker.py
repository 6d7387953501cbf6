"""Meta's SAM 3 for images: the part that takes clicks and boxes."""

from __future__ import annotations

from ..spec import ModelSpec

ORDER = 50
MODEL_TYPES = ("sam3_tracker", "sam3_tracker_video", "sam3_video")

SPECS = (
    ModelSpec(
        name="sam3",
        family="sam3_tracker",
        title="SAM 3",
        licence="LicenseRef-SAM",
        bytes=3_440_000_000,
        source="facebook/sam3",
        needs=("torch", "transformers"),
        note="The newest and largest; for clicks about as good as sam2.1-large, and only for a GPU.",
        gated=True,
    ),
)
