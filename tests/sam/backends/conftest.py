"""Random-weight SAMs of Meta's package, with its answers to a table of prompts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

# Windows that do not divide the grid (they are padded), one global layer, and relative positions in both.
SMALL = {
    "encoder": {
        "depth": 3,
        "embed_dim": 32,
        "img_size": 256,
        "mlp_ratio": 3,
        "num_heads": 2,
        "patch_size": 16,
        "window_size": 7,
        "global_attn_indexes": [1],
        "out_chans": 64,
    },
    "decoder": {"mlp_dim": 96, "iou_head_depth": 4, "iou_head_hidden_dim": 48},
}
# The geometry of the published models (1024 pixels, 64 x 64 tokens, the real decoder) behind a thin encoder.
FULL = {
    "encoder": {
        "depth": 2,
        "embed_dim": 16,
        "img_size": 1024,
        "mlp_ratio": 4,
        "num_heads": 1,
        "patch_size": 16,
        "window_size": 14,
        "global_attn_indexes": [1],
        "out_chans": 256,
    },
    "decoder": {"mlp_dim": 2048, "iou_head_depth": 3, "iou_head_hidden_dim": 256},
}
SIZES_HW = {"landscape": (150, 333), "portrait": (300, 107), "tiny": (40, 40)}


@dataclass(frozen=True)
class Oracle:
    """What Meta's package said.

    Attributes:
        model: its weights, a .pth in its own format.
        images: name -> (H, W, 3) uint8.
        prompts: image name -> prompts, as keyword arguments of SamPredictor.predict and a "name".
        answers: "image/embedding" and "image/prompt[/single]/masks|scores|logits" -> array.
    """

    model: Path
    images: dict[str, Any]
    prompts: dict[str, list[dict[str, Any]]]
    answers: dict[str, Any]


def drawn(size_hw: tuple[int, int], seed: int) -> np.ndarray:
    """(H, W, 3) uint8 with a slope, a disk and noise: something at every scale, so that resizing matters."""
    height, width = size_hw
    y, x = np.mgrid[:height, :width]
    disk = (x - 0.6 * width) ** 2 + (y - 0.4 * height) ** 2 < (0.25 * min(size_hw)) ** 2
    slope = np.stack([255 * x / width, 255 * y / height, 128 + 100 * disk], -1)
    return np.clip(slope + np.random.default_rng(seed).normal(0, 25, slope.shape), 0, 255).astype(np.uint8)


def prompts_on(size_hw: tuple[int, int]) -> list[dict[str, Any]]:
    """One of each kind, at odd places; `mask_input` names the prompt whose best logits go in."""
    height, width = size_hw
    click, other, third = [0.31 * width, 0.57 * height], [0.78 * width, 0.22 * height], [width - 0.5, 0.5]
    box = [0.1 * width, 0.15 * height, 0.83 * width, 0.71 * height]
    one = {"point_coords": [click], "point_labels": [1]}
    return [
        {"name": "point", **one},
        {"name": "points", "point_coords": [click, other, third], "point_labels": [1, 0, 1]},
        {"name": "box", "box": box},
        {"name": "points and box", "point_coords": [click, other], "point_labels": [1, 0], "box": box},
        {"name": "mask", **one, "mask_input": "point"},
        {"name": "box and mask", "box": box, "mask_input": "box"},
        {"name": "mask alone", "mask_input": "points"},
    ]


def write_request(
    folder: Path, architecture: dict[str, Any], sizes_hw: dict[str, tuple[int, int]], multimask_output: list[bool]
) -> None:
    """What meta_oracle.py reads."""
    folder.mkdir()
    np.savez(folder / "images.npz", **{name: drawn(hw, seed) for seed, (name, hw) in enumerate(sizes_hw.items())})
    prompts = {name: prompts_on(size_hw) for name, size_hw in sizes_hw.items()}
    request = {**architecture, "seed": 7, "prompts": prompts, "multimask_output": multimask_output}
    (folder / "request.json").write_text(json.dumps(request))


def read_answers(folder: Path) -> Oracle:
    """What meta_oracle.py wrote."""
    prompts = json.loads((folder / "request.json").read_text())["prompts"]
    with np.load(folder / "images.npz") as images, np.load(folder / "answers.npz") as answers:
        return Oracle(folder / "model.pth", dict(images), prompts, dict(answers))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """On models this small, threads of torch wait for each other longer than they compute."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def meta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that Meta's package answered, in a process of its own."""
    folder = tmp_path_factory.mktemp("meta")
    write_request(folder / "small", SMALL, SIZES_HW, [True, False])
    write_request(folder / "full", FULL, {"landscape": SIZES_HW["landscape"]}, [True])
    script = Path(__file__).with_name("meta_oracle.py")
    command = [sys.executable, str(script), str(folder / "small"), str(folder / "full")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def small(meta: Path) -> Oracle:
    """A SAM of 256-pixel input: fast enough to ask everything."""
    return read_answers(meta / "small")


@pytest.fixture(scope="session")
def full(meta: Path) -> Oracle:
    """A SAM with the geometry of the published ones."""
    return read_answers(meta / "full")
