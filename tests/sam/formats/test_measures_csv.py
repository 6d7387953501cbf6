"""Measures of known shapes."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest
from PIL import Image

from sam.formats import AnnotatedImage, AnnotatedObject, Annotations, Options
from sam.formats import write_annotations as write
from sam.formats.annotations import encode_mask
from sam.formats.measures_csv import columns, measure

from .scenes import apart, disc


def one(mask: np.ndarray, **facts: str) -> Annotations:
    pixels = np.zeros((*mask.shape, 3), np.uint8)
    pixels[mask] = 10, 20, 30
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    image = AnnotatedImage("p.png", mask.shape, buffer.getvalue())
    return Annotations((image,), (AnnotatedObject("p.png", encode_mask(mask), **facts),))


def test_a_rectangle():
    mask = np.zeros((40, 60), bool)
    mask[10:20, 20:50] = True
    (row,) = measure(one(mask))
    assert (row["area_px2"], row["length_px"], row["width_px"], row["angle_deg"]) == (300, 30, 10, 0)
    assert (row["centroid_x"], row["centroid_y"]) == (35, 15)
    assert (row["mean_red"], row["mean_green"], row["mean_blue"]) == (10, 20, 30)
    assert (row["parts"], row["holes"]) == (1, 0)
    (row,) = measure(one(mask.T.copy()))
    assert (row["length_px"], row["width_px"], row["angle_deg"]) == (30, 10, 90)


def test_a_disc_and_a_scale():
    (row,) = measure(one(disc(200, 200, 100, 100, 80)), 0.5)
    assert row["perimeter_mm"] == pytest.approx(math.pi * 80, rel=0.01)
    assert row["area_mm2"] == pytest.approx(math.pi * 1600, rel=0.01)
    assert row["length_mm"] == pytest.approx(80, rel=0.03)


def test_the_table_has_every_column_and_no_formulas():
    text = (
        write(one(np.ones((4, 4), bool), name="=cmd()", label="+x"), None, "csv")
        .files["measures.csv"]
        .decode("utf-8-sig")
    )
    (row,) = csv.DictReader(io.StringIO(text))
    assert list(row) == columns(None)
    assert (row["name"], row["class"]) == ("'=cmd()", "'+x")


def test_all_objects_have_a_row():
    assert [row["holes"] for row in measure(apart())] == [1, 0, 0, 0, 0, 0]
    text = write(apart(), None, "csv", Options(scale=2)).files["measures.csv"].decode("utf-8-sig")
    assert "area_mm2" in text.splitlines()[0]
    assert len(text.splitlines()) == 7
