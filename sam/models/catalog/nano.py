"""Nano: the model that is part of this package."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..spec import BUILT_IN, ModelSpec

ORDER = 0
FOLDER = Path(__file__).parents[2] / "nano" / "weights"
SUMS = "weights.json"
"""The file in a folder of nano's that says which files belong to it and their checksums."""


def nano_files(folder: Path) -> dict[str, dict[str, Any]]:
    """File name -> its "bytes" and "sha256", as the list in `folder` says; empty where there is none."""
    try:
        return dict(json.loads((folder / SUMS).read_text("utf-8")))
    except (OSError, ValueError):
        # The list of models must still be readable; loading says what is wrong.
        return {}


def built_in(name: str, title: str, note: str, files: tuple[str, ...], task: str = "segment") -> ModelSpec:
    """Nano, or a head on its embedding: an entry for those of `files` that are there."""
    there = nano_files(FOLDER)
    own = {file: there[file] for file in files if file in there}
    return ModelSpec(
        name=name,
        family=name.replace("-", "_"),
        title=title,
        licence="Apache-2.0",
        bytes=sum(entry["bytes"] for entry in own.values()),
        source=BUILT_IN,
        tasks=(task,),
        needs=("onnxruntime",),
        sha256=MappingProxyType({file: entry["sha256"] for file, entry in own.items()}),
        note=f"{note} Some of its training photos are for research only: see its card.",
    )


SPECS = (
    built_in(
        "nano",
        "Nano",
        "Part of this package: works at once, without download or GPU. Small, so expect rougher edges.",
        ("encoder.onnx", "decoder.onnx", "model.safetensors"),
    ),
)
