"""Shared by all heads on nano's embedding: their file, tied to one encoder, and the image they read."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelUnavailable
from ..types import Embedding, Image
from .nano import NanoSegmenter, open_session

if TYPE_CHECKING:
    import onnxruntime

MIN_AGREEMENT = 0.3
"""IoU of the decoder's mask with a head's below which the head's is kept."""


def open_head(file: Path, name: str, nano: NanoSegmenter) -> onnxruntime.InferenceSession:
    """The session of a head.

    Args:
        file: that `sam.nano.export.heads` wrote.
        name: of the model, for messages.
        nano: the model whose embeddings it reads.

    Raises:
        ModelUnavailable: the file is missing, damaged, or was trained for another encoder.
    """
    if not file.is_file():
        raise ModelUnavailable(f"{name}: expected {file.name} in {file.parent}, found no such file. Install again.")
    session = open_session(file, name, spin=False)
    trained = session.get_modelmeta().custom_metadata_map.get("encoder", "")
    actual = hashlib.sha256((nano.folder / "encoder.onnx").read_bytes()).hexdigest()
    if trained != actual:
        raise ModelUnavailable(
            f"{name}: {file.name} was trained for another encoder ({trained[:8] or 'unknown'}) than {nano.name}'s "
            f"({actual[:8]}). Install again; after training, export it anew with "
            f"python -m sam.nano.export.{file.stem}."
        )
    return session


def embedding_of(nano: NanoSegmenter, image: Image | Embedding) -> Embedding:
    """The embedding itself, or the image's, which is kept for the clicks that follow (`sam.runtime.embedding_cache`).

    Raises:
        ImageError: no image.
        ModelUnavailable: the embedding is another model's.
    """
    from ..runtime.embedding_cache import embed

    if isinstance(image, Embedding):
        nano.check(image, [])
        return image
    return embed(nano, image)


def agree(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> bool:
    """Whether two (H, W) masks are of the same thing. A decoder that loses it must not take it away from the user."""
    return bool(np.count_nonzero(one & other) >= MIN_AGREEMENT * np.count_nonzero(one | other))
