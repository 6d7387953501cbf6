"""MobileSAM: SAM with a small image encoder, distilled from SAM ViT-H."""

from __future__ import annotations

from types import MappingProxyType

from ..spec import ModelSpec

ORDER = 30
ORIGINAL = r"^(module\.)?image_encoder\.layers\.0\.blocks\.0\.conv1\.c\.weight$"

SPECS = (
    ModelSpec(
        name="mobile-sam",
        family="mobile_sam",
        title="MobileSAM",
        licence="Apache-2.0",
        bytes=40_728_226,
        source="dhkim2810/MobileSAM",
        needs=("torch", "transformers"),
        sha256=MappingProxyType({"mobile_sam.pt": "6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f"}),
        note="SAM with a tenth of the weights: half a second to a second an image on a laptop's processor.",
        file="mobile_sam.pt",
    ),
)
