"""Photos decoded once into one flat file, so that training never waits for a codec."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SamError
from .coco import Photo, coco_folders, read_folder
from .licences import Mix, in_mix
from .split import is_validation

LONGEST = 512
"""Longest side that a packed photo keeps, in pixels."""


class Pack:
    """Training photos of several folders and a bank of RGBA objects to paste.

    Attributes:
        photos: by folder name, for training only; validation photos are not in here.
        bank: indices of RGBA pictures (emoji).
    """

    def __init__(self, root: Path, cache: Path, mix: Mix = "all") -> None:
        """Read `root`, a COCO folder or a folder of them; decode into `cache` unless that was done before.

        Args:
            root: the folder.
            cache: where the decoded photos are kept.
            mix: "open" leaves out each photo whose licence is not open, or not stated.

        Raises:
            SamError: `root` or a folder in it is not what `read_folder` expects, or nothing in it can be trained on.
        """
        self.photos: dict[str, list[tuple[Photo, int]]] = {}
        self.bank: list[int] = []
        entries: list[tuple[Path, int]] = []
        for folder in coco_folders(root):
            art = folder.name == "fluent_emoji"
            for photo in read_folder(folder):
                if art:
                    self.bank.append(len(entries))
                    entries.append((photo.path, 4))
                elif in_mix(photo.licence, mix) and not is_validation(photo.path.name):
                    self.photos.setdefault(folder.name, []).append((photo, len(entries)))
                    entries.append((photo.path, 3))
        if not any(photo.annotations for photos in self.photos.values() for photo, _ in photos):
            if mix == "open":
                raise SamError(
                    f"{root}: no photo with masks is under an open licence that annotations.json states (licenses, and "
                    "license of each image). Take --mix all, or `sam prepare` a set with such photos."
                )
            raise SamError(
                f"{root}: expected photos with masks to train on, found none. One photo in eight is held out for "
                "validation; a folder needs at least a handful, and polygons or RLE in annotations.json."
            )
        key = hashlib.sha256("\n".join(str(path) for path, _ in entries).encode()).hexdigest()[:12]
        cache.mkdir(parents=True, exist_ok=True)
        data, index = cache / f"{key}.bin", cache / f"{key}.json"
        if not index.exists():
            write(entries, data, index)
        self.index: list[list[int]] = json.loads(index.read_text())
        self.data = np.memmap(data, np.uint8, "r")

    def picture(self, number: int) -> NDArray[np.uint8]:
        """(H, W, 3 or 4) uint8."""
        offset, height, width, channels = self.index[number]
        return self.data[offset : offset + height * width * channels].reshape(height, width, channels)


def write(entries: list[tuple[Path, int]], data: Path, index: Path) -> None:
    """Decode every picture into `data`; `index` is written last, so a broken run starts over."""
    from PIL import Image as PillowImage

    # Some formats' readers are registered only when all of them are.
    PillowImage.init()
    rows: list[Any] = []
    offset = 0
    with data.open("wb") as file:
        for path, channels in entries:
            try:
                with PillowImage.open(path) as picture:
                    picture.thumbnail((LONGEST, LONGEST))
                    array = np.asarray(picture.convert("RGB" if channels == 3 else "RGBA"))
            except OSError as error:
                raise SamError(f"{path}: expected a picture, got a file that cannot be read ({error}).") from error
            file.write(array.tobytes())
            rows.append([offset, *array.shape])
            offset += array.size
    index.write_text(json.dumps(rows))
