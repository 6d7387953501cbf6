"""COCO-format folders: `images/`, `annotations.json` with RLE or polygon masks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SamError


@dataclass(frozen=True)
class Photo:
    """One image of a folder and its annotations, masks still encoded.

    Attributes:
        folder: name of the data set.
        path: the image file.
        size_hw: (height, width) in pixels.
        annotations: COCO annotation dictionaries, crowds left out.
        licence: of the photo, as the file names it; "" where it does not.
    """

    folder: str
    path: Path
    size_hw: tuple[int, int]
    annotations: tuple[dict[str, Any], ...]
    licence: str = ""


def coco_folders(root: Path) -> list[Path]:
    """`root` itself where it is a COCO folder, else the folders in it.

    Raises:
        SamError: `root` is no folder, or holds none.
    """
    if (root / "annotations.json").exists():
        return [root]
    found = sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
    if not found:
        raise SamError(f"{root}: expected a folder with images/ and annotations.json, or a folder of such folders.")
    return found


def read_folder(folder: Path) -> list[Photo]:
    """The photos of one COCO folder in the file's order; a folder of bare images has photos with no annotation.

    Raises:
        SamError: no images, or an annotation file that is not COCO's.
    """
    images = folder / "images" if (folder / "images").is_dir() else folder
    file = folder / "annotations.json"
    if not file.exists():
        paths = sorted(path for path in images.iterdir() if path.suffix.lower() in {".webp", ".jpg", ".jpeg", ".png"})
        if not paths:
            raise SamError(f"{folder}: expected images/ and annotations.json, found neither.")
        return [Photo(folder.name, path, (0, 0), ()) for path in paths]
    try:
        data = json.loads(file.read_text())
        by_image: dict[int, list[dict[str, Any]]] = {}
        licences = {one["id"]: f"{one.get('name', '')} {one.get('url', '')}" for one in data.get("licenses") or ()}
        for annotation in data["annotations"]:
            if not annotation.get("iscrowd"):
                by_image.setdefault(annotation["image_id"], []).append(annotation)
        return [
            Photo(
                folder.name,
                images / image["file_name"],
                (int(image["height"]), int(image["width"])),
                tuple(by_image.get(image["id"], ())),
                licences.get(image.get("license"), ""),
            )
            for image in data["images"]
        ]
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise SamError(f"{file}: expected COCO's images, annotations and segmentation, got {error!r}.") from error


def decode_mask(annotation: dict[str, Any], size_hw: tuple[int, int]) -> NDArray[np.uint8]:
    """(H, W) uint8, 0 or 1, from compressed RLE, uncompressed RLE or polygons."""
    from pycocotools import mask as coco

    segmentation = annotation["segmentation"]
    if isinstance(segmentation, list):
        segmentation = coco.merge(coco.frPyObjects(segmentation, *size_hw))
    elif isinstance(segmentation["counts"], list):
        segmentation = coco.frPyObjects(segmentation, *size_hw)
    return coco.decode(segmentation)
