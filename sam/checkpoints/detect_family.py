"""Which family's weights these are, for a file or a hub id that has no entry in the catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ..errors import ModelUnavailable
from ..models.catalog import family_of, family_of_weights
from ..models.hub import BESIDE, PIXELS, TOKENIZER
from .locate import fetch

DEFAULT = "sam"
"""Tried for what no family claims; its messages say what was expected."""


def family_of_source(source: str | Path, task: str = "") -> tuple[str, str | Path]:
    """(backend, where its files are now) of an original file, or of a hub id, which is downloaded for it.

    Args:
        source: the file, or the hub id.
        task: what the model is wanted for; see `sam.models.catalog.family_of`.

    Raises:
        ModelUnavailable: the hub's model cannot be had, or is of a kind that no backend loads.
    """
    path = Path(source)
    if path.is_file():
        return family_of_weights(_names(path)) or DEFAULT, path
    detector = task == "detect"
    folder = fetch(str(source), (*BESIDE, *PIXELS), one_of=TOKENIZER) if detector else fetch(str(source))
    family = family_of(folder, task)
    if family is None:
        raise ModelUnavailable(
            f"{source} is no model that runs here: its config.json names a type that no backend loads. "
            "python -m sam models lists what does."
        )
    return family, folder


def _names(path: Path) -> list[str]:
    """Names of the weights in an original file, without reading them; none where it cannot be read."""
    try:
        loaded: Any = torch.load(path, map_location="meta", weights_only=True)
    except Exception:  # a damaged file can make the reader raise anything; the backend says what is wrong
        return []
    for wrapper in ("model", "state_dict"):
        if isinstance(loaded, dict) and isinstance(loaded.get(wrapper), dict):
            loaded = loaded[wrapper]
    return [str(name) for name in loaded] if isinstance(loaded, dict) else []
