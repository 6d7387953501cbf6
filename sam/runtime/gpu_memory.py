"""Models that share one GPU: what is used goes there, what was not used for longest makes room and waits on the CPU."""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from ..errors import ModelUnavailable
from .device import on_zero_gpu

VARIABLE = "SAM_STUDIO_GPU_MEMORY"
"""Gigabytes of GPU memory that models may fill."""
_SHARE = 0.7
"""Of the GPU's memory, unless the variable says otherwise: the rest is for what they compute."""


class GpuMemory:
    """Which modules are on the GPU. Safe to use from several threads; what is in use stays.

    Args:
        limit: bytes; the one in use stays even when it alone is larger.
        move: brings a module to a device, "cpu" or another.
    """

    def __init__(self, limit: int, move: Callable[[Any, Any], Any] | None = None) -> None:
        self.limit = limit
        self._move = move or (lambda module, device: module.to(device))
        # Weakly: who drops a model drops its weights.
        self._there: OrderedDict[int, tuple[weakref.ref[Any], int]] = OrderedDict()
        self._users: dict[int, int] = {}
        self._free = threading.Condition()

    @contextmanager
    def using(self, module: Any, device: Any) -> Iterator[None]:
        """While inside, the module is on the device. Waits where what others use leaves no room.

        Args:
            module: of torch.
            device: on the GPU.
        """
        key = id(module)
        with self._free:
            self._users[key] = self._users.get(key, 0) + 1
            try:
                if key not in self._there:
                    size = bytes_of(module)
                    self._make_room(key, size)
                    self._move(module, device)
                    self._there[key] = (weakref.ref(module, lambda _: self._forget(key)), size)
                self._there.move_to_end(key)
            except BaseException:
                self._leave(key)
                raise
        try:
            yield
        finally:
            with self._free:
                self._leave(key)

    def _forget(self, key: int) -> None:
        with self._free:
            self._there.pop(key, None)
            self._free.notify_all()

    @property
    def nbytes(self) -> int:
        """Bytes of all that is there."""
        with self._free:
            return self._total()

    def __contains__(self, module: Any) -> bool:
        with self._free:
            return id(module) in self._there

    def _make_room(self, key: int, size: int) -> None:
        while self._total() + size > self.limit:
            idle = next((one for one in self._there if not self._users.get(one)), None)
            if idle is not None:
                weak, _ = self._there.pop(idle)
                if (module := weak()) is not None:
                    self._move(module, "cpu")
            elif self._there:
                self._free.wait()
            else:
                return

    def _leave(self, key: int) -> None:
        self._users[key] -= 1
        if not self._users[key]:
            del self._users[key]
        self._free.notify_all()

    def _total(self) -> int:
        return sum(size for _, size in self._there.values())


@cache
def _memory_of(index: int) -> GpuMemory:
    import torch

    return GpuMemory(memory_limit(torch.cuda.mem_get_info(index)[1]))


@contextmanager
def on_gpu(module: Any, device: Any) -> Iterator[None]:
    """While inside, the module is on its device: on a GPU it takes its place among those that share it.

    Args:
        module, device: of torch.
    """
    if device.type != "cuda":
        yield
        return
    with _memory_of(device.index or 0).using(module, device):
        yield


def settle(module: Any, device: Any) -> Any:
    """The module on a device for the first time, others making room. Returns it."""
    if device.type == "cuda" and not on_zero_gpu():
        with on_gpu(module, device):
            return module
    return module.to(device)


def bytes_of(module: Any) -> int:
    """Memory of a module's weights and tables."""
    return sum(one.nbytes for part in (module.parameters(), module.buffers()) for one in part)


def memory_limit(total: int) -> int:
    """Bytes that models may fill of a GPU with `total` bytes.

    Raises:
        ModelUnavailable: the variable is no number of gigabytes.
    """
    said = os.environ.get(VARIABLE, "").strip()
    if not said:
        return int(total * _SHARE)
    try:
        gigabytes = float(said)
    except ValueError:
        gigabytes = 0.0
    if not 0 < gigabytes < float("inf"):
        raise ModelUnavailable(f"{VARIABLE}: expected gigabytes, such as 16, got {said!r}.")
    return int(gigabytes * 1e9)
