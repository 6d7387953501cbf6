"""Train nano, from scratch or from weights that are there: `python -m sam train --data FOLDER --run FOLDER`.

With a time instead of a number of steps the schedule runs on the clock: the same command does what it can in the time
it is given, on a busy laptop or on a GPU. A run continues from its last checkpoint, so a stopped machine loses minutes
only; with a number of steps it ends as if it had never stopped.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import SamError
from ..nano.network import INPUT_SIZE, Nano, PlainEncoder, network_for
from .checkpoint import LAST, load, put_weights, save, start_weights
from .correction_clicks import next_round
from .distributed import Together
from .ema import Average
from .history import LOG, History
from .image_store import Pack
from .licences import Mix
from .losses import total_loss
from .precision import Precision, autocast, uses_bf16
from .samples import Sampler
from .schedule import FINE_TUNING, FROM_SCRATCH, ClockStage, Stage, StepStage, stage_at, warm_cosine
from .stream import Stream, collate, load_in_workers

NETWORK = "the weights of nano's network (start from nano)"
SAVE_SECONDS = 180
ROUND_SHARES = (0.45, 0.2, 0.15, 0.1, 0.1)
"""How often a batch has no, one, ... or four rounds of corrections."""
CORRECTED = 3
"""Prompts of each image that are corrected; all of them would cost more than the images do."""
ROUND_WEIGHT = 0.6
"""What a round of corrections counts beside the first answer."""
BACKBONE, BACKBONE_SHARE = "backbone.", 0.25
"""What is pretrained, by the names of its weights, and its share of the learning rate."""
RATE, FINE_RATE = 1e-3, 2e-4
"""Highest learning rates, from scratch and from weights that are there."""


@dataclass(frozen=True)
class Settings:
    """How to train.

    Attributes:
        minutes: of training, earlier runs in the same folder counted in; exactly one of `minutes` and `steps` is given.
        steps: of the optimiser.
        start: see `start_weights`; None for random weights.
        stages: sizes of the crops over the time; None for those that fit `start`.
        rate: highest learning rate; None for the one that fits `start`.
        prompts: per image.
        workers: processes that prepare batches; 0 prepares them in this one.
        seed: of weights, samples and choices.
        precision: see `uses_bf16`.
        mix: which photos, by their licences; see `sam.training.licences`.

    Raises:
        SamError: both or none of minutes and steps, or one that is not positive.
    """

    minutes: float | None = None
    steps: int | None = None
    start: str | Path | None = None
    stages: Sequence[Stage] | None = None
    rate: float | None = None
    prompts: int = 5
    workers: int = 2
    seed: int = 1
    precision: Precision = "auto"
    mix: Mix = "all"

    def __post_init__(self) -> None:
        limits = [limit for limit in (self.minutes, self.steps) if limit is not None]
        if len(limits) != 1 or limits[0] <= 0:
            raise SamError(
                f"How long to train: expected either minutes or steps, more than 0, got minutes {self.minutes} and "
                f"steps {self.steps}."
            )

    @property
    def begins(self) -> bool:
        """Whether all or most of the network is untrained: no start, or one for the backbone alone."""
        return self.start is None or str(self.start).endswith(".pth")

    @property
    def plan(self) -> Sequence[Stage]:
        """The stages."""
        return self.stages or (FROM_SCRATCH if self.begins else FINE_TUNING)

    @property
    def highest_rate(self) -> float:
        """The learning rate at its highest."""
        return self.rate or (RATE if self.begins else FINE_RATE)


def freeze_norms(model: nn.Module) -> None:
    """Batch norm keeps its statistics: batches of large crops, and small data sets, are too small for new ones."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


