"""Train the names head: `python -m sam.training.names --data FOLDER --nano model.safetensors --run FOLDER`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...nano.names import STRIDE, NamesHead
from ..heads import Batch, Recipe, Settings, Stage, run_command, train_head
from ..image_store import Pack
from ..precision import autocast, uses_bf16
from .samples import NamedPhotos, NamedScene, NamesSampler
from .truth import KNOWN

MEMORY = 700
"""Encoded scenes that are kept, 0.9 MB each at 512 pixels."""
STAGES = (Stage(0.6, 256, 4, 14), Stage(1.0, 512, 1, 4))
"""Small scenes first, at a quarter of the cost; the size of real use at the end."""
ABSENT = 0.05
"""Share of the image that costs one where a name is seen that is not there."""


def draw_from(photos: NamedPhotos, seed: int) -> Callable[[int, int], Batch]:
    """See `Recipe.draw`."""
    sampler = NamesSampler(photos, seed)
    return lambda size, count: collate([sampler.draw(size) for _ in range(count)])


def collate(scenes: list[NamedScene]) -> Batch:
    """The parts of `NamedScene` with a leading batch axis."""
    return tuple(torch.from_numpy(np.stack(parts)) for parts in zip(*[scene.arrays() for scene in scenes]))


def there_loss(own: Tensor, names: Tensor, maps: Tensor, known: Tensor, inside: Tensor) -> tuple[Tensor, Tensor]:
    """Loss of the names that are in the scene, and their mean soft IoU.

    Args:
        own: (B, K, c, c) logits.
        names: (B, K), -1 for an unused slot.
        maps: (B, K, c, c) in [0, 1].
        known: (B, K, c, c), 1 where the map counts.
        inside: (B, c, c), 1 where there is image.
    """
    here = names >= 0
    weight = known * inside[:, None] * here[..., None, None]
    target = maps * weight
    area, room = target.sum((2, 3)), weight.sum((2, 3))
    bce = F.binary_cross_entropy_with_logits(own, maps, reduction="none") * weight
    bce = bce.sum((2, 3)) / (2 * area + 0.02 * room + 1)
    p = own.sigmoid() * weight
    dice = 1 - (2 * (p * target).sum((2, 3)) + 2) / (p.sum((2, 3)) + area + 2)
    # A name of which a few cells are in the crop must not count as much as one that fills it.
    share = here * (area / 6).clamp(max=1)
    count = share.sum().clamp(min=1)
    iou = torch.minimum(p, target).sum((2, 3)) / torch.maximum(p, target).sum((2, 3)).clamp(min=1)
    return ((bce + dice) * share).sum() / count, (iou * share).sum().detach() / count


def elsewhere_loss(logits: Tensor, state: Tensor, names: Tensor, inside: Tensor) -> Tensor:
    """Scalar: focal cross entropy of the names that are not in the scene, measured in shares of the image.

    Args:
        logits: (B, N, c, c) of all names.
        state: (B, N).
        names: (B, K).
        inside: (B, c, c).
    """
    seen = logits.detach().sigmoid() * inside[:, None]
    cost = (seen * F.softplus(logits)).sum((2, 3)) / (ABSENT * inside.sum((1, 2)))[:, None]
    return (cost * absent_names(state, names)).sum() / len(logits)


def absent_names(state: Tensor, names: Tensor) -> Tensor:
    """(B, N) 1 for names that are nowhere in the scene for sure."""
    present = torch.zeros(len(state), state.shape[1] + 1, device=state.device)
    present.scatter_(1, (names + 1).clamp(min=0), 1.0)
    return (state == KNOWN).float() * (1 - present[:, 1:])


def presence_loss(logits: Tensor, state: Tensor, names: Tensor) -> Tensor:
    """Scalar: cross entropy of (B, N) logits, those that are there and (focal) those that are not."""
    here = names >= 0
    own = logits.gather(1, names.clamp(min=0))
    there = (F.softplus(-own) * here).sum() / here.sum().clamp(min=1)
    absent = absent_names(state, names)
    none = (logits.sigmoid().detach() * F.softplus(logits) * absent).sum() / here.sum().clamp(min=1)
    return there + none


def box_loss(distances: Tensor, things: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
    """Scalar loss -log IoU (UnitBox: Yu et al. 2016), each thing counting the same, and the mean IoU.

    Args:
        distances: (P, 4, c, c), see `NamesHead.boxes`.
        things: (P, c, c) rows of `boxes`, 0 for none.
        boxes: (P, M, 4).
    """
    which, y, x = (things > 0).nonzero(as_tuple=True)
    if not len(which):
        return distances.sum() * 0, distances.new_zeros(())
    row = things[which, y, x].long()
    wanted = boxes[which, row]
    centre = torch.stack([x, y], 1) * STRIDE + STRIDE / 2
    away = torch.cat([centre - wanted[:, :2], wanted[:, 2:] - centre], 1).clamp(min=1)
    got = distances.permute(0, 2, 3, 1)[which, y, x].float().exp()
    low = torch.minimum(away, got)
    shared = (low[:, 0] + low[:, 2]) * (low[:, 1] + low[:, 3])
    union = sum((one[:, 0] + one[:, 2]) * (one[:, 1] + one[:, 3]) for one in (away, got)) - shared
    iou = shared / union.clamp(min=1)
    key = which * boxes.shape[1] + row
    cells = torch.bincount(key)[key].float()
    weight = cells.rsqrt()
    return -(iou.clamp(min=1e-3).log() * weight).sum() / weight.sum(), iou.mean().detach()


def learn(head: NamesHead, optimiser: torch.optim.Optimizer, batch: Batch, device: str) -> dict[str, float]:
    """One step of the optimiser on encoded scenes: f16, f8 and the parts of `NamedScene` after its pixels."""
    f16, f8, input_hw, state, names, maps, known, things, boxes, inside = (part.to(device) for part in batch)
    names, maps, known, inside = names.long(), maps.float() / 255, known.float(), inside.float()
    with autocast(uses_bf16("auto", device), device):
        dense, boxed, whole = head(f16.float(), f8.float(), input_hw)
    dense = dense.float()
    present = head.present(whole.float())
    there, iou = there_loss(head.at(dense, names.clamp(min=0)), names, maps, known, inside)
    # What is nowhere need not be looked for in fine detail.
    coarse = head.everywhere(F.avg_pool2d(dense, 2))
    elsewhere = elsewhere_loss(coarse, state, names, F.avg_pool2d(inside, 2))
    presence = presence_loss(present, state, names)
    image, slot = (things.amax((2, 3)) > 0).nonzero(as_tuple=True)
    distances = head.boxes(boxed.float().index_select(0, image), names[image, slot])
    boxing, box_iou = box_loss(distances, things[image, slot], boxes.index_select(0, image))
    loss = there + 0.5 * elsewhere + 0.3 * presence + 0.5 * boxing
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(head.parameters(), 2.0)
    optimiser.step()
    figures = {"loss": loss, "iou": iou, "elsewhere": elsewhere, "presence": presence, "box": box_iou}
    return {name: float(value.detach()) for name, value in figures.items()}


def train(data: Path, nano: Path, run: Path, minutes: float, settings: Settings) -> int:
    """Train, or go on training, on a folder of COCO folders; see `train_head`.

    Raises:
        SamError: as `train_head`, or nothing to learn from.
    """
    photos = NamedPhotos(Pack(data, run / "pack"), data)
    recipe = Recipe("weights of the names head", NamesHead, partial(draw_from, photos), learn, 2, MEMORY)
    return train_head(recipe, nano, run, minutes, settings)


def main() -> None:
    """`python -m sam.training.names`."""
    run_command("python -m sam.training.names", "Train the names head.", train, STAGES)
