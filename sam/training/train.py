"""Train nano: `python -m sam.training --data FOLDER --run FOLDER --minutes 120`.

The schedule runs on the clock, not on steps: the same command does what it can in the time it is given, on a
busy laptop or on a GPU. A run continues from its last checkpoint, so a stopped machine loses minutes only.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..nano.network import INPUT_SIZE, Nano
from .losses import total_loss
from .pack import Pack
from .rounds import next_round
from .samples import Sample, Sampler

SAVE_SECONDS = 180


@dataclass(frozen=True)
class Stage:
    """Crops of one size until a share of the time has passed."""

    until: float
    size: int
    batch: int


STAGES = (Stage(0.68, 256, 12), Stage(0.84, 384, 6), Stage(1.0, 512, 4))
"""Small crops first (16 ms an image against 63), the size of real use at the end."""


ROUND_SHARES = (0.6, 0.25, 0.15)
"""How often a batch has no, one or two rounds of corrections."""


class Stream(torch.utils.data.IterableDataset):
    """Endless batches; each worker draws on its own, at the size that the trainer asks for now."""

    def __init__(self, pack: Pack, seed: int, prompts: int, stage: Any) -> None:
        self.pack, self.seed, self.prompts, self.stage = pack, seed, prompts, stage

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        import cv2

        cv2.setNumThreads(1)
        worker = torch.utils.data.get_worker_info()
        sampler = Sampler(self.pack, self.seed * 1000 + (worker.id if worker else 0), self.prompts)
        while True:
            size, batch = self.stage[0], self.stage[1]
            yield collate([sampler.draw(size) for _ in range(batch)])


def collate(samples: list[Sample]) -> tuple[Tensor, ...]:
    """images (B, 3, S, S), targets (B * P, S/2, S/2), coords, labels, mask_input, has_mask."""
    parts = (
        np.stack([s.image for s in samples]),
        np.concatenate([s.masks for s in samples]),
        np.concatenate([s.prompts.coords for s in samples]),
        np.concatenate([s.prompts.labels for s in samples]),
        np.concatenate([s.prompts.mask_input for s in samples]),
        np.concatenate([s.prompts.has_mask for s in samples]),
    )
    return tuple(torch.from_numpy(np.ascontiguousarray(part)) for part in parts)


class Average:
    """Exponential moving average of the weights: what is shipped."""

    def __init__(self, model: nn.Module, decay: float = 0.999) -> None:
        self.decay, self.steps = decay, 0
        self.state = {name: value.detach().clone() for name, value in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for name, value in model.state_dict().items():
            if value.dtype.is_floating_point:
                self.state[name].lerp_(value.detach(), 1 - decay)
            else:
                self.state[name].copy_(value)


def freeze_norms(model: nn.Module) -> None:
    """Batch norm keeps its statistics: batches of large crops are too small for new ones."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


def optimiser_for(model: nn.Module, rate: float) -> torch.optim.Optimizer:
    """AdamW; no decay on norms, biases, tokens and priors."""
    decayed = [p for p in model.parameters() if p.ndim >= 2]
    plain = [p for p in model.parameters() if p.ndim < 2]
    groups = [{"params": decayed, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.99))


def step(model: Nano, batch: tuple[Tensor, ...], device: str) -> tuple[Tensor, dict[str, float]]:
    """Forward passes and loss of one batch, in bf16: a first answer and, in two steps of five, corrections of it."""
    images, targets, *prompts = (part.to(device, non_blocking=True) for part in batch)
    room = INPUT_SIZE - images.shape[-1]
    origin = torch.randint(0, room + 1, (2,), device=device).float()
    rounds = 1 + int(torch.multinomial(torch.tensor(ROUND_SHARES), 1))
    with torch.autocast(device, torch.bfloat16):
        features = model.encoder(images)
        logits, scores = model.decoder(*features, *prompts, origin)
    loss, figures = total_loss(logits, scores, targets)
    for _ in range(rounds - 1):
        prompts = list(next_round(prompts[0], prompts[1], logits, targets))
        with torch.autocast(device, torch.bfloat16):
            logits, scores = model.decoder(*features, *prompts, origin)
        more, _ = total_loss(logits, scores, targets)
        loss = loss + more
    return loss / rounds, figures


def learn(model: Nano, optimiser: torch.optim.Optimizer, batch: tuple[Tensor, ...], device: str) -> dict[str, float]:
    """One step of the optimiser."""
    loss, figures = step(model, batch, device)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    return figures


def warm_cosine(count: int, progress: float) -> float:
    """Share of the highest rate: up over 300 steps, then down a cosine to 2% when the time is up."""
    return min(1.0, (count + 1) / 300) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))


