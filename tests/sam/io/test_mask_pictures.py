"""Masks as data sets and other programs write them: objects by class, soft outlines, palettes."""

from __future__ import annotations

import io

import numpy as np
import pytest
import tifffile
from PIL import Image as Pil

from sam import ImageError, PromptError
from sam.io import mask_pictures
from sam.io.mask_pictures import read_mask_picture

CLASSES = np.zeros((40, 60), np.uint8)
CLASSES[4:20, 5:25] = 1
CLASSES[22:36, 8:30] = 2
CLASSES[6:30, 36:54] = 3
ONE = CLASSES == 1
BORDER = CLASSES.copy()
BORDER[3:5, 5:25] = BORDER[19:21, 5:25] = 255


def soft() -> np.ndarray:
    """A disc with a blurred outline."""
    y, x = np.mgrid[:40, :60]
    return np.clip((14 - np.hypot(y - 20, x - 30)) * 40 + 128, 0, 255).astype(np.uint8)


def blurred_box() -> np.ndarray:
    """Its outline is straight, so that shades lie beside equal ones."""
    box = np.zeros((40, 60))
    box[10:30, 15:45] = 1
    for axis in (0, 1):
        box = (np.roll(box, 1, axis) + box * 2 + np.roll(box, -1, axis)) / 4
    return np.rint(box * 255).astype(np.uint8)


def wide_edge() -> np.ndarray:
    return np.broadcast_to(np.repeat(np.arange(0, 256), 3), (300, 768)).astype(np.uint8)


def encode(picture: Pil.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def tiff(values: np.ndarray, **options) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, values, **options)
    return buffer.getvalue()


