"""OWLv2: boxes by text, all phrases in one model run."""

from __future__ import annotations

from ..spec import ModelSpec

ORDER = 45
MODEL_TYPES = ("owlv2",)
SPECS = (
    ModelSpec(
        name="owlv2-base",
        family="owlv2",
        title="OWLv2 base",
        licence="Apache-2.0",
        bytes=620_000_000,
        source="google/owlv2-base-patch16-ensemble",
        tasks=("detect",),
        needs=("torch", "transformers", "scipy"),
        note="Finds anything that English words name; many at once take no longer. Scores are low: start at 0.1.",
    ),
)
