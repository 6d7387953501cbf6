"""EfficientSAM: SAM with a plain ViT that learnt to imitate SAM's features."""

from __future__ import annotations

from ..spec import ModelSpec

ORDER = 35
ORIGINAL = r"^(module\.)?prompt_encoder\.bbox_top_left_embeddings\.weight$"


def _efficient(letter: str, title: str, count: int, note: str) -> ModelSpec:
    return ModelSpec(
        name=f"efficient-sam-vit-{letter}",
        family="efficient_sam",
        title=f"EfficientSAM {title}",
        licence="Apache-2.0",
        bytes=count,
        source="merve/EfficientSAM",
        needs=("torch",),
        note=note,
        file=f"efficient_sam_vit{letter}.pt",
    )


SPECS = (
    _efficient("t", "Tiny", 41_000_000, "A small download, good with boxes; it was not trained for background clicks."),
    _efficient("s", "Small", 106_000_000, "Better and slower than its tiny one; not trained for background clicks."),
)
