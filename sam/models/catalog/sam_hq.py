"""HQ-SAM: SAM with a head for fine edges, trained on 44,000 exact masks."""

from __future__ import annotations

from ..spec import ModelSpec

ORDER = 40
MODEL_TYPES = ("sam_hq",)
ORIGINAL = r"^(module\.)?mask_decoder\.hf_token\."


def _hq(size: str, letter: str, count: int, note: str) -> ModelSpec:
    return ModelSpec(
        name=f"sam-hq-vit-{size}",
        family="sam_hq",
        title=f"HQ-SAM ViT-{letter}",
        licence="Apache-2.0",
        bytes=count,
        source=f"syscv-community/sam-hq-vit-{size}",
        needs=("torch", "transformers"),
        note=note,
    )


SPECS = (
    _hq("base", "B", 379_000_000, "Finer edges than SAM ViT-B for thin and intricate things, at the same speed."),
    _hq("large", "L", 1_250_000_000, "Finer edges than SAM ViT-L; for a GPU."),
    _hq("huge", "H", 2_570_000_000, "Finer edges than SAM ViT-H; for a GPU."),
)
