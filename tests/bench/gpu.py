"""What a GPU does, where there is one: encode, decode, everything mode and moving of models, with made-up weights at
the shapes of published ones. And what work on ZeroGPU costs in leases and bytes, for which no GPU is needed: the app
runs on Hugging Face's own package, with the hardware alone made up (`python -m tests.zero_gpu` prints it as a table).
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

Values = tuple[str, tuple[float, ...], str] | tuple[str, tuple[float, ...], str, float]
MOST_SENT, MOST_GOT = 10, 5
"""Megabytes that everything mode may take to the worker and bring back, of a photo of 1600 x 1200 pixels."""

HIERA_LARGE: dict[str, Any] = {
    "model_type": "sam2_hiera_det_model",
    "hidden_size": 144,
    "blocks_per_stage": [2, 6, 36, 4],
    "embed_dim_per_stage": [144, 288, 576, 1152],
    "num_attention_heads_per_stage": [2, 4, 8, 16],
    "window_size_per_stage": [8, 4, 16, 8],
    "global_attention_blocks": [23, 33, 43],
}


def measured(image: np.ndarray, runs: int) -> Iterator[Values]:
    """Rows for the bench: (what, values, unit[, budget]); first those of a GPU, where one is here."""
    import torch

    if torch.cuda.is_available():
        yield from _on_gpu(torch, image, runs)
    else:
        sys.stderr.write("There is no GPU here: encode, decode and everything mode on one are left out.\n")
    yield from _leases()


def _on_gpu(torch: Any, image: np.ndarray, runs: int) -> Iterator[Values]:
    name = torch.cuda.get_device_name(0)
    for title, load in (("SAM ViT-B's shape", _vit_b), ("SAM 2.1 large's shape", _hiera_large)):
        with tempfile.TemporaryDirectory() as folder:
            model = load(folder)
        yield from (
            (f"{name}, {title}: {what}", values, unit) for what, values, unit in _of_model(torch, model, image, runs)
        )
        del model
        torch.cuda.empty_cache()


def _of_model(torch: Any, model: Any, image: np.ndarray, runs: int) -> Iterator[tuple[str, tuple[float, ...], str]]:
    import sam
    from sam.types import Prompt

    torch.cuda.reset_peak_memory_stats()
    embedding = model.embed(image)
    point = Prompt.of(points=[[900, 500]], labels=[1])
    yield "encode, 1080p", _timed(lambda: model.embed(image), runs), "ms"
    four = _timed(lambda: model.embed_many([image] * 4), max(3, runs // 4))
    yield "four visitors' photos together, each", tuple(value / 4 for value in four), "ms"
    yield "one click, logits", _timed(lambda: model.decode(embedding, [point]), runs), "ms"
    batch = _timed(lambda: model.decode(embedding, [point] * 64), max(3, runs // 4))
    yield "64 clicks in one call, each", tuple(value / 64 for value in batch), "ms"
    # Made-up weights are sure of nothing; about as many masks pass as of a trained model's.
    scores = np.concatenate([scores for _, scores in model.decode(embedding, [point] * 8)])
    options: dict[str, Any] = {"pred_iou_thresh": float(np.quantile(scores, 0.7)), "stability_score_thresh": 0.5}
    whole = _timed(lambda: sam.segment_everything(model, image, output_mode="coco_rle", **options), 3)
    yield "everything mode, 32 x 32 points", tuple(value / 1e3 for value in whole), "s"
    yield "peak memory of all that", (torch.cuda.max_memory_allocated() / 1e6,), "MB"

    def there_and_back() -> None:
        model._model.to("cpu")
        model._model.to(model.device)
        torch.cuda.synchronize()

    yield "weights to the CPU and back", _timed(there_and_back, 3), "ms"


def _timed(run: Callable[[], Any], runs: int) -> tuple[float, ...]:
    run()
    found = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        found.append((time.perf_counter() - start) * 1e3)
    return tuple(found)


def _vit_b(folder: str) -> Any:
    from transformers import SamConfig, SamModel

    from sam.backends.sam import load

    SamModel(SamConfig()).save_pretrained(folder)
    return load(folder, name="sam-vit-b-random")


def _hiera_large(folder: str) -> Any:
    from transformers import Sam2Config, Sam2Model

    from sam.backends.sam2 import load

    vision = {"backbone_config": HIERA_LARGE, "backbone_channel_list": [1152, 576, 288, 144]}
    Sam2Model(Sam2Config.from_dict({"vision_config": vision})).save_pretrained(folder)
    return load(folder, name="sam2.1-large-random")


def _leases() -> Iterator[Values]:
    if sys.platform != "linux" or find_spec("spaces") is None:
        sys.stderr.write("Hugging Face's package spaces is not here: leases and bytes are left out.\n")
        return
    from tests.zero_gpu.run import see_app

    with tempfile.TemporaryDirectory() as folder:
        rows = see_app(Path(folder), ("routes", "tabs", "api", "mcp", "everything"))["rows"]
    for row in rows:
        what = f"ZeroGPU, {row['door']}: {row['name']}"
        yield f"{what}: leases", (float(row["leases"]),), "", 1
        if row["leases"]:
            yield f"{what}: seconds asked for", tuple(float(one) for one in row["seconds"]), "s"
            yield f"{what}: sent", (row["sent"] / 1e6,), "MB", MOST_SENT
            yield f"{what}: brought back", (row["got"] / 1e6,), "MB", MOST_GOT
