"""Meta's SAM 3 with text prompts: boxes and masks."""

from __future__ import annotations

from ..spec import ModelSpec

# Behind the detectors that anybody can have.
ORDER = 49
MODEL_TYPES = ("sam3", "sam3_video")

SPECS = (
    ModelSpec(
        name="sam3-text",
        family="sam3",
        title="SAM 3, words",
        licence="LicenseRef-SAM",
        bytes=3_440_000_000,
        source="facebook/sam3",
        tasks=("detect",),
        needs=("torch", "transformers"),
        note="Finds what English words name and outlines it itself; only for a GPU. One download with sam3.",
        gated=True,
        folder="sam3",
    ),
)
