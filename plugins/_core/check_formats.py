"""What the conformance kit tries on a format: there and back with the loss that it states, and files that are none."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np

from sam.errors import SamError
from sam.formats import (
    AnnotatedImage,
    AnnotatedObject,
    Annotations,
    Files,
    Format,
    LabelClass,
    Shape,
    loss,
    write_annotations,
)
from sam.formats.annotations import encode_mask
from sam.rle import iou

_RUBBISH = (b"", b"\0" * 100, b"{}", b"[[]]", b"<x/>", b"1 2 3", b"PK\x03\x04")


def try_format(format: Format) -> Iterator[tuple[str, bool, str]]:
    """(what was tried, whether it went well, what was seen) for one format."""
    sample = build_annotations()
    if format.write is not None:
        try:
            written = dict(write_annotations(sample, None, format).files)
        except Exception as error:
            yield "writes", False, f"raised {type(error).__name__}: {error}"
            return
        yield "writes", bool(written), f"{len(written)} files"
        if format.read is not None:
            yield ("comes back", *_compare(format, sample, written))
    if format.read is not None:
        yield ("rubbish", *_refuses(format))


def build_annotations() -> Annotations:
    """Two photos; objects with a hole, with two parts, of one pixel, and one over another, of two classes."""
    from PIL import Image

    ring, parts, pixel = np.zeros((3, 20, 30), bool)
    ring[2:12, 2:12] = True
    ring[5:9, 5:9] = False
    parts[3:8, 15:20] = parts[10:14, 22:28] = True
    pixel[17, 4] = True
    over = np.zeros((20, 30), bool)
    over[4:7, 16:19] = True
    objects = [
        AnnotatedObject("photo.png", encode_mask(mask), label, name, 0.5)
        for mask, label, name in ((ring, "a", "one"), (parts, "b & c", "two"), (pixel, "a", ""), (over, "a", "é"))
    ]
    images = []
    for name, size in (("photo.png", (30, 20)), ("empty.png", (7, 5))):
        buffer = io.BytesIO()
        Image.linear_gradient("L").resize(size).convert("RGB").save(buffer, "PNG")
        images.append(AnnotatedImage(name, size[::-1], buffer.getvalue()))
    return Annotations(tuple(images), tuple(objects), (LabelClass("a", (255, 0, 0)), LabelClass("b & c", (0, 255, 0))))


def _compare(format: Format, sample: Annotations, written: dict[str, bytes]) -> tuple[bool, str]:
    photos = {f"images/{image.name}": image.source for image in sample.images if isinstance(image.source, bytes)}
    try:
        back = format.read(Files.of({**photos, **written})) if format.read else Annotations()
    except Exception as error:
        return False, f"raised {type(error).__name__} on its own file: {error}"
    stated = loss(sample, format)
    if not isinstance(back, Annotations):
        return False, f"read gives {type(back).__name__}, not Annotations"
    if format.shape is Shape.CLASSES:
        return bool(back.objects), f"{len(back.objects)} classes"
    if len(back.objects) != len(sample.objects) - stated.lost:
        return False, f"{len(back.objects)} of {len(sample.objects)} objects come back, {stated.lost} are stated lost"
    least = min(max(iou(one.rle, other.rle) for other in sample.objects) for one in back.objects)
    if abs(least - stated.least_iou) > 1e-9:
        return False, f"the lowest IoU is {least:.4f}, and the loss states {stated.least_iou:.4f}"
    if "class" in format.holds and {one.label for one in back.objects} != {one.label for one in sample.objects}:
        return False, "it says that it holds classes, and they do not come back"
    return True, f"{len(back.objects)} objects, IoU {least:.3f} as stated"


def _refuses(format: Format) -> tuple[bool, str]:
    """Files that are none: annotations without objects or a SamError, nothing else."""
    for suffix in {format.suffix or ".json", ".txt", ".xml"}:
        for data in _RUBBISH:
            try:
                files = Files.of({f"a{suffix}": data, "b.bin": b""})
                format.looks(files)
                if format.read is not None:
                    format.read(files)
            except SamError:
                continue
            except Exception as error:
                return False, f"raised {type(error).__name__}, not a SamError, on {data[:12]!r} as a{suffix}: {error}"
    return True, "a sentence, or nothing"
