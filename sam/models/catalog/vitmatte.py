"""ViTMatte: alpha of hair and fur from image and trimap."""

from __future__ import annotations

from ..spec import ModelSpec

ORDER = 60
MODEL_TYPES = ("vitmatte",)


def _vitmatte(name: str, title: str, size: int, source: str, note: str) -> ModelSpec:
    return ModelSpec(
        name=name,
        family="vitmatte",
        title=title,
        licence="Apache-2.0",
        bytes=size,
        source=source,
        tasks=("matte",),
        needs=("torch", "transformers"),
        note=note,
    )


SPECS = (
    _vitmatte(
        "vitmatte-small",
        "ViTMatte small",
        103_000_000,
        "hustvl/vitmatte-small-composition-1k",
        "Hair and fur by a network: seconds a megapixel on a CPU.",
    ),
    _vitmatte(
        "vitmatte-base",
        "ViTMatte base",
        387_000_000,
        "hustvl/vitmatte-base-composition-1k",
        "The larger ViTMatte; for a GPU.",
    ),
)