class History:
    """Means of the figures over every 100 steps, as JSON lines and on the screen."""

    def __init__(self, path: Path, every: int = 100) -> None:
        self.path, self.every = path, every
        self.rows: list[dict[str, float]] = []

    def add(self, figures: dict[str, float], **where: float) -> None:
        """Take in one step."""
        self.rows.append(figures)
        if len(self.rows) == self.every:
            means = {name: round(float(np.mean([row[name] for row in self.rows])), 4) for name in figures}
            print(line := json.dumps(means | where), flush=True)
            with self.path.open("a") as file:
                file.write(line + "\n")
            self.rows.clear()


def save(path: Path, **state: Any) -> None:
    """Write beside and rename, so that a stop in the middle leaves the last good file."""
    temporary = path.with_suffix(".tmp")
    torch.save(state, temporary)
    temporary.replace(path)


def train(
    data: Path,
    run: Path,
    minutes: float,
    *,
    stages: Sequence[Stage] = STAGES,
    rate: float = 1e-3,
    prompts: int = 5,
    workers: int = 2,
    seed: int = 1,
) -> int:
    """Train, or go on training, until `minutes` have been spent in all.

    Args:
        data: folder of COCO folders.
        run: folder for last.pt, log.jsonl and the decoded photos.
        minutes: of training, earlier runs in the same folder counted in.
        stages: crop sizes over the time.
        rate: highest learning rate.
        prompts: per image.
        workers: processes that prepare batches; 0 prepares them in this one.
        seed: of weights and samples.

    Returns:
        Steps taken in all.

    Raises:
        SamError: no usable data in `data`.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    model = Nano().to(device)
    optimiser = optimiser_for(model, rate)
    average = Average(model)
    spent, count = 0.0, 0
    checkpoint = run / "last.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device, weights_only=True)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        average.state, average.steps = state["average"], state["step"]
        spent, count = state["spent"], state["step"]
    stage_now = multiprocessing.Array("i", [stages[0].size, stages[0].batch])
    stream = Stream(Pack(data, run / "pack"), seed + count, prompts, stage_now)
    loader = torch.utils.data.DataLoader(
        stream, batch_size=None, num_workers=workers, prefetch_factor=3 if workers else None
    )
    history = History(run / "log.jsonl")
    started = saved = time.monotonic()
    before = spent

    def write_checkpoint() -> None:
        save(
            checkpoint,
            model=model.state_dict(),
            optimiser=optimiser.state_dict(),
            average=average.state,
            step=count,
            spent=spent,
        )

    for batch in loader:
        spent = before + time.monotonic() - started
        progress = spent / (minutes * 60)
        if progress >= 1:
            break
        stage = next(s for s in stages if progress < s.until)
        stage_now[0], stage_now[1] = stage.size, stage.batch
        size = batch[0].shape[-1]
        model.train()
        if size > stages[0].size:
            freeze_norms(model)
        for group in optimiser.param_groups:
            group["lr"] = rate * warm_cosine(count, progress)
        figures = learn(model, optimiser, batch, device)
        average.update(model)
        count += 1
        history.add(figures, step=count, minutes=round(spent / 60, 2), size=size)
        if time.monotonic() - saved > SAVE_SECONDS:
            saved = time.monotonic()
            write_checkpoint()
    write_checkpoint()
    return count


def overfit(data: Path, run: Path, steps: int, *, prompts: int = 5, size: int = 256) -> float:
    """Learn four crops by heart; the mean soft IoU of the single masks must near 1, or the code is wrong.

    Soft IoU, sum of minima over sum of maxima, because the targets are shares of cells, not yes or no.
    """
    torch.manual_seed(0)
    sampler = Sampler(Pack(data, run / "pack"), 0, prompts)
    batch = collate([sampler.draw(size) for _ in range(4)])
    model = Nano().train()
    optimiser = optimiser_for(model, 1e-3)
    for count in range(steps):
        figures = learn(model, optimiser, batch, "cpu")
        if count % 20 == 0:
            print(count, figures, flush=True)
    images, targets, *inputs = batch
    with torch.no_grad():
        found = model(images, *inputs)[0][:, 0].sigmoid()
    return float((torch.minimum(found, targets).sum((1, 2)) / torch.maximum(found, targets).sum((1, 2))).mean())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sam.training", description="Train the embedded model.")
    parser.add_argument("--data", type=Path, required=True, help="folder of COCO folders")
    parser.add_argument("--run", type=Path, required=True, help="folder for checkpoints and the log")
    parser.add_argument("--minutes", type=float, default=120, help="training time in all, earlier runs counted in")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--prompts", type=int, default=5, help="prompts per image")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--overfit", type=int, default=0, metavar="STEPS", help="only learn four crops by heart")
    a = parser.parse_args()
    if a.overfit:
        print(f"mean soft IoU on the four crops: {overfit(a.data, a.run, a.overfit, prompts=a.prompts):.3f}")
    else:
        train(a.data, a.run, a.minutes, rate=a.rate, prompts=a.prompts, workers=a.workers, seed=a.seed)
