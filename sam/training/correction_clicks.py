"""Correcting clicks: after an answer, a click in its errors, with the answer as mask input (SAM paper, appendix A)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


@torch.no_grad()
def next_round(
    coords: Tensor, labels: Tensor, logits: Tensor, targets: Tensor, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The prompts of the next round.

    A click is drawn in the error region, rather in its thick parts than on its seams, since that is where people
    click. It takes the prompt's first empty slot; a full or faultless prompt keeps its points.

    Args:
        coords: (P, N, 2) pixels of the crop.
        labels: (P, N), -1 where a slot is empty.
        logits: (P, 4, h, w) of the last round, at half the crop's resolution; one of the four is corrected.
        targets: (P, h, w) in [0, 1].
        generator: for the choice of mask and click.

    Returns:
        coords, labels, mask_input (P, 1, h, w) and has_mask (P,).
    """
    count, width = len(coords), logits.shape[-1]
    rows = torch.arange(count, device=logits.device)
    which = torch.randint(0, logits.shape[1], (count,), generator=generator).to(logits.device)
    answer = logits[rows, which].clamp(-16, 16).float()
    wanted = targets > 0.5
    error = (wanted != (answer > 0)).float()
    thick = F.avg_pool2d(error[:, None], 9, 1, 4)[:, 0] ** 2 * error
    mass = thick.flatten(1)
    faulty = mass.sum(1) > 0
    mass = torch.where(faulty[:, None], mass, torch.ones_like(mass))
    place = torch.multinomial(mass.cpu(), 1, generator=generator)[:, 0].to(logits.device)
    click = torch.stack([place % width, place // width], -1).float() * 2 + 1
    empty = labels < 0
    usable = faulty & empty.any(1)
    slot = empty.float().argmax(1)
    coords, labels = coords.clone(), labels.clone()
    coords[rows[usable], slot[usable]] = click[usable].to(coords.dtype)
    labels[rows[usable], slot[usable]] = wanted.flatten(1)[rows, place][usable].to(labels.dtype)
    return coords, labels, answer[:, None], torch.ones(count, device=logits.device)