def optimiser_for(model: nn.Module, rate: float) -> torch.optim.Optimizer:
    """AdamW; no decay on norms, biases, tokens and priors; the pretrained backbone at a share of the rate."""
    learning = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    groups = []
    for share in (1.0, BACKBONE_SHARE):
        same = [p for name, p in learning if (BACKBONE in name) == (share < 1)]
        for decay in (0.05, 0.0):
            chosen = [p for p in same if (p.ndim >= 2) == (decay > 0)]
            if chosen:
                groups.append({"params": chosen, "weight_decay": decay, "share": share, "lr": rate * share})
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.99))


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """The learning rate of all that learns at the full one; each group gets its share of it."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group.get("share", 1.0)  # older checkpoints have no shares


def losses_of(
    model: Nano, batch: tuple[Tensor, ...], device: str, bf16: bool = False
) -> tuple[Tensor, dict[str, float]]:
    """Forward passes and loss of one batch: a first answer and, in half of the steps, corrections of some of it."""
    images, targets, *prompts = (part.to(device, non_blocking=True) for part in batch)
    room = INPUT_SIZE - images.shape[-1]
    origin = torch.randint(0, room + 1, (2,)).float().to(device)
    rounds = int(torch.multinomial(torch.tensor(ROUND_SHARES), 1))
    with autocast(bf16, device):
        features = model.encoder(images)
        logits, scores = model.decoder(*features, *prompts, origin)
    loss, figures = total_loss(logits, scores, targets)
    if rounds:
        some = _some_prompts(len(targets) // len(images), len(images)).to(device)
        *prompts, logits, targets = (part.index_select(0, some) for part in (*prompts, logits, targets))
    for _ in range(rounds):
        prompts = list(next_round(prompts[0], prompts[1], logits.detach(), targets))
        with autocast(bf16, device):
            logits, scores = model.decoder(*features, *prompts, origin)
        more, _ = total_loss(logits, scores, targets)
        loss = loss + ROUND_WEIGHT * more
    return loss / (1 + ROUND_WEIGHT * rounds), figures


def _some_prompts(each: int, images: int) -> Tensor:
    """Rows of `CORRECTED` of the `each` prompts of every image; as many of every image, as the decoder takes them."""
    chosen = [torch.randperm(each)[:CORRECTED].sort().values + each * image for image in range(images)]
    return torch.cat(chosen)


def learn(
    model: Nano, optimiser: torch.optim.Optimizer, batch: tuple[Tensor, ...], device: str, bf16: bool = False
) -> dict[str, float]:
    """One step of the optimiser."""
    loss, figures = losses_of(model, batch, device, bf16)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    return figures


class Run:
    """A model in training with all that must be kept between two sittings.

    Attributes:
        spent: seconds of training in all sittings before this one.
        count: steps taken.
    """

    def __init__(self, folder: Path, settings: Settings, device: str) -> None:
        self.path = folder / LAST
        torch.manual_seed(settings.seed)
        self.model = Nano(PlainEncoder())
        self.spent, self.count = 0.0, 0
        if settings.start is not None and not self.path.exists():
            start = start_weights(settings.start)
            self.model = network_for(start)
            put_weights(self.model, start, settings.start, NETWORK)
        state = load(self.path, device) if self.path.exists() else {}
        if state:
            self.model = network_for(state["model"])
        self.model.to(device)
        self.optimiser = optimiser_for(self.model, settings.highest_rate)
        self.average = Average(self.model)
        if state:
            put_weights(self.model, state["model"], self.path, NETWORK)
            self.optimiser.load_state_dict(state["optimiser"])
            self.average.state, self.average.steps = state["average"], state["step"]
            self.spent, self.count = state["spent"], state["step"]

    def save(self, spent: float) -> None:
        """Write the checkpoint."""
        save(
            self.path,
            model=self.model.state_dict(),
            optimiser=self.optimiser.state_dict(),
            average=self.average.state,
            step=self.count,
            spent=spent,
        )


def train(data: Path, run: Path, settings: Settings) -> int:
    """Train, or go on training, until the settings' time or steps have been spent in all.

    Args:
        data: a COCO folder, or a folder of them.
        run: folder for last.pt, log.jsonl and the decoded photos.
        settings: how, and how long.

    Returns:
        Steps taken in all.

    Raises:
        SamError: no usable data in `data`, or nothing usable to start from.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    bf16 = uses_bf16(settings.precision, device)
    run.mkdir(parents=True, exist_ok=True)
    pack = Pack(data, run / "pack", settings.mix)
    together = Together()
    state = Run(run, settings, device)
    history = History(run / LOG)
    clock = multiprocessing.Array("i", [settings.plan[0].size, settings.plan[0].batch])
    stage_of = StepStage(settings.plan, settings.steps) if settings.steps else ClockStage(clock)
    # By the clock nothing is repeatable anyway, and a batch number that two sittings share would repeat its batches.
    seed = (settings.seed, together.rank, 0 if settings.steps else state.count)
    stream = Stream(pack, seed, settings.prompts, stage_of, state.count)
    loader = load_in_workers(stream, settings.workers)
    started = saved = time.monotonic()
    spent = state.spent
    try:
        for batch in loader:
            spent = state.spent + time.monotonic() - started
            progress = state.count / settings.steps if settings.steps else spent / (60 * (settings.minutes or 0))
            if progress >= 1:
                break
            stage = stage_at(settings.plan, progress)
            clock[0], clock[1] = stage.size, stage.batch
            size = batch[0].shape[-1]
            state.model.train()
            if size > settings.plan[0].size or settings.start is not None:
                freeze_norms(state.model)
            set_rate(state.optimiser, settings.highest_rate * warm_cosine(state.count, progress))
            torch.manual_seed(settings.seed * 1_000_003 + state.count)
            figures = learn(state.model, state.optimiser, batch, device, bf16)
            together.after_step(state.model)
            state.average.update(state.model)
            state.count += 1
            if together.rank == 0:
                history.add(figures, step=state.count, minutes=round(spent / 60, 2), size=size)
                if time.monotonic() - saved > SAVE_SECONDS:
                    saved = time.monotonic()
                    state.save(spent)
    except KeyboardInterrupt:
        state.save(spent)
        raise
    together.average(state.model)
    if together.rank == 0:
        state.save(spent)
    return state.count


def overfit(data: Path, run: Path, steps: int, *, prompts: int = 5, size: int = 256, show: Any = None) -> float:
    """Learn four crops by heart; the mean soft IoU of the single masks must near 1, or the code or the data is wrong.

    Soft IoU, sum of minima over sum of maxima, because the targets are shares of cells, not yes or no.

    Args:
        show: called with (step, figures) every 20 steps.
    """
    torch.manual_seed(0)
    sampler = Sampler(Pack(data, run / "pack"), 0, prompts)
    batch = collate([sampler.draw(size) for _ in range(4)])
    model = Nano(PlainEncoder()).train()
    optimiser = optimiser_for(model, RATE)
    bf16 = uses_bf16("auto", "cpu")
    for count in range(steps):
        figures = learn(model, optimiser, batch, "cpu", bf16)
        if show and count % 20 == 0:
            show(count, figures)
    images, targets, *inputs = batch
    with torch.no_grad():
        found = model(images, *inputs)[0][:, 0].sigmoid()
    return float((torch.minimum(found, targets).sum((1, 2)) / torch.maximum(found, targets).sum((1, 2))).mean())
