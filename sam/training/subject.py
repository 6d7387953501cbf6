"""Train the subject head: `python -m sam.training.subject --data FOLDER --nano model.safetensors --run FOLDER`.

nano's encoder is frozen, so a scene is encoded once and learnt from several times: a memory of encoded scenes costs
less than encoding, and each batch mixes new scenes with remembered ones. The schedule runs on the clock.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import SamError
from ..nano.network import Encoder
from ..nano.subject import SubjectHead, encoder_hash
from .average import Average
from .checkpoint import LAST, load, put_weights, save, start_weights
from .history import LOG, History
from .pack import Pack
from .precision import autocast, uses_bf16
from .schedule import warm_cosine
from .stream import stop_cv2_threads
from .subject_samples import Scene, SubjectPhotos, SubjectSampler
from .train import SAVE_SECONDS, optimiser_for

MEMORY = 400
"""Encoded scenes that are kept, 1.3 MB each at 512 pixels."""
HEAD = "weights of the subject head"
WARM_UP = 80
"""Steps until the learning rate is at its highest."""


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


STAGES = (Stage(0.7, 256, 6, 18), Stage(1.0, 512, 2, 6))
"""Small scenes first, at a quarter of the cost; the size of real use at the end."""


class Scenes(torch.utils.data.IterableDataset):
    """Endless scenes, a few at a time; each worker draws its own."""

    def __init__(self, photos: SubjectPhotos, seed: int, stage: Any) -> None:
        self.photos, self.seed, self.stage = photos, seed, stage
        stop_cv2_threads()

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        worker = torch.utils.data.get_worker_info()
        sampler = SubjectSampler(self.photos, self.seed * 1000 + (worker.id if worker else 0))
        while True:
            size, count = self.stage[0], self.stage[1]
            yield collate([sampler.draw(size) for _ in range(count)])


def collate(scenes: list[Scene]) -> tuple[Tensor, ...]:
    """pixels (B, 3, S, S), input_hw (B, 2), target and known (B, S/2, S/2), all float32."""
    parts = (
        np.stack([s.pixels for s in scenes]),
        np.array([s.input_hw for s in scenes], np.float32),
        np.stack([s.target for s in scenes]),
        np.stack([s.known for s in scenes]),
    )
    return tuple(torch.from_numpy(np.ascontiguousarray(part)) for part in parts)


def load_encoder(file: Path, device: str = "cpu") -> tuple[Encoder, str]:
    """nano's encoder from model.safetensors, frozen, and the hash of its weights.

    Raises:
        SamError: no such file, or not nano's weights.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = load_file(file)
        own = {name.removeprefix("encoder."): state[name] for name in state if name.startswith("encoder.")}
        encoder = Encoder()
        encoder.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in own.items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise SamError(f"{file}: expected nano's model.safetensors, got {type(error).__name__}.") from error
    return encoder.eval().requires_grad_(False).to(device), encoder_hash(state)


@torch.no_grad()
def encode(encoder: Encoder, pixels: Tensor, device: str) -> tuple[Tensor, ...]:
    """Features as an embedding holds them, float16."""
    with autocast(uses_bf16("auto", device), device):
        return tuple(feature.half() for feature in encoder(pixels.to(device)))


class Memory:
    """The last encoded scenes; a batch is the new ones and some of the older."""

    def __init__(self, size: int, seed: int) -> None:
        self.size = size
        self.rows: list[tuple[Tensor, ...]] = []
        self.next = 0
        self.random = np.random.default_rng(seed)

    def batch(self, fresh: tuple[Tensor, ...], count: int) -> tuple[Tensor, ...]:
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


def learn(
    head: SubjectHead, optimiser: torch.optim.Optimizer, batch: tuple[Tensor, ...], device: str
) -> dict[str, float]:
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


