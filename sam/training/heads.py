"""Train a head on nano's frozen encoder: what the training of all heads shares.

The encoder does not change, so a scene is encoded once and learnt from several times: a memory of encoded scenes costs
less than encoding, and each batch mixes new scenes with remembered ones. The schedule runs on the clock.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import SamError
from ..nano.network import TopDown, encoder_for
from ..nano.subject import encoder_hash
from .checkpoint import LAST, load, put_weights, save, start_weights
from .ema import Average
from .history import LOG, History
from .precision import autocast, uses_bf16
from .schedule import warm_cosine
from .stream import load_in_workers, stop_cv2_threads
from .train import SAVE_SECONDS, optimiser_for, set_rate

WARM_UP = 80
"""Steps until the learning rate is at its highest."""
Batch = tuple[Tensor, ...]
DrawScenes = Callable[[int], Callable[[int, int], Batch]]
"""seed -> (size, count -> so many scenes of that size; pixels come first)."""


@dataclass(frozen=True)
class Stage:
    """Scenes of one size until a share of the time has passed.

    Attributes:
        until: share in (0, 1].
        size: of the square in pixels, a multiple of 32.
        fresh: new scenes a step.
        batch: scenes a step, remembered ones included.
    """

    until: float
    size: int
    fresh: int
    batch: int


@dataclass(frozen=True)
class Settings:
    """How to train.

    Attributes:
        stages: sizes and batches over the time.
        rate: highest learning rate.
        workers: processes that draw scenes; 0 draws them in this one.
        seed: of weights and scenes.
        start: checkpoint of another run whose averaged weights are the first ones.
    """

    stages: Sequence[Stage]
    rate: float = 2e-3
    workers: int = 1
    seed: int = 1
    start: Path | None = None


@dataclass(frozen=True)
class Recipe:
    """What is special to one head.

    Attributes:
        called: how messages call its weights.
        head: makes it, untrained.
        draw: scenes to learn from.
        learn: one step of the optimiser on features and the rest of the scenes, and figures to show.
        features: how many of the encoder's, coarsest first.
        memory: encoded scenes that are kept.
    """

    called: str
    head: Callable[[], nn.Module]
    draw: DrawScenes
    learn: Callable[[Any, torch.optim.Optimizer, Batch, str], dict[str, float]]
    features: int
    memory: int


class Scenes(torch.utils.data.IterableDataset[Batch]):
    """Endless scenes, a few at a time; each worker draws its own."""

    def __init__(self, draw: DrawScenes, seed: int, stage: Any) -> None:
        """
        Args:
            draw: as in `Recipe`.
            seed: of this part of the run.
            stage: shared between processes: size and count of the scenes to draw now.
        """
        self.draw, self.seed, self.stage = draw, seed, stage
        stop_cv2_threads()

    def __iter__(self) -> Iterator[Batch]:
        worker = torch.utils.data.get_worker_info()
        draw = self.draw(self.seed * 1000 + (worker.id if worker else 0))
        while True:
            yield draw(self.stage[0], self.stage[1])


def load_encoder(file: Path, device: str = "cpu") -> tuple[TopDown, str]:
    """nano's encoder from model.safetensors, frozen, and the hash of its weights.

    Raises:
        SamError: no such file, or not nano's weights.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = load_file(file)
        own = {name.removeprefix("encoder."): state[name] for name in state if name.startswith("encoder.")}
        encoder = encoder_for(own)
        encoder.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in own.items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise SamError(f"{file}: expected nano's model.safetensors, got {type(error).__name__}.") from error
    return encoder.eval().requires_grad_(False).to(device), encoder_hash(state)


@torch.no_grad()
def encode(encoder: TopDown, pixels: Tensor, device: str) -> Batch:
    """Features as an embedding holds them, float16."""
    with autocast(uses_bf16("auto", device), device):
        return tuple(feature.half() for feature in encoder(pixels.to(device)))


class Memory:
    """The last encoded scenes; a batch is the new ones and some of the older."""

    def __init__(self, size: int, seed: int) -> None:
        self.size = size
        self.rows: list[Batch] = []
        self.next = 0
        self.random = np.random.default_rng(seed)

    def batch(self, fresh: Batch, count: int) -> Batch:
        """Keep the new scenes; `count` scenes with all new ones among them. Scenes of another size are forgotten."""
        new = list(zip(*fresh))
        if self.rows and self.rows[0][0].shape != new[0][0].shape:
            self.rows.clear()
        old = min(len(self.rows), max(0, count - len(new)))
        chosen = [self.rows[i] for i in self.random.choice(len(self.rows), old, replace=False)] if old else []
        for row in new:
            if len(self.rows) < self.size:
                self.rows.append(row)
            else:
                self.rows[self.next % self.size] = row
                self.next += 1
        return tuple(torch.stack(parts) for parts in zip(*new, *chosen))


