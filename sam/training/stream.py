"""Endless batches, prepared by worker processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .image_store import Pack
from .samples import Sample, Sampler
from .schedule import StageOf


class Stream(torch.utils.data.IterableDataset[tuple[Tensor, ...]]):
    """Batches from number `first` on. Each is drawn from its own number, so that a run that stopped goes on with what
    would have come, and the count of workers changes nothing.
    """

    def __init__(self, pack: Pack, seed: tuple[int, ...], prompts: int, stage_of: StageOf, first: int = 0) -> None:
        self.pack, self.seed, self.prompts, self.stage_of, self.first = pack, seed, prompts, stage_of, first
        stop_cv2_threads()

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        worker = torch.utils.data.get_worker_info()
        number, count = (worker.id, worker.num_workers) if worker else (0, 1)
        sampler = Sampler(self.pack, 0, self.prompts)
        index = self.first + number
        while True:
            stage = self.stage_of(index)
            sampler.random = np.random.default_rng((*self.seed, index))
            yield collate([sampler.draw(stage.size) for _ in range(stage.batch)])
            index += count


def load_in_workers(stream: Any, workers: int) -> Iterable[Any]:
    """What a stream of finished batches yields, made in processes of its own; 0: in this one."""
    return torch.utils.data.DataLoader(
        stream, batch_size=None, num_workers=workers, prefetch_factor=3 if workers else None
    )


def stop_cv2_threads() -> None:
    """Before workers are forked: a fork has none of OpenCV's threads, and would wait for them for ever."""
    import cv2

    cv2.setNumThreads(1)


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
