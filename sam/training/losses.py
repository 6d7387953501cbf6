"""Mask and score losses."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def mask_losses(logits: Tensor, targets: Tensor) -> Tensor:
    """(P, K) loss of each mask: dice, and cross entropy measured in object areas.

    Cross entropy is summed and divided by the object's own area, so that a missed small object costs as much as a
    missed large one. BCE and not SAM's focal loss: from scratch, focal 20:1 stayed empty for hundreds of steps.

    Args:
        logits: (P, K, h, w).
        targets: (P, h, w) in [0, 1].
    """
    target = targets[:, None]
    cells = logits.shape[-1] * logits.shape[-2]
    area = target.sum((-1, -2))  # (P, 1)
    bce = F.binary_cross_entropy_with_logits(logits, target.expand_as(logits), reduction="none").sum((-1, -2))
    bce = bce / (2 * area + 0.01 * cells)
    p = logits.sigmoid()
    dice = 1 - (2 * (p * target).sum((-1, -2)) + 4) / (p.sum((-1, -2)) + area + 4)
    return bce + dice


@torch.no_grad()
def actual_iou(logits: Tensor, targets: Tensor) -> Tensor:
    """(P, K) IoU of each thresholded mask with its target."""
    on, target = logits > 0, targets[:, None] > 0.5
    return (on & target).sum((-1, -2)) / (on | target).sum((-1, -2)).clamp(min=1)


def order_loss(predicted_iou: Tensor, iou: Tensor) -> Tensor:
    """Scalar: how far the order of the three masks is from that of their true IoU (ListNet: Cao et al. 2007).

    Squared error alone is content when all three are about right; what the user sees is which one comes first.
    """
    spread = 0.1
    wanted = (iou[:, 1:] / spread).softmax(-1)
    got = (predicted_iou[:, 1:] / spread).log_softmax(-1)
    return -(wanted * got).sum(-1).mean()


def total_loss(logits: Tensor, predicted_iou: Tensor, targets: Tensor) -> tuple[Tensor, dict[str, float]]:
    """Scalar loss and figures to show.

    The single mask (index 0) always learns; of the other three only the best (SAM paper, section 3), with a small share
    for the rest so that no head dies. All four scores learn (SAM 2's `supervise_all_iou`).
    """
    losses = mask_losses(logits, targets)
    three = losses[:, 1:]
    best = three.min(1).values
    iou = actual_iou(logits, targets)
    score = F.mse_loss(predicted_iou, iou)
    loss = losses[:, 0].mean() + best.mean() + 0.05 * three.mean() + score + 0.1 * order_loss(predicted_iou, iou)
    figures = {
        "loss": float(loss.detach()),
        "single": float(iou[:, 0].mean()),
        "oracle": float(iou[:, 1:].max(1).values.mean()),
        "top": float(iou[:, 1:].gather(1, predicted_iou[:, 1:].argmax(1, keepdim=True)).mean()),
        "score": float(score.detach()),
    }
    return loss, figures
