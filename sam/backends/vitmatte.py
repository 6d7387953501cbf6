"""ViTMatte (Yao et al., 2023) on torch, through transformers' VitMatteForImageMatting: alpha from image and trimap."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelUnavailable
from ..models.packages import install_command
from ..runtime.gpu_memory import on_gpu, settle
from ..types import Image

try:
    import torch
    from transformers import VitMatteConfig, VitMatteForImageMatting
except ImportError as error:
    raise ModelUnavailable(
        f"ViTMatte runs on torch and transformers, which cannot be imported here ({error}). "
        f"Install them: {install_command()}."
    ) from error

TILE = 1024
"""Side in pixels of what the network sees at once: its memory grows with the square of the area."""
OVERLAP = 128
"""Pixels over which neighbouring tiles are blended."""
_STEP = 32
"""The network takes sides that are multiples of this, as its processor pads them."""


class VitMatte:
    """See `sam.matting.AlphaEstimator`; safe to use from several threads, which wait for each other."""

    def __init__(self, model: VitMatteForImageMatting, *, name: str, device: torch.device) -> None:
        """Takes the model over and moves it to `device`."""
        self.name = name
        self.device = device
        self._model = settle(model.eval().requires_grad_(False), device)
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Memory of the weights in bytes."""
        return sum(weight.nbytes for weight in self._model.parameters())

    def estimate_alpha(
        self, image: Image, trimap: NDArray[np.uint8], progress: Callable[[float, str], None] | None = None
    ) -> NDArray[np.float32]:
        """See `sam.matting.AlphaEstimator`. Only tiles that hold something unknown are computed."""
        alpha = (trimap == 255).astype(np.float32)
        unknown = trimap == 128
        if not unknown.any():
            return alpha
        total, share = np.zeros(trimap.shape, np.float32), np.zeros(trimap.shape, np.float32)
        tiles = [tile for tile in _tiles(trimap.shape) if unknown[tile].any()]
        for index, tile in enumerate(tiles):
            if progress:
                progress(index / len(tiles), f"Edge, part {index + 1} of {len(tiles)}")
            weight = _ramp(trimap[tile].shape)
            total[tile] += weight * self._predict(image[tile], trimap[tile])
            share[tile] += weight
        alpha[unknown] = np.clip(total[unknown] / share[unknown], 0, 1)
        return alpha

    def _predict(self, image: Image, trimap: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(H, W) float32 of one tile, with the numbers of transformers' VitMatteImageProcessor."""
        height, width = trimap.shape
        padded = np.zeros((4, -(-height // _STEP) * _STEP, -(-width // _STEP) * _STEP), np.float32)
        padded[:3, :height, :width] = image.transpose(2, 0, 1) / np.float32(127.5) - 1
        padded[3, :height, :width] = trimap / np.float32(255)
        with self._lock, on_gpu(self._model, self.device), torch.inference_mode():
            alphas = self._model(pixel_values=torch.from_numpy(padded)[None].to(self.device)).alphas
        return np.asarray(alphas[0, 0, :height, :width].float().cpu().numpy())


def load(source: str | Path, *, name: str, device: str | torch.device | None = None) -> VitMatte:
    """A ViTMatte from a folder that save_pretrained wrote or a hub id, downloaded on first use.

    Raises:
        ModelUnavailable: not there, not reachable, damaged, or not a ViTMatte.
    """
    from ..checkpoints.locate import fetch
    from ..runtime.device import pick_device

    folder = Path(source) if Path(source).is_dir() else fetch(str(source))
    try:
        config = VitMatteConfig.from_pretrained(folder)
        if config.model_type != "vitmatte":
            raise ValueError(f"model type {config.model_type}")
        read: Any = VitMatteForImageMatting.from_pretrained
        model, report = read(folder, output_loading_info=True, dtype=torch.float32)
    except Exception as error:  # a damaged file can make the readers raise anything
        raise ModelUnavailable(f"{source} does not load as ViTMatte ({type(error).__name__}: {error}).") from error
    if missing := [*report["missing_keys"], *report["mismatched_keys"]]:
        raise ModelUnavailable(f"{source} does not hold all weights of a ViTMatte: {len(missing)} are missing.")
    return VitMatte(model, name=name, device=pick_device(device))


def _tiles(size_hw: tuple[int, ...]) -> Iterator[tuple[slice, slice]]:
    """Half-open rows and columns that cover the picture, neighbours sharing `OVERLAP` pixels at least."""
    rows, columns = (_starts(side) for side in size_hw)
    for top in rows:
        for left in columns:
            yield slice(top, min(size_hw[0], top + TILE)), slice(left, min(size_hw[1], left + TILE))


def _starts(side: int) -> list[int]:
    count = 1 if side <= TILE else -(-(side - OVERLAP) // (TILE - OVERLAP))
    return [round(index * (side - TILE) / max(1, count - 1)) for index in range(count)] if count > 1 else [0]


def _ramp(size_hw: tuple[int, ...]) -> NDArray[np.float32]:
    """(H, W) weights that fall towards the tile's border, never to 0."""

    def line(side: int) -> NDArray[np.float32]:
        place = np.arange(side)
        return np.minimum(np.minimum(place, place[::-1]) + 1, OVERLAP).astype(np.float32)

    return line(size_hw[0])[:, None] * line(size_hw[1])
