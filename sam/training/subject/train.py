"""Train the subject head: `python -m sam.training.subject --data FOLDER --nano model.safetensors --run FOLDER`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...nano.subject import SubjectHead
from ..heads import Batch, Recipe, Settings, Stage, run_command, train_head
from ..image_store import Pack
from ..precision import autocast, uses_bf16
from .samples import Scene, SubjectPhotos, SubjectSampler

MEMORY = 400
"""Encoded scenes that are kept, 1.3 MB each at 512 pixels."""
STAGES = (Stage(0.7, 256, 6, 18), Stage(1.0, 512, 2, 6))
"""Small scenes first, at a quarter of the cost; the size of real use at the end."""


def draw_from(photos: SubjectPhotos, seed: int) -> Callable[[int, int], Batch]:
    """See `Recipe.draw`."""
    sampler = SubjectSampler(photos, seed)
    return lambda size, count: collate([sampler.draw(size) for _ in range(count)])


def collate(scenes: list[Scene]) -> Batch:
    """pixels (B, 3, S, S), input_hw (B, 2), target and known (B, S/2, S/2), all float32."""
    parts = (
        np.stack([s.pixels for s in scenes]),
        np.array([s.input_hw for s in scenes], np.float32),
        np.stack([s.target for s in scenes]),
        np.stack([s.known for s in scenes]),
    )
    return tuple(torch.from_numpy(np.ascontiguousarray(part)) for part in parts)


def subject_loss(logits: Tensor, confidence: Tensor, target: Tensor, known: Tensor) -> tuple[Tensor, dict[str, float]]:
    """Scalar loss and figures to show.

    Masks learn by cross entropy, measured in subject areas and heavier near the outline (F3Net's weights: Wei et al.
    2020), and by dice. Confidence learns the soft IoU of the mask, or 0 where there is no subject.

    Args:
        logits: (B, h, w).
        confidence: (B,) logits.
        target: (B, h, w) in [0, 1].
        known: (B, h, w), 1 where the target counts.
    """
    present = (target.amax((1, 2)) > 0.5).float()
    target = target * known
    reach = target.shape[-1] // 36
    around = F.avg_pool2d(target[:, None], 2 * reach + 1, 1, reach, count_include_pad=False)[:, 0]
    near_outline = (around - target).abs()
    weight = known * (1 + 4 * near_outline)
    bce = F.binary_cross_entropy_with_logits(logits, target, reduction="none") * weight
    area, room = (target * weight).sum((1, 2)), weight.sum((1, 2)).clamp(min=1)
    bce = bce.sum((1, 2)) / (2 * area + 0.05 * room) * (0.15 + 0.85 * present)
    p = logits.sigmoid() * known
    dice = 1 - (2 * (p * target).sum((1, 2)) + 4) / (p.sum((1, 2)) + target.sum((1, 2)) + 4)
    iou = torch.minimum(p, target).sum((1, 2)) / torch.maximum(p, target).sum((1, 2)).clamp(min=1)
    wanted = (iou * present).detach()
    trust = F.binary_cross_entropy_with_logits(confidence, wanted)
    count = present.sum().clamp(min=1)
    loss = bce.mean() + (dice * present).sum() / count + trust
    figures = {
        "loss": float(loss.detach()),
        "iou": float((iou * present).sum().detach() / count),
        "score": float((confidence.sigmoid() - wanted).abs().mean().detach()),
    }
    return loss, figures


def learn(head: SubjectHead, optimiser: torch.optim.Optimizer, batch: Batch, device: str) -> dict[str, float]:
    """One step of the optimiser on encoded scenes: f16, f8, f4, input_hw, target, known."""
    f16, f8, f4, input_hw, target, known = (part.to(device).float() for part in batch)
    with autocast(uses_bf16("auto", device), device):
        logits, confidence = head(f16, f8, f4, input_hw)
    loss, figures = subject_loss(logits.float(), confidence.float(), target, known)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(head.parameters(), 1.0)
    optimiser.step()
    return figures


def train(data: Path, nano: Path, run: Path, minutes: float, settings: Settings) -> int:
    """Train, or go on training, on a folder of COCO folders; see `train_head`.

    Raises:
        SamError: as `train_head`, or nothing to learn from.
    """
    photos = SubjectPhotos(Pack(data, run / "pack"), data)
    recipe = Recipe("weights of the subject head", SubjectHead, partial(draw_from, photos), learn, 3, MEMORY)
    return train_head(recipe, nano, run, minutes, settings)


def main() -> None:
    """`python -m sam.training.subject`."""
    run_command("python -m sam.training.subject", "Train the subject head.", train, STAGES)