def train_head(recipe: Recipe, nano: Path, run: Path, minutes: float, settings: Settings) -> int:
    """Train, or go on training, until `minutes` have been spent in all.

    Args:
        recipe: the head, and what it learns from.
        nano: nano's model.safetensors.
        run: folder for last.pt and log.jsonl.
        minutes: of training, earlier runs in the same folder counted in.
        settings: how.

    Returns:
        Steps taken in all.

    Raises:
        SamError: not nano's weights, those of another head, or a run that was begun on another encoder.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    encoder, hashed = load_encoder(nano, device)
    state = HeadRun(recipe, run / LAST, hashed, nano, settings, device)
    first = settings.seed + state.count
    now = multiprocessing.Array("i", [settings.stages[0].size, settings.stages[0].fresh])
    loader = load_in_workers(Scenes(recipe.draw, first, now), settings.workers)
    memory = Memory(recipe.memory, first)
    history = History(run / LOG)
    started = saved = time.monotonic()
    before = state.spent
    for pixels, *rest in loader:
        state.spent = before + time.monotonic() - started
        if state.spent >= minutes * 60:
            break
        progress = state.spent / (minutes * 60)
        stage = next(s for s in settings.stages if progress < s.until)
        now[0], now[1] = stage.size, stage.fresh
        state.head.train()
        set_rate(state.optimiser, settings.rate * warm_cosine(state.count, progress, WARM_UP))
        features = encode(encoder, pixels, device)[: recipe.features]
        fresh = (*features, *(part.to(device) for part in rest))
        figures = recipe.learn(state.head, state.optimiser, memory.batch(fresh, stage.batch), device)
        state.average.update(state.head)
        state.count += 1
        history.add(figures, step=state.count, minutes=round(state.spent / 60, 2), size=stage.size)
        if time.monotonic() - saved > SAVE_SECONDS:
            saved = time.monotonic()
            state.save()
    state.save()
    return state.count


class HeadRun:
    """A head in training, as its checkpoint holds it.

    Attributes:
        head, optimiser, average: what learns.
        count: steps taken.
        spent: seconds.
    """

    def __init__(
        self, recipe: Recipe, checkpoint: Path, encoder: str, nano: Path, settings: Settings, device: str
    ) -> None:
        self.checkpoint, self.encoder = checkpoint, encoder
        self.head = recipe.head().to(device)
        state: dict[str, Any] = {}
        if checkpoint.exists():
            state = load(checkpoint, device)
            if state.get("encoder") != encoder:
                raise SamError(
                    f"{checkpoint} was trained on another encoder than {nano}. Use a new --run folder, this file as "
                    "--from."
                )
            put_weights(self.head, state["model"], checkpoint, recipe.called)
        elif settings.start:
            put_weights(self.head, start_weights(settings.start), settings.start, recipe.called)
        self.optimiser = optimiser_for(self.head, settings.rate)
        self.average = Average(self.head)
        self.spent, self.count = 0.0, 0
        if state:
            self.optimiser.load_state_dict(state["optimiser"])
            self.average.state, self.average.steps = state["average"], state["step"]
            self.spent, self.count = state["spent"], state["step"]

    def save(self) -> None:
        """Write the checkpoint."""
        save(
            self.checkpoint,
            model=self.head.state_dict(),
            optimiser=self.optimiser.state_dict(),
            average=self.average.state,
            step=self.count,
            spent=self.spent,
            encoder=self.encoder,
        )


def run_command(
    prog: str, description: str, train: Callable[[Path, Path, Path, float, Settings], int], stages: Sequence[Stage]
) -> None:
    """The command line of a head's training."""
    parser = argparse.ArgumentParser(prog=prog, description=description)
    parser.add_argument("--data", type=Path, required=True, help="folder of COCO folders")
    parser.add_argument("--nano", type=Path, required=True, help="nano's model.safetensors")
    parser.add_argument("--run", type=Path, required=True, help="folder for checkpoints and the log")
    parser.add_argument("--minutes", type=float, default=30, help="training time in all, earlier runs counted in")
    parser.add_argument("--from", type=Path, dest="start", help="last.pt of another run to start from")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    train(a.data, a.nano, a.run, a.minutes, Settings(stages, a.rate, a.workers, a.seed, a.start))
