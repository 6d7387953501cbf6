"""Erasing with Stable Diffusion or FLUX through diffusers, the extra `diffusers`: prompt and seed."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Cancelled, ModelUnavailable, PromptError
from ..models.allowed import check_fetch
from ..models.hub import offline
from ..models.packages import DIFFUSERS, install_command
from ..models.spec import installed, models_folder
from ..types import Image

FOLDER = "diffusion"
"""Name of the folder in the models folder that is used before the hub."""
SOURCE = "stable-diffusion-v1-5/stable-diffusion-inpainting"
SIDE = 512
"""Side in pixels at which the picture around the hole is drawn anew; the networks were trained there."""
_STEP = 8
_EMPTY = "background, nothing else"
_NOT_HERE = "Erasing by diffusion is not set up on this server. Choose another engine."


def fill_with_diffusion(
    image: Image,
    hole: NDArray[np.bool_],
    *,
    prompt: str = "",
    strength: float = 1.0,
    seed: int = 0,
    steps: int = 30,
    progress: Callable[[float, str], None] | None = None,
) -> Image:
    """The image with its hole drawn anew; everything else as it was.

    Args:
        image: (H, W, 3) uint8, the surroundings of the hole.
        hole: (H, W) bool.
        prompt: what is to be there; empty: background.
        strength: 0 (what is there stays) to 1 (nothing of it stays), more than 0.
        seed: another one gives another picture.
        steps: of the sampler.
        progress: told the fraction done; may raise `Cancelled` to stop.

    Raises:
        PromptError: strength or steps out of range.
        ModelUnavailable: diffusers or the weights are not here, or do not work.
    """
    import cv2

    if not 0 < strength <= 1 or not 1 <= steps <= 200:
        raise PromptError(
            f"strength: expected more than 0 and at most 1, got {strength:g}; steps: expected 1 to 200, got {steps}."
        )
    pipeline = load_pipeline()
    import torch

    def tell(_: Any, step: int, __: Any, values: dict[str, Any]) -> dict[str, Any]:
        if progress:
            progress((step + 1) / (steps + 1), f"Drawing, step {step + 1} of {steps}")
        return values

    try:
        (drawn,) = pipeline(
            prompt=prompt or _EMPTY,
            **_at_its_size(image, hole),
            strength=strength,
            num_inference_steps=steps,
            generator=torch.Generator("cpu").manual_seed(seed),
            callback_on_step_end=tell,
            output_type="np",
        ).images
    except Cancelled:
        raise
    except Exception as error:  # whatever a pipeline of another kind raises
        raise ModelUnavailable(
            f"The diffusion model does not work for erasing ({type(error).__name__}: {error}). Expected a pipeline "
            "that AutoPipelineForInpainting loads. The engine patches needs none."
        ) from error
    size = hole.shape[1], hole.shape[0]
    large = cv2.resize(np.asarray(drawn, np.float32) * 255, size, interpolation=cv2.INTER_CUBIC)
    return np.where(hole[..., None], np.clip(np.round(large), 0, 255), image).astype(np.uint8)


def _at_its_size(image: Image, hole: NDArray[np.bool_]) -> dict[str, Any]:
    """Picture and hole as a pipeline takes them: no longer than it was trained on, in its steps."""
    from PIL import Image as Pil

    height, width = hole.shape
    scale = min(1.0, SIDE / max(height, width))
    columns, rows = (max(64, round(side * scale / _STEP) * _STEP) for side in (width, height))
    code = Pil.fromarray(hole.astype(np.uint8) * 255).resize((columns, rows), Pil.Resampling.BILINEAR)
    return {
        "image": Pil.fromarray(image).resize((columns, rows), Pil.Resampling.LANCZOS),
        "mask_image": code.point(lambda value: 255 * (value > 0)),
        "width": columns,
        "height": rows,
    }


def load_pipeline() -> Any:
    """The pipeline of diffusers, loaded on first use.

    Raises:
        ModelUnavailable: diffusers or the weights are not here, or do not work.
    """
    missing = [name for name in ("torch", "transformers", "diffusers") if not installed(name)]
    if missing:
        raise ModelUnavailable(
            f"Erasing by diffusion needs {' and '.join(missing)}, not installed here: "
            f"{install_command(DIFFUSERS)}. The engine patches needs none.",
            visitors=_NOT_HERE,
        )
    folder = models_folder() / FOLDER
    index = folder / "model_index.json"
    return _load(str(folder) if index.is_file() else SOURCE, index.stat().st_mtime_ns if index.is_file() else 0)


@lru_cache(maxsize=1)
def _load(source: str, changed: int) -> Any:
    from ..runtime.device import pick_device, pick_dtype

    device = pick_device()

    def read(local: bool) -> Any:
        from diffusers import AutoPipelineForInpainting

        return AutoPipelineForInpainting.from_pretrained(
            source,
            local_files_only=local,
            torch_dtype=pick_dtype(device) if device.type != "cpu" else None,
            use_safetensors=True,
        )

    try:
        pipeline = _from_cache_or_hub(read, source)
    except ModelUnavailable:
        raise
    except Exception as error:  # the hub's client and damaged files can make it raise anything
        raise ModelUnavailable(
            f"No diffusion model for erasing can be loaded ({type(error).__name__}). Get one, and put that folder into "
            f"{models_folder()}: hf download {SOURCE} --local-dir {FOLDER} (5 GB, CreativeML OpenRAIL-M).",
            visitors=_NOT_HERE,
        ) from error
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(device)


def _from_cache_or_hub(read: Callable[[bool], Any], source: str) -> Any:
    """What `read(local files only)` makes, of the hub only where that is needed and allowed."""
    try:
        return read(True)
    except Exception:
        if source != SOURCE or offline():
            raise
        check_fetch(source, "The diffusion model")
        return read(False)


def is_here() -> bool:
    """Whether a diffusion model lies in the models folder and what it needs is installed."""
    return installed("diffusers") and Path(models_folder() / FOLDER / "model_index.json").is_file()
