"""Grounding DINO and its relatives: boxes around whatever words name."""

from __future__ import annotations

from types import MappingProxyType

from ..spec import ModelSpec

ORDER = 40
MODEL_TYPES = ("grounding-dino", "mm-grounding-dino")


def _dino(
    name: str, title: str, size: int, source: str, note: str, checkpoint: tuple[str, str] | None = None
) -> ModelSpec:
    return ModelSpec(
        name=name,
        family="grounding_dino",
        title=title,
        licence="Apache-2.0",
        bytes=size,
        source=source,
        tasks=("detect",),
        needs=("torch", "transformers"),
        sha256=MappingProxyType(dict([checkpoint] if checkpoint else [])),
        note=note,
    )


# Checksums are those of the original .pth files, which may stand in for the download with BERT's vocab.txt beside.
SPECS = (
    _dino(
        "grounding-dino-tiny",
        "Grounding DINO tiny",
        689_000_000,
        "IDEA-Research/grounding-dino-tiny",
        "Finds anything that English words name: several seconds a phrase on a laptop's processor.",
        ("groundingdino_swint_ogc.pth", "3b3ca2563c77c69f651d7bd133e97139c186df06231157a64c507099c52bc799"),
    ),
    _dino(
        "grounding-dino-base",
        "Grounding DINO base",
        933_000_000,
        "IDEA-Research/grounding-dino-base",
        "Finds more than grounding-dino-tiny in about twice the time; for a GPU.",
        ("groundingdino_swinb_cogcoor.pth", "46270f7a822e6906b655b729c90613e48929d0f2bb8b9b76fd10a856f3ac6ab7"),
    ),
    _dino(
        "mm-grounding-dino-tiny",
        "MM-Grounding-DINO tiny",
        692_000_000,
        "openmmlab-community/mm_grounding_dino_tiny_o365v1_goldg_v3det",
        "Grounding DINO trained again on open data, better with rare things.",
    ),
    _dino(
        "llmdet-tiny",
        "LLMDet tiny",
        692_000_000,
        "iSEE-Laboratory/llmdet_tiny",
        "MM-Grounding-DINO taught by a language model: better with longer descriptions.",
    ),
)
