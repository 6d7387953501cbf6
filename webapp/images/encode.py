"""Encode arrays for transfer: PNG, JPEG, and binary numbers behind a JSON header."""

from __future__ import annotations

import io
import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sam import Embedding, Image

VIEW_SIDE = 1024
"""Longest side of an object's mask for the stage, in pixels."""

_LOSSLESS_PIXELS = 3_000_000


def png(pixels: NDArray[Any], *, level: int = 6) -> bytes:
    """(H, W) uint8, (H, W, 3) or (H, W, 4) as PNG."""
    from PIL import Image as Pil

    buffer = io.BytesIO()
    Pil.fromarray(pixels).save(buffer, "PNG", compress_level=level)
    return buffer.getvalue()


def rendition(image: Image) -> tuple[bytes, str]:
    """(bytes, MIME type) of an image for the stage: PNG up to 3 megapixels, above that JPEG, or WebP for RGBA."""
    if image.shape[0] * image.shape[1] <= _LOSSLESS_PIXELS:
        return png(image, level=1), "image/png"
    from PIL import Image as Pil

    kind = "WEBP" if image.shape[2] == 4 else "JPEG"
    buffer = io.BytesIO()
    Pil.fromarray(image).save(buffer, kind, quality=92)
    return buffer.getvalue(), f"image/{kind.lower()}"


def mask_png(mask: NDArray[np.bool_]) -> bytes:
    """(H, W) bool as PNG with 0 and 255 only."""
    return png(mask.astype(np.uint8) * 255)


def view_png(mask: NDArray[np.bool_], box: tuple[float, float, float, float]) -> bytes:
    """The part of a mask in its half-open box, made smaller where it is large; greys are edges."""
    x0, y0, x1, y1 = (int(side) for side in box)
    part: NDArray[Any] = mask[y0:y1, x0:x1].astype(np.uint8) * 255
    scale = VIEW_SIDE / max(part.shape)
    if scale < 1:
        import cv2

        size = max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale))
        part = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    return png(part)


def frame(header: dict[str, Any], *arrays: NDArray[Any]) -> bytes:
    """Length of the header (uint32, little-endian), the header as JSON, then the arrays one after the other."""
    text = json.dumps(header, separators=(",", ":")).encode()
    # Spaces up to a multiple of 8, so that a reader may view the numbers in place.
    text += b" " * (-(4 + len(text)) % 8)
    return b"".join([struct.pack("<I", len(text)), text, *(array.tobytes() for array in arrays)])


def half_logits(logits: NDArray[np.float32]) -> NDArray[np.float16]:
    """Logits in half precision, which keep their sign; the page's own decoder rounds in the same way."""
    half: NDArray[Any] = np.clip(logits, -60000, 60000).astype("<f2")
    # What rounds to zero would fall out of the mask: the least positive number keeps it in.
    half[(half == 0) & (logits > 0)] = np.finfo(np.float16).smallest_subnormal
    return half


def pack_logits(half: NDArray[np.float16], scores: NDArray[np.float32], milliseconds: float, answer: str) -> bytes:
    """A decoder's answer: (K, h, w) logits from `half_logits`, and the id by which one of its masks can be kept."""
    header = {"shape": list(half.shape), "dtype": "float16", "scores": [round(float(s), 5) for s in scores]}
    return frame({**header, "ms": round(milliseconds, 2), "answer": answer}, half)


def pack_embedding(embedding: Embedding) -> bytes:
    """All that a decoder in the page needs: half-precision arrays, named as the decoder's inputs, and the geometry."""
    arrays = {name: np.ascontiguousarray(array, "<f2") for name, array in embedding.arrays.items()}
    header = {
        "model": embedding.model,
        "weights": embedding.weights,
        "size_hw": list(embedding.size_hw),
        "input_hw": list(embedding.input_hw),
        "input_size": embedding.input_size,
        "arrays": [{"name": name, "shape": list(array.shape), "dtype": "float16"} for name, array in arrays.items()],
    }
    return frame(header, *arrays.values())
