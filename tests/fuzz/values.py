"""What is thrown at the doors: JSON values and texts, many of them almost right."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

NASTY: list[Any] = [None, True, False, 0, -1, 1, 5, 1e39, 1e308, -0.0, float("nan"), float("inf"), 2**63, 10**400]
NASTY += ["", "no", "nan"]
NASTY += ["\ud800", "\x00", "../../x", "/etc/passwd", "160 120", "1e400,1", "[[1,2]]", "[" * 200, "1,2:7", "a" * 5000]
NASTY += [[], {}, [[]], [None], [[1]], [[1, 2]], [[1, 2, 3, 4]], [["1", "2"]], {"a": 1}, {"rle": 1}, {"box": None}]
NASTY += [
    {"size": [float("inf"), 2], "counts": "x"},
    {"size": [2, 2], "counts": "\ud800"},
    {"masks": [], "size_hw": "x"},
]

scalars = st.one_of(
    st.sampled_from(NASTY), st.integers(), st.floats(), st.text(max_size=20), st.booleans(), st.integers(-5, 90)
)
anything: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(st.text(max_size=6), inner, max_size=4)),
    max_leaves=12,
)
numbers = st.one_of(st.integers(-2, 82), st.floats(-2, 82), scalars)
rows = st.lists(st.lists(numbers, min_size=1, max_size=5), max_size=6)
rle = st.fixed_dictionaries(
    {
        "size": st.one_of(st.just([60, 80]), st.lists(numbers, max_size=3)),
        "counts": st.one_of(anything, st.just([4800])),
    }
)
records = st.lists(
    st.dictionaries(st.sampled_from(["rle", "box", "score", "label", "counts", "size"]), anything), max_size=3
)
masks = st.one_of(
    anything, records, st.lists(st.fixed_dictionaries({"rle": rle}, optional={"score": anything}), max_size=3)
)
points = st.one_of(anything, rows, st.fixed_dictionaries({"xy": rows, "labels": anything}))
boxes = st.one_of(anything, rows, records)
prompts = st.one_of(anything, st.fixed_dictionaries({}, optional={"points": points, "labels": anything, "box": boxes}))
texts = st.one_of(st.text(max_size=60), st.sampled_from([x for x in NASTY if isinstance(x, str)]))
words = st.sampled_from(
    [
        *(
            "cutout",
            "mask",
            "photo",
            "png",
            "webp",
            "tiff",
            "jpg",
            "edge",
            "whole",
            "1",
            "0",
            "2.5",
            "-1",
            "nan",
            "inf",
        ),
        *("1e9", "coco", "yolo", "svg", "csv", "psd", "sa-1b", "voc", "nothing", "", "fast", "x,y", ",,,"),
    ]
)
"""What addresses are asked with."""
file_names = st.one_of(
    st.sampled_from(
        ["", "/", "..", "../x.json", "/etc/passwd", "C:\\x.xml", "a/../../b.json", "é" * 300, "\x00.json", "a.zip", "."]
    ),
    st.text(max_size=20),
)


@st.composite
def broken_json(draw: st.DrawFn, value: Any) -> Any:
    """A JSON value in which something, however deep, is something else, missing or there twice."""
    if isinstance(value, dict) and value and draw(st.integers(0, 5)):
        key = draw(st.sampled_from(sorted(value)))
        how = draw(st.integers(0, 9))
        if how == 0:
            return {name: one for name, one in value.items() if name != key}
        return {**value, key: draw(broken_json(value[key]))}
    if isinstance(value, list) and value and draw(st.integers(0, 5)):
        at = draw(st.integers(0, len(value) - 1))
        how = draw(st.integers(0, 9))
        if how < 2:
            return [*value[:at], *([value[at]] * 2 if how else []), *value[at + 1 :]]
        return [*value[:at], draw(broken_json(value[at])), *value[at + 1 :]]
    return draw(st.one_of(anything, st.just(value)))


@st.composite
def broken_bytes(draw: st.DrawFn, data: bytes) -> bytes:
    """A file in which some bytes are others, that ends early, or has more in it."""
    at = draw(st.integers(0, max(0, len(data) - 1)))
    how = draw(st.integers(0, 3))
    if how == 0:
        return data[:at]
    few = draw(st.binary(min_size=1, max_size=8))
    return data[:at] + few + data[at + (len(few) if how == 1 else 0) :]
