"""Which models a GPU Space begins with: the best masks that its memory has room for, of those that are on it."""

from __future__ import annotations

import os

from ..runtime.device import lends
from .catalog import specs
from .spec import BUILT_IN, ModelSpec

BEST_FIRST = (
    "sam2.1-large",
    "sam-hq-vit-huge",
    "sam-hq-vit-large",
    "sam2.1-base-plus",
    "sam-vit-huge",
    "sam-vit-large",
    "sam-hq-vit-base",
    "sam2.1-small",
    "sam2.1-tiny",
    "sam-vit-base",
)
"""By their authors' figures for masks of clicks (SAM 2, table 6; SAM-HQ, table 3), SAM 2.1 large being the fastest of
the first three."""
LENT_BYTES = 40_000_000_000
"""Of ZeroGPU's smaller size, which has 48 GB: the rest is for what else is on it."""
PLACED_BYTES = 12_000_000_000
"""Weights that are moved to a GPU for each new worker, at about 2 GB a second: more would make first calls wait."""


def on_gpu_space() -> bool:
    """Whether this is a Space with a GPU, its own or lent; known without loading torch."""
    accelerator = os.environ.get("ACCELERATOR", "none").lower()
    return lends() or (bool(os.environ.get("SPACE_ID")) and accelerator not in ("", "none", "cpu"))


def bytes_needed(spec: ModelSpec) -> int:
    """GPU memory that a segmenter fills, with four photos at once: weights in half precision, and what it computes."""
    return spec.bytes // 2 + 4 * 1_500_000_000


def best_segmenter(memory: int = LENT_BYTES) -> ModelSpec | None:
    """The best promptable model that is on this machine and fits; None where there is none but nano.

    Args:
        memory: of the GPU, in bytes.
    """
    known = {spec.name: spec for spec in specs()}
    there = (known[name] for name in BEST_FIRST if name in known and known[name].ready)
    return next((spec for spec in there if bytes_needed(spec) <= memory), None)


def models_to_place(first: str) -> list[tuple[str, str]]:
    """(name, task) of the models that every worker is to have: `first`, then those on this machine that need torch.

    Args:
        first: a promptable model, by name or path.
    """
    chosen, room = [(first, "segment")], PLACED_BYTES
    for spec in specs():
        wanted = "torch" in spec.needs and spec.source != BUILT_IN and not spec.python and spec.name != first
        if wanted and spec.ready and spec.bytes <= room:
            chosen.append((spec.name, spec.tasks[0]))
            room -= spec.bytes
    return chosen
