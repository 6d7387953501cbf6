"""Small data sets in the form in which their makers give them out."""

from __future__ import annotations

import csv
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image as PillowImage

from sam import rle
from sam.training.prepare.recipe import Recipe

SIZE = (60, 80)
SQUARE = (slice(10, 40), slice(20, 60))
"""Where the object of each photo is."""
BY, BY_NC = "http://creativecommons.org/licenses/by/2.0/", "http://creativecommons.org/licenses/by-nc/2.0/"


def square(size: tuple[int, int] = SIZE) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """The object's mask."""
    mask = np.zeros(size, bool)
    mask[SQUARE] = True
    return mask


def save_photo(path: Path) -> None:
    """Bright where the object is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((*SIZE, 3), 40, np.uint8)
    pixels[SQUARE] = 220
    PillowImage.fromarray(pixels).save(path)


def coco_like(folder: Path, file: str, photos: list[dict[str, Any]]) -> None:
    """An annotation file with a polygon, a compressed mask and a crowd on each photo."""
    annotations: list[dict[str, Any]] = []
    for photo in photos:
        corner = [20.0, 10.0, 60.0, 10.0, 60.0, 40.0, 20.0, 40.0]
        for segmentation, crowd in (([corner], 0), (dict(rle.encode(square())), 0), (dict(rle.encode(square())), 1)):
            row = {"id": len(annotations), "image_id": photo["id"], "category_id": 18, "iscrowd": crowd}
            annotations.append({**row, "segmentation": segmentation})
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    data = {
        "licenses": [{"id": 4, "name": "Attribution License", "url": BY}, {"id": 2, "name": "NC", "url": BY_NC}],
        "images": photos,
        "annotations": annotations,
        "categories": [{"id": 18, "name": "dog"}],
    }
    (folder / file).write_text(json.dumps(data))


def coco(folder: Path) -> None:
    entries = []
    for number in range(4):
        name = f"{number:012}.jpg"
        save_photo(folder / "val2017" / name)
        size = {"height": SIZE[0], "width": SIZE[1], "license": 4 if number % 2 else 2}
        entries.append({"id": number, "file_name": name, **size})
    coco_like(folder, "annotations/instances_val2017.json", entries)


def lvis(folder: Path) -> None:
    entries = []
    for number in range(4):
        part = "train2017" if number % 2 else "val2017"
        if number < 3:  # the last one is not on the disk
            save_photo(folder / part / f"{number:012}.jpg")
        url = f"http://images.cocodataset.org/{part}/{number:012}.jpg"
        entries.append({"id": number, "coco_url": url, "height": SIZE[0], "width": SIZE[1], "license": 4})
    coco_like(folder, "lvis_v1_val.json", entries)


def open_images(folder: Path) -> None:
    with (folder / "validation-annotations-object-segmentation.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        columns = "MaskPath,ImageID,LabelName,BoxID,BoxXMin,BoxXMax,BoxYMin,BoxYMax,PredictedIoU,Clicks"
        rows.writerow(columns.split(","))
        for number in range(3):
            name = f"0000{number}abc"
            save_photo(folder / "validation" / f"{name}.jpg")
            for box, size in (("aa", (60, 80)), ("bb", (120, 160))):
                mask = f"{name}_m0bt9lr_{box}.png"
                pixels = cv2.resize(square().astype(np.uint8) * 255, size[::-1], interpolation=cv2.INTER_NEAREST)
                (folder / "validation-masks").mkdir(exist_ok=True)
                cv2.imwrite(str(folder / "validation-masks" / mask), pixels)
                rows.writerow([mask, name, "/m/0bt9lr", box, 0.2, 0.7, 0.1, 0.6, 0.9, ""])
            rows.writerow(["not-here.png", name, "/m/0bt9lr", "cc", 0, 1, 0, 1, 0, ""])
    (folder / "oidv7-class-descriptions-boxable.csv").write_text("/m/0bt9lr,Dog\n/m/01yrx,Cat\n")


def ade20k(folder: Path) -> None:
    root = folder / "ADEChallengeData2016"
    for part in ("annotations", "annotations_instance"):
        (root / part / "validation").mkdir(parents=True)
    for number in range(2):
        name = f"ADE_val_0000000{number}"
        save_photo(root / "images" / "validation" / f"{name}.jpg")
        classes = np.full(SIZE, 3, np.uint8)  # sky
        classes[SQUARE] = 20  # car: two that touch
        cv2.imwrite(str(root / "annotations" / "validation" / f"{name}.png"), classes)
        numbered = np.zeros((*SIZE, 3), np.uint8)  # as OpenCV writes it: B, G, R
        numbered[10:40, 20:40] = (0, 1, 7)
        numbered[10:40, 40:60] = (0, 2, 7)
        cv2.imwrite(str(root / "annotations_instance" / "validation" / f"{name}.png"), numbered)
    names = ["Idx\tRatio\tTrain\tVal\tStuff\tName", "3\t0.08\t8\t2\t1\tsky", "20\t0.01\t3\t1\t0\tcar, auto, automobile"]
    (root / "objectInfo150.txt").write_text("\n".join(names))


def sa1b_text(name: str) -> bytes:
    image = {"image_id": 1, "width": SIZE[1], "height": SIZE[0], "file_name": f"{name}.jpg"}
    annotation = {"id": 1, "segmentation": dict(rle.encode(square())), "predicted_iou": 0.9, "stability_score": 0.95}
    return json.dumps({"image": image, "annotations": [annotation]}).encode()


def sa1b(folder: Path) -> None:
    save_photo(folder / "sa_9.jpg")
    (folder / "sa_9.json").write_bytes(sa1b_text("sa_9"))
    photo = (folder / "sa_9.jpg").read_bytes()
    with tarfile.open(folder / "sa_000000.tar", "w") as shard:
        for name, data in (
            ("./sa_1.json", sa1b_text("sa_1")),
            ("./sa_2.jpg", photo),
            ("./sa_1.jpg", photo),
            ("./sa_2.json", sa1b_text("sa_2")),
            ("./sa_3.jpg", photo),
        ):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            shard.addfile(entry, io.BytesIO(data))


LAYOUTS = {"coco": coco, "lvis": lvis, "open-images": open_images, "ade20k": ade20k, "sa-1b": sa1b}


def laid_out(recipe: Recipe, folder: Path) -> Path:
    """The recipe's data set in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    LAYOUTS[recipe.name](folder)
    return folder
