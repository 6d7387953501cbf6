"""COCO-format data to measure on: a folder, a folder of folders, or an annotation file and its images."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .. import rle
from ..errors import PromptError, SamError
from ..training.coco import Photo
from ..training.split import is_validation

ANNOTATIONS = "annotations.json"
Split = Literal["all", "held-out"]


@dataclass(frozen=True)
class LabelledPhoto(Photo):
    """A photo with what its data set says about it; `annotations` hold no crowds.

    Attributes:
        classes: category id -> name.
        record: the image's own entry in the annotation file.
    """

    classes: Mapping[int, str] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)

    def label(self, annotation: Mapping[str, Any]) -> str:
        """Name of the object's class; its number where the file has no name for it."""
        number = annotation.get("category_id")
        return self.classes.get(number, f"category {number}") if isinstance(number, int) else "no category"

    def value(self, annotation: Mapping[str, Any], name: str) -> str | None:
        """A field of the annotation or, if it has none of that name, of the image; None where neither has it.

        A dot leads into a nested field (`attributes.colour`, as CVAT writes it); `category` is the class's name.
        """
        if name == "category":
            return self.label(annotation)
        for source in (annotation, self.record):
            found: Any = source
            for part in name.split("."):
                found = found.get(part) if isinstance(found, Mapping) else None
            if found is not None:
                return found if isinstance(found, str) else json.dumps(found)
        return None


@dataclass(frozen=True)
class DataSet:
    """One COCO data set.

    Attributes:
        name: of its folder, or of its annotation file.
        photos: in the file's order, those without objects too.
    """

    name: str
    photos: tuple[LabelledPhoto, ...]

    def chosen(self, split: Split, limit: int) -> list[LabelledPhoto]:
        """Photos with objects, `limit` at most, chosen by a hash of their names so that each run takes the same.

        Args:
            split: "held-out" takes those that `sam.training.split` keeps out of training, one in eight.
            limit: photos.
        """
        photos = [photo for photo in self.photos if photo.annotations]
        if split == "held-out":
            photos = [photo for photo in photos if is_validation(photo.path.name)]
        return sorted(photos, key=lambda photo: zlib.crc32(photo.path.name.encode()))[:limit]


def find_sets(data: Path) -> list[DataSet]:
    """The data set in a folder, or those in its subfolders; sets without any object are left out.

    Raises:
        SamError: no such folder, no data set in it, no object in any, or a file that is not COCO's.
    """
    if not data.is_dir():
        more = " To name the file itself, use --annotations FILE --images FOLDER." if data.is_file() else ""
        raise SamError(f"{data}: expected a folder, found {'a file' if data.is_file() else 'nothing'}.{more}")
    folders = [data] if (data / ANNOTATIONS).is_file() else sorted(data.iterdir())
    folders = [folder for folder in folders if (folder / ANNOTATIONS).is_file()]
    if not folders:
        raise SamError(
            f"{data}: expected a COCO folder (images/ and {ANNOTATIONS}), or a folder of such folders; found neither."
        )
    sets = []
    for folder in folders:
        images = folder / "images"
        sets.append(read_set(folder / ANNOTATIONS, images if images.is_dir() else folder, folder.resolve().name))
    found = [data_set for data_set in sets if any(photo.annotations for photo in data_set.photos)]
    if not found:
        raise SamError(f"{data}: expected objects to find, but {ANNOTATIONS} holds no annotation (crowds left out).")
    return found


def read_set(annotations: Path, images: Path, name: str = "") -> DataSet:
    """A data set from its annotation file and the folder of its images.

    Args:
        annotations: COCO JSON: `images` with file_name, height and width; `annotations` with image_id; `categories`.
        images: what file_name starts from.
        name: default: the file's name.

    Raises:
        SamError: missing, or not COCO's.
    """
    name = name or annotations.stem
    if not annotations.is_file():
        raise SamError(f"There is no annotation file {annotations}. Check the path.")
    if not images.is_dir():
        raise SamError(f"There is no folder of images {images}. Check the path.")
    try:
        data = json.loads(annotations.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise SamError(f"{annotations}: expected COCO annotations as JSON, but it cannot be read ({error}).") from error
    if not isinstance(data, dict) or not all(isinstance(data.get(key), list) for key in ("images", "annotations")):
        kind = f"an object with {sorted(data)[:6]}" if isinstance(data, dict) else f"a {type(data).__name__}"
        raise SamError(f"{annotations}: expected COCO's lists `images` and `annotations`, got {kind}.")
    try:
        classes = {int(row["id"]): str(row["name"]) for row in data.get("categories") or []}
        by_image: dict[Any, list[dict[str, Any]]] = {}
        for annotation in data["annotations"]:
            if not annotation.get("iscrowd"):
                by_image.setdefault(annotation["image_id"], []).append(annotation)
        photos = [
            LabelledPhoto(
                name,
                images / _inside(image["file_name"]),
                (int(image["height"]), int(image["width"])),
                tuple(by_image.get(image["id"], ())),
                classes=classes,
                record=image,
            )
            for image in data["images"]
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SamError(
            f"{annotations}: expected COCO's fields (image: id, file_name, height, width; annotation: image_id; "
            f"category: id, name), got {type(error).__name__}: {error}."
        ) from error
    return DataSet(name, tuple(photos))


def object_area(annotation: Mapping[str, Any], size_hw: tuple[int, int]) -> float:
    """Pixels of an object: COCO's `area`, or counted where the file leaves it out.

    Raises:
        PromptError: no area and no readable mask.
    """
    area = annotation.get("area")
    if isinstance(area, (int, float)):
        return float(area)
    return float(np.count_nonzero(object_mask(annotation, size_hw)))


def object_mask(annotation: Mapping[str, Any], size_hw: tuple[int, int]) -> NDArray[np.bool_]:
    """(H, W) bool, from RLE (which knows its own size) or from polygons.

    Raises:
        PromptError: no mask, or a damaged one.
    """
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, Mapping):
        return rle.decode(segmentation)
    if not isinstance(segmentation, list):
        raise PromptError("it has no mask")
    from pycocotools import mask as coco

    try:
        polygons = [np.asarray(ring, float) for ring in segmentation]
    except (TypeError, ValueError) as error:
        raise PromptError("its polygons are not lists of numbers") from error
    # pycocotools would take four numbers for a box.
    polygons = [ring for ring in polygons if ring.ndim == 1 and len(ring) >= 6 and not len(ring) % 2]
    if not polygons or not all(np.isfinite(ring).all() for ring in polygons):
        raise PromptError("it has no polygon with three corners")
    encoded = coco.frPyObjects([ring.tolist() for ring in polygons], *size_hw)
    return np.ascontiguousarray(coco.decode(coco.merge(encoded))).view(bool)


def _inside(name: str) -> Path:
    """A relative path that stays in its folder: an annotation file may come from anyone."""
    path = Path(name)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"file_name {name!r} leads out of the folder of images")
    return path
