"""Objects out and in: 10,000 objects of 24-megapixel photos as COCO."""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

import numpy as np

OBJECTS, PHOTOS, SIZE = 10_000, 50, (4000, 6000)


def measure() -> tuple[float, float, float]:
    """(seconds to make the value and write it, seconds to read it, peak memory in MB)."""
    from sam.formats import AnnotatedImage, AnnotatedObject, Annotations, read_annotations, write_annotations
    from sam.formats._core.regions import place

    random = np.random.default_rng(0)
    rows, columns = np.mgrid[:400, :400] - 200
    angle, shapes, masks = np.arctan2(rows, columns), [], []
    for _ in range(50):
        radius = random.uniform(40, 190) + 8 * np.sin(angle * random.integers(3, 12))
        shapes.append(columns**2 + rows**2 < radius**2)
    for index in range(OBJECTS):
        mask = shapes[index % len(shapes)]
        left, top = random.integers(0, SIZE[1] - 400), random.integers(0, SIZE[0] - 400)
        masks.append((f"{index % PHOTOS:03d}.jpg", place(mask, int(left), int(top), SIZE)))
    start = time.perf_counter()
    images = tuple(AnnotatedImage(f"{index:03d}.jpg", SIZE) for index in range(PHOTOS))
    objects = tuple(AnnotatedObject(name, rle, f"class {i % 20}") for i, (name, rle) in enumerate(masks))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "annotations.json"
        write_annotations(Annotations(images, objects), file, "coco")
        written = time.perf_counter()
        back = read_annotations(file)
        read = time.perf_counter()
    assert [one.rle for one in back.objects] == [one.rle for one in objects]
    return written - start, read - written, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    print(*measure())  # noqa: T201
