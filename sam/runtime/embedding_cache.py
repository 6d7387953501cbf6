"""Cache of embeddings, one for each image and model, shared by every session of the process."""

from __future__ import annotations

from ..images import check_image, image_hash
from ..segmenter import Segmenter
from ..types import Embedding, Image
from .lru_cache import LruCache
from .out_of_memory import enough_memory

EMBEDDINGS: LruCache[Embedding] = LruCache(256 << 20, lambda embedding: embedding.nbytes)
"""By default a quarter of a gigabyte: about 120 images of nano, 60 of SAM in float32. `resize` changes it."""


def has_embedding(image_key: str, weights: str) -> bool:
    """Whether the image with this `image_hash` is in memory as a model of these weights sees it."""
    return any(key[0] == image_key and key[2] == weights for key in EMBEDDINGS.sizes if isinstance(key, tuple))


def embed(model: Segmenter, image: Image, *, image_key: str | None = None) -> Embedding:
    """What `model.embed` gives, taken from memory when this image was encoded before.

    Args:
        model: encodes the image if need be, once for all who ask at the same time.
        image: (H, W, 3) uint8 RGB.
        image_key: `image_hash` of the image, from whoever has it already.

    Raises:
        ImageError: not such an array.
        ModelUnavailable: whatever the model raises.
        OutOfMemory: there is not enough of it for this image and model.
    """
    check_image(image)

    def make() -> Embedding:
        with enough_memory(f"to encode this photo with {model.name}"):
            return model.embed(image)

    return EMBEDDINGS.get(_key(model, image_key or image_hash(image)), make)


def is_embedded(model: Segmenter, image_key: str) -> bool:
    """Whether `embed` has this at hand."""
    return _key(model, image_key) in EMBEDDINGS


def _key(model: Segmenter, image_key: str) -> tuple[str, ...]:
    # The same weights in bfloat16 and in float32 do not give the same embedding.
    return image_key, model.name, model.weights, str(getattr(model, "dtype", ""))