def palette(values: np.ndarray, kind: str = "PNG", **options) -> bytes:
    """With VOC's colours, each bit of a class number a bit of a colour."""
    table = np.zeros((256, 3), int)
    for value in range(256):
        for bit in range(8):
            for channel in range(3):
                table[value, channel] |= ((value >> (3 * (bit // 3) + channel)) & 1 if bit < 3 else 0) << (7 - bit // 3)
    table[1], table[2], table[3], table[255] = (128, 0, 0), (0, 128, 0), (128, 128, 0), (224, 224, 192)
    table[8] = (64, 0, 0)
    picture = Pil.fromarray(values)
    picture = Pil.frombytes("P", picture.size, values.tobytes())
    picture.putpalette(table.astype(np.uint8).tobytes())
    return encode(picture, kind, **options)


def in_colours(values: np.ndarray) -> np.ndarray:
    return np.array([(0, 0, 0), (64, 0, 0), (0, 128, 0), (64, 0, 128)], np.uint8)[values]


BY_CLASS = {
    "PNG, 1 to 3": encode(Pil.fromarray(CLASSES)),
    "PNG, 1 to 3 and void": encode(Pil.fromarray(BORDER)),
    "PNG of 16 bits": encode(Pil.fromarray(CLASSES.astype(np.uint16))),
    "TIFF": tiff(CLASSES),
    "TIFF of 16 bits": tiff(CLASSES.astype(np.uint16)),
    "TIFF of 32 bits": tiff(CLASSES.astype(np.uint32)),
    "TIFF of floats": tiff(CLASSES.astype(np.float64)),
    "TIFF, deflate": tiff(CLASSES.astype(np.uint16), compression="zlib"),
    "BMP": encode(Pil.fromarray(CLASSES), "BMP"),
    "PGM": encode(Pil.fromarray(CLASSES), "PPM"),
    "VOC palette": palette(CLASSES),
    "VOC palette and void": palette(BORDER),
    "VOC palette, GIF": palette(CLASSES, "GIF"),
    "palette with a transparent entry": palette(CLASSES, transparency=0),
}


@pytest.mark.parametrize("data", BY_CLASS.values(), ids=BY_CLASS.keys())
def test_class_numbers_are_objects(data):
    masks = read_mask_picture(data)
    assert masks.boxes.labels == ("class 1", "class 2", "class 3")
    void = (BORDER == 255) & (data in (BY_CLASS["PNG, 1 to 3 and void"], BY_CLASS["VOC palette and void"]))
    for value, mask in enumerate(masks.masks, 1):
        np.testing.assert_array_equal(mask, (value == CLASSES) & ~void)


@pytest.mark.parametrize("numbers", [(1, 2, 3), (5, 9, 200), (80, 81, 90), (1000, 2000, 40000), (26001, 26002, 24000)])
def test_the_numbers_need_not_be_in_a_row(numbers):
    lookup = np.array([0, *numbers], np.uint16)
    masks = read_mask_picture(tiff(lookup[CLASSES]))
    assert masks.boxes.labels == tuple(f"class {value}" for value in sorted(numbers))


def test_classes_without_a_background():
    masks = read_mask_picture(encode(Pil.fromarray(np.where(CLASSES > 0, 2, 1).astype(np.uint8))))
    assert masks.boxes.labels == ("class 1", "class 2")


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP", "PPM", "TIFF"])
def test_colours_are_classes(kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    masks = read_mask_picture(encode(Pil.fromarray(in_colours(CLASSES)), kind, **options))
    assert masks.boxes.labels == ("#008000", "#400000", "#400080")
    np.testing.assert_array_equal(masks.masks[1], ONE)


WHITE = Pil.fromarray(ONE.astype(np.uint8) * 255)
ONE_MASK = {
    "0 and 255": encode(WHITE),
    "0 and 1": encode(Pil.fromarray(ONE.astype(np.uint8))),
    "0 and 7": encode(Pil.fromarray(ONE.astype(np.uint8) * 7)),
    "bits": encode(WHITE.convert("1")),
    "16 bits": encode(Pil.fromarray(ONE.astype(np.uint16) * 65535)),
    "floats": tiff(ONE.astype(np.float32)),
    "RGB": encode(WHITE.convert("RGB")),
    "GIF": encode(WHITE, "GIF"),
    "GIF in colours": encode(WHITE.convert("RGB"), "GIF"),
    "GIF of bits": encode(WHITE.convert("1"), "GIF"),
    "AVIF": encode(WHITE.convert("RGB"), "AVIF", quality=95),
    "PGM": encode(WHITE, "PPM"),
    "PBM": encode(WHITE.convert("1"), "PPM"),
    "PPM": encode(WHITE.convert("RGB"), "PPM"),
    "JPEG": encode(WHITE, "JPEG", quality=60),
    "JPEG 2000": encode(WHITE, "JPEG2000"),
    "WebP": encode(WHITE.convert("RGB"), "WEBP", lossless=True),
    "WebP, lossy": encode(WHITE.convert("RGB"), "WEBP", quality=40),
    "WebP, lossy with transparency": encode(
        Pil.fromarray(np.dstack([np.full((40, 60, 3), 90, np.uint8), ONE * np.uint8(255)])), "WEBP", quality=40
    ),
    "JPEG 2000, lossy": encode(WHITE, "JPEG2000", irreversible=True, quality_mode="rates", quality_layers=[6]),
    "JPEG in a TIFF": encode(WHITE, "TIFF", compression="jpeg", quality=40),
    "transparency": encode(Pil.fromarray(np.dstack([np.full((40, 60, 3), 90, np.uint8), ONE * np.uint8(255)]))),
    "palette of black and white": encode(WHITE.convert("P")),
}


@pytest.mark.parametrize("data", ONE_MASK.values(), ids=ONE_MASK.keys())
def test_two_values_are_one_mask(data):
    masks = read_mask_picture(data)
    assert len(masks.masks) == 1
    assert (masks.masks[0] != ONE).mean() < 0.02


def test_white_may_be_the_first_entry_of_a_palette():
    picture = Pil.frombytes("P", (60, 40), (~ONE).astype(np.uint8).tobytes())
    picture.putpalette([255, 255, 255, 0, 0, 0])
    np.testing.assert_array_equal(read_mask_picture(encode(picture)).masks[0], ONE)


@pytest.mark.parametrize("values", [soft(), blurred_box(), wide_edge()], ids=["disc", "box", "wide edge"])
@pytest.mark.parametrize("kind", ["PNG", "GIF", "TIFF", "JPEG", "AVIF"])
def test_soft_outlines_are_one_mask(values, kind):
    masks = read_mask_picture(encode(Pil.fromarray(values), kind))
    assert len(masks.masks) == 1
    assert (masks.masks[0] != (values > 127)).mean() < 0.01


def test_a_trimap_is_one_mask():
    trimap = np.array([0, 128, 255, 255], np.uint8)[CLASSES]
    np.testing.assert_array_equal(read_mask_picture(encode(Pil.fromarray(trimap))).masks, (trimap > 127)[None])


@pytest.mark.parametrize("data", [encode(Pil.new("L", (9, 5))), palette(np.zeros((5, 9), np.uint8))])
def test_an_empty_mask_has_no_pixel(data):
    masks = read_mask_picture(data)
    assert masks.size_hw == (5, 9)
    assert not masks.masks.any()


def test_more_classes_than_can_be_objects(monkeypatch):
    monkeypatch.setattr(mask_pictures, "MAX_CLASSES", 2)
    with pytest.raises(PromptError, match=r"shows 3 classes, more than can be objects"):
        read_mask_picture(palette(CLASSES))


def test_what_is_no_picture(tmp_path):
    for data in (b"", b"{}", encode(WHITE)[:70], tiff(CLASSES)[:200]):
        with pytest.raises(ImageError):
            read_mask_picture(data)
    with pytest.raises(ImageError, match="There is no file"):
        read_mask_picture(str(tmp_path / "none.png"))
    (tmp_path / "mask.png").write_bytes(BY_CLASS["VOC palette"])
    assert len(read_mask_picture(str(tmp_path / "mask.png")).masks) == 3
