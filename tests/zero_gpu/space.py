"""What the scenarios of the app share: the running app, the API behind it, and a log of what each action was."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pil

from .device_api import DeviceApi
from .fake_cuda import Traffic

SIZE = (1600, 1200)
MODEL = "model"
"""What visitors know the promptable model by, which is given by its path."""


@dataclass
class Space:
    """The app on ZeroGPU.

    Attributes:
        api, traffic: as `fake_cuda.start` returns them.
        demo: the app, launched.
        folder: for files.
        rows: of the table: {"door", "name", "leases", "tokens", "seconds", "sent", "got", ...} of each action.
        seen: all else.
    """

    api: DeviceApi
    traffic: Traffic
    demo: Any
    folder: Path
    rows: list[dict[str, Any]] = field(default_factory=list)
    seen: dict[str, Any] = field(default_factory=dict)

    def note(self, door: str, name: str, work: Callable[[], Any]) -> Any:
        """Do something, and keep what it was in leases and bytes."""
        self.api.clear()
        self.traffic.clear()
        try:
            answer = work()
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        self.settle()
        kept = {key: answer[key] for key in ("status", "error", "gpu", "told") if key in answer}
        self.rows.append(
            {
                "door": door,
                "name": name,
                **kept,
                "leases": len(self.api.leases),
                "releases": len(self.api.releases),
                "tokens": sorted({str(lease.token) for lease in self.api.leases}),
                "seconds": [lease.seconds for lease in self.api.leases],
                "sent": sum(self.traffic.sent),
                "got": sum(self.traffic.got),
            }
        )
        return answer

    def settle(self) -> None:
        """A lease is given back after the answer; one that never is shows in the count of releases."""
        for _ in range(30_000):
            if self.api.live <= 0:
                return
            time.sleep(0.01)

    def file(self, number: int, size: tuple[int, int] = SIZE) -> str:
        """A photo on the disk."""
        path = self.folder / f"photo {number} {size[0]}.jpg"
        if not path.is_file():
            path.write_bytes(photo(number, size))
        return str(path)


def photo(number: int, size: tuple[int, int] = SIZE) -> bytes:
    """A JPEG of its own."""
    width, height = size
    tiles = np.random.default_rng(number).integers(0, 256, (height // 40, width // 40, 3), np.uint8)
    buffer = io.BytesIO()
    Pil.fromarray(np.kron(tiles, np.ones((40, 40, 1), np.uint8))).save(buffer, "JPEG")
    return buffer.getvalue()


def small_masks(size: tuple[int, int] = SIZE) -> list[dict[str, Any]]:
    """Two, far from each other, as endpoints take them."""
    import sam

    masks = []
    for left, top in ((0.2, 0.25), (0.8, 0.75)):
        mask = np.zeros(size[::-1], bool)
        x, y = int(left * size[0]), int(top * size[1])
        mask[y : y + 100, x : x + 120] = True
        masks.append({"rle": sam.rle.encode(mask), "score": 1.0})
    return masks
