"""Encode times of models on this machine: measured, and remembered between starts."""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from ..io.serialization import replace_json
from ..runtime.device import DEVICE_VARIABLE
from ..segmenter import Segmenter
from .spec import ModelSpec, local_files

FILE = "speeds.json"
SIZE_HW = (1080, 1920)
_KEPT = 5
"""Encodes that are remembered of a model: their median forgets a busy moment, and follows a machine that changed."""
_MOST = 200
"""Models that are remembered."""


_TIMES_NANO = {"mobile-sam": 23.0, "sam2.1-tiny": 25.0}
"""CPU seconds of an encode in nano's: its encoder of full size (bfloat16, random weights) beside nano's, one core."""


class Speeds:
    """Seconds an encode, by model. Safe to use from several threads; a file that cannot be used is done without.

    Args:
        path: default: a file in the user's cache folder.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or _cache_file()
        self._lock = threading.Lock()

    def of(self, spec: ModelSpec) -> float | None:
        """Seconds that an encode takes here, or None where it was never measured."""
        kept = self._read().get(_key(spec))
        return statistics.median(kept) if kept else None

    def expected(self, spec: ModelSpec) -> float | None:
        """Seconds that an encode takes here, or will about take: on CPUs told from what nano took; None: unknown."""
        measured = self.of(spec)
        if measured is not None or spec.name not in _TIMES_NANO or _has_gpu():
            return measured
        nano = next((seconds for key, seconds in self._medians() if key.startswith("nano ")), None)
        return None if nano is None else nano * _TIMES_NANO[spec.name]

    def _medians(self) -> list[tuple[str, float]]:
        return [(key, statistics.median(kept)) for key, kept in self._read().items() if kept]

    def note(self, spec: ModelSpec, *seconds: float) -> None:
        """Remember what encodes took."""
        with self._lock:
            entries = self._read()
            key = _key(spec)
            entries[key] = [*entries.pop(key, []), *(round(one, 4) for one in seconds)][-_KEPT:]
            self._write(dict(list(entries.items())[-_MOST:]))

    def _read(self) -> dict[str, list[float]]:
        try:
            found = json.loads(self.path.read_text("utf-8"))
            return {str(key): [float(one) for one in values if one > 0] for key, values in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _write(self, entries: dict[str, list[float]]) -> None:
        try:
            replace_json(self.path, entries)
        except OSError:
            return


def measure(model: Segmenter, times: int = 2) -> list[float]:
    """Seconds of each of `times` encodes of a drawn photo of 1920 x 1080 pixels, after one that does not count.

    Raises:
        SamError: what the model raises.
    """
    y, x = np.mgrid[: SIZE_HW[0], : SIZE_HW[1]]
    image = np.stack([x % 256, y % 256, (x * y) % 256], -1).astype(np.uint8)
    taken = []
    for _ in range(1 + times):
        start = time.perf_counter()
        model.embed(image)
        taken.append(time.perf_counter() - start)
    return taken[1:]


def _has_gpu() -> bool:
    """Whether models may run on something faster than the CPU; asks no library, which takes seconds to load."""
    if os.environ.get(DEVICE_VARIABLE, "").startswith("cpu"):
        return False
    apple = sys.platform == "darwin" and platform.machine() == "arm64"
    return apple or shutil.which("nvidia-smi") is not None


def _key(spec: ModelSpec) -> str:
    """Other weights under the same name, and another device, have another speed."""
    where: Any = local_files(spec) or spec.source
    return f"{spec.name} {where} {os.environ.get(DEVICE_VARIABLE, '')}".strip()


def _cache_file() -> Path:
    import platformdirs

    return platformdirs.user_cache_path("sam-studio") / FILE
