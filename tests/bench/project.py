"""A project of 200 photos: `python -m tests.bench.project`; the photos are not decoded by opening it."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

PHOTOS, OBJECTS, SIZE, BYTES = 200, 20, (1080, 1920), 400_000


def measure() -> tuple[float, float, float]:
    """(seconds to write, seconds to open, milliseconds to read one photo) with 20 objects of 1080p photos each."""
    from sam.formats import (
        AnnotatedImage,
        AnnotatedObject,
        Project,
        ProjectObject,
        ProjectPhoto,
        read_project,
        write_project,
    )
    from sam.formats._core.regions import place

    random = np.random.default_rng(0)
    rows, columns = np.mgrid[:400, :400] - 200
    angle, photos = np.arctan2(rows, columns), []
    for index in range(PHOTOS):
        name = f"{index:03d}.jpg"
        objects = []
        for number in range(OBJECTS):
            radius = random.uniform(40, 190) + 8 * np.sin(angle * random.integers(3, 12))
            left, top = random.integers(0, SIZE[1] - 400), random.integers(0, SIZE[0] - 400)
            rle = place(columns**2 + rows**2 < radius**2, int(left), int(top), SIZE)
            prompts = {"points": [[float(left + 200), float(top + 200)]], "labels": [1], "box": None}
            held = AnnotatedObject(
                name, rle, f"class {number % 5}", f"Object {number}", 0.9, prompts, {"model": "nano"}
            )
            objects.append(ProjectObject(held, f"o{number}", "#e69f00"))
        data = {"photo": random.bytes(BYTES)}
        photos.append(ProjectPhoto(f"p{index}", AnnotatedImage(name, SIZE), objects=tuple(objects), data=data))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "a.samstudio"
        start = time.perf_counter()
        write_project(Project(tuple(photos)), file)
        written = time.perf_counter()
        back = read_project(file)
        opened = time.perf_counter()
        back.read(back.photos[-1])
        seen = time.perf_counter()
        assert [one.annotation.rle for photo in back.photos for one in photo.objects] == [
            one.annotation.rle for photo in photos for one in photo.objects
        ]
    return written - start, opened - written, (seen - opened) * 1000


if __name__ == "__main__":
    print(*measure())  # noqa: T201