@dataclass(frozen=True)
class Settings:
    """How to train.

    Attributes:
        rate: highest learning rate.
        workers: processes that draw scenes; 0 draws them in this one.
        seed: of weights and scenes.
        start: checkpoint of another run whose averaged weights are the first ones.
        stages: sizes and batches over the time.
    """

    rate: float = 2e-3
    workers: int = 1
    seed: int = 1
    start: Path | None = None
    stages: Sequence[Stage] = STAGES


def train(data: Path, nano: Path, run: Path, minutes: float, settings: Settings = Settings()) -> int:
    """Train, or go on training, until `minutes` have been spent in all.

    Args:
        data: folder of COCO folders.
        nano: nano's model.safetensors.
        run: folder for last.pt, log.jsonl and the decoded photos.
        minutes: of training, earlier runs in the same folder counted in.
        settings: how; see `Settings` for the defaults.

    Returns:
        Steps taken in all.

    Raises:
        SamError: nothing to learn from, not nano's weights, or a run that was begun on another encoder.
    """
    settings = settings or Settings()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    encoder, hashed = load_encoder(nano, device)
    head = SubjectHead().to(device)
    checkpoint = run / LAST
    state: dict[str, Any] = {}
    if checkpoint.exists():
        state = load(checkpoint, device)
        if state.get("encoder") != hashed:
            raise SamError(
                f"{checkpoint} was trained on another encoder than {nano}. Use a new --run folder, this file as --from."
            )
        put_weights(head, state["model"], checkpoint, HEAD)
    elif settings.start:
        put_weights(head, start_weights(settings.start), settings.start, HEAD)
    optimiser = optimiser_for(head, settings.rate)
    average = Average(head)
    spent, count = 0.0, 0
    if state:
        optimiser.load_state_dict(state["optimiser"])
        average.state, average.steps = state["average"], state["step"]
        spent, count = state["spent"], state["step"]
    photos = SubjectPhotos(Pack(data, run / "pack"), data)
    now = multiprocessing.Array("i", [settings.stages[0].size, settings.stages[0].fresh])
    loader = torch.utils.data.DataLoader(
        Scenes(photos, settings.seed + count, now),
        batch_size=None,
        num_workers=settings.workers,
        prefetch_factor=3 if settings.workers else None,
    )
    memory = Memory(MEMORY, settings.seed + count)
    history = History(run / LOG)
    started = saved = time.monotonic()
    before = spent

    def write_checkpoint() -> None:
        save(
            checkpoint,
            model=head.state_dict(),
            optimiser=optimiser.state_dict(),
            average=average.state,
            step=count,
            spent=spent,
            encoder=hashed,
        )

    for pixels, *rest in loader:
        spent = before + time.monotonic() - started
        if spent >= minutes * 60:
            break
        progress = spent / (minutes * 60)
        stage = next(s for s in settings.stages if progress < s.until)
        now[0], now[1] = stage.size, stage.fresh
        head.train()
        for group in optimiser.param_groups:
            group["lr"] = settings.rate * warm_cosine(count, progress, WARM_UP)
        fresh = (*encode(encoder, pixels, device), *(part.to(device) for part in rest))
        figures = learn(head, optimiser, memory.batch(fresh, stage.batch), device)
        average.update(head)
        count += 1
        history.add(figures, step=count, minutes=round(spent / 60, 2), size=stage.size)
        if time.monotonic() - saved > SAVE_SECONDS:
            saved = time.monotonic()
            write_checkpoint()
    write_checkpoint()
    return count


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sam.training.subject", description="Train the subject head.")
    parser.add_argument("--data", type=Path, required=True, help="folder of COCO folders")
    parser.add_argument("--nano", type=Path, required=True, help="nano's model.safetensors")
    parser.add_argument("--run", type=Path, required=True, help="folder for checkpoints and the log")
    parser.add_argument("--minutes", type=float, default=30, help="training time in all, earlier runs counted in")
    parser.add_argument("--from", type=Path, dest="start", help="last.pt of another run to start from")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    train(a.data, a.nano, a.run, a.minutes, Settings(a.rate, a.workers, a.seed, a.start))


if __name__ == "__main__":
    main()
