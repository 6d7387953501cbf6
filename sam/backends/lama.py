"""LaMa (Suvorov et al., 2022) from an ONNX file that you supply: erasing with a network."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelUnavailable
from ..models.spec import models_folder
from ..types import Image

NAMES = ("lama_fp32.onnx", "lama.onnx", "big-lama.onnx")
"""File names looked for in the models folder."""
SIDE = 512
"""Input side in pixels where the file leaves it open."""


def find_lama() -> Path:
    """The file.

    Raises:
        ModelUnavailable: there is none; says where to put it.
    """
    folder = models_folder()
    for name in NAMES:
        if (folder / name).is_file():
            return folder / name
    raise ModelUnavailable(
        f"LaMa is not here: put its ONNX file ({NAMES[0]}, 200 MB, Apache-2.0; on the hub: Carve/LaMa-ONNX) "
        f"into {folder}. The engine patches needs no file.",
        visitors="LaMa is not on this server. Choose another engine.",
    )


def fill_with_lama(image: Image, hole: NDArray[np.bool_]) -> Image:
    """The image with its hole filled, at the network's own size.

    Args:
        image: (H, W, 3) uint8, the surroundings of the hole.
        hole: (H, W) bool.

    Raises:
        ModelUnavailable: no file, or one that is not LaMa as exported with inputs image and mask.
    """
    import cv2

    path = find_lama()
    try:
        session = _session(str(path), path.stat().st_mtime_ns)
        inputs = session.get_inputs()
        side = inputs[0].shape[-1] if isinstance(inputs[0].shape[-1], int) else SIDE
        height, width = hole.shape
        small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        code = cv2.resize(hole.astype(np.float32), (side, side), interpolation=cv2.INTER_AREA) > 0
        given = {inputs[0].name: small.transpose(2, 0, 1)[None], inputs[1].name: code[None, None].astype(np.float32)}
        (output,) = session.run(None, given)[:1]
        colours = np.asarray(output[0], np.float32).transpose(1, 2, 0)
    except Exception as error:
        raise ModelUnavailable(
            f"{path.name} does not work as LaMa ({type(error).__name__}). Expected inputs (1, 3, S, S) image and "
            "(1, 1, S, S) mask, and one picture out. Replace the file, or use the engine patches."
        ) from error
    # Exports differ in whether colours come in 0..1 or 0..255.
    colours = np.clip(colours * (255 if colours.max() <= 1.5 else 1), 0, 255)
    large = cv2.resize(colours, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.where(hole[..., None], np.clip(np.round(large), 0, 255), image).astype(np.uint8)


@lru_cache(maxsize=1)
def _session(path: str, changed: int) -> Any:
    import onnxruntime

    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
