"""The original SAM and SlimSAM."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..spec import ModelSpec

ORDER = 10
MODEL_TYPES = ("sam",)


def _sam(
    name: str, title: str, size: int, source: str, note: str, checkpoint: Mapping[str, str] | None = None
) -> ModelSpec:
    return ModelSpec(
        name=name,
        family="sam",
        title=title,
        licence="Apache-2.0",
        bytes=size,
        source=source,
        needs=("torch", "transformers"),
        sha256=MappingProxyType(dict(checkpoint or {})),
        note=note,
    )


# Checksums are those of Meta's original .pth files, which may stand in for the download; the hub verifies its own.
SPECS = (
    _sam(
        "slimsam-77",
        "SlimSAM 77 %",
        39_100_000,
        "Zigeng/SlimSAM-uniform-77",
        "SAM ViT-B pruned by 77 %: the smallest download.",
    ),
    _sam(
        "slimsam-50",
        "SlimSAM 50 %",
        112_000_000,
        "Zigeng/SlimSAM-uniform-50",
        "SAM ViT-B pruned by half: between slimsam-77 and sam-vit-base.",
    ),
    _sam(
        "sam-vit-base",
        "SAM ViT-B",
        375_042_383,
        "facebook/sam-vit-base",
        "The smallest original SAM: several seconds an image on a laptop's processor.",
        {"sam_vit_b_01ec64.pth": "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912"},
    ),
    _sam(
        "sam-vit-large",
        "SAM ViT-L",
        1_249_524_607,
        "facebook/sam-vit-large",
        "Better masks than sam-vit-base, three times the work; for a GPU.",
        {"sam_vit_l_0b3195.pth": "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622"},
    ),
    _sam(
        "sam-vit-huge",
        "SAM ViT-H",
        2_564_550_879,
        "facebook/sam-vit-huge",
        "The largest original SAM; for a GPU.",
        {"sam_vit_h_4b8939.pth": "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e"},
    ),
)
