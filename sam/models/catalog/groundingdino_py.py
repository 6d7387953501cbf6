"""Grounding DINO run by its authors' package, groundingdino-py, in an environment of its own."""

from __future__ import annotations

from types import MappingProxyType

from ..spec import GROUNDINGDINO_PYTHON, ModelSpec

ORDER = 48


def _original(name: str, title: str, size: int, file: str, digest: str) -> ModelSpec:
    return ModelSpec(
        name=name,
        family="groundingdino_py",
        title=title,
        licence="Apache-2.0",
        bytes=size,
        source="ShilongLiu/GroundingDINO",
        tasks=("detect",),
        needs=("torch",),
        sha256=MappingProxyType({file: digest}),
        note="The authors' own package, in an environment of its own: see requirements-groundingdino-py.txt.",
        file=file,
        python=GROUNDINGDINO_PYTHON,
    )


SPECS = (
    _original(
        "groundingdino-py",
        "groundingdino-py, Swin-T",
        693_997_677,
        "groundingdino_swint_ogc.pth",
        "3b3ca2563c77c69f651d7bd133e97139c186df06231157a64c507099c52bc799",
    ),
    _original(
        "groundingdino-py-swinb",
        "groundingdino-py, Swin-B",
        938_057_991,
        "groundingdino_swinb_cogcoor.pth",
        "46270f7a822e6906b655b729c90613e48929d0f2bb8b9b76fd10a856f3ac6ab7",
    ),
)
