from __future__ import annotations

import io
import json
import struct

import numpy as np
import pytest
from PIL import Image

import sam
from webapp.images import encode


def read_frame(data: bytes) -> tuple[dict, bytes]:
    (length,) = struct.unpack("<I", data[:4])
    return json.loads(data[4 : 4 + length]), data[4 + length :]


def test_logits_keep_shape_sign_and_score():
    logits = np.array([[[-1.0, 1e-9], [-1e-9, 80000.0]]], np.float32)
    half = encode.half_logits(logits)
    header, body = read_frame(encode.pack_logits(half, np.array([0.75], np.float32), 3.14159, "an id"))
    assert header == {"shape": [1, 2, 2], "dtype": "float16", "scores": [0.75], "ms": 3.14, "answer": "an id"}
    values = np.frombuffer(body, "<f2").reshape(header["shape"])
    np.testing.assert_array_equal(values > 0, logits > 0)
    assert np.isfinite(values).all()


def test_the_numbers_lie_at_a_multiple_of_eight():
    for count in range(1, 9):
        data = encode.frame({"x": "y" * count}, np.zeros(2, np.float32))
        assert (len(data) - 8) % 8 == 0


def test_an_embedding_can_be_put_together_again(image):
    model = sam.load_model("nano")
    embedding = model.embed(image)
    header, body = read_frame(encode.pack_embedding(embedding))
    assert (header["weights"], header["model"]) == (model.weights, "nano")
    arrays, at = {}, 0
    for entry in header["arrays"]:
        size = int(np.prod(entry["shape"]))
        arrays[entry["name"]] = np.frombuffer(body, "<f2", size, at).reshape(entry["shape"])
        at += 2 * size
    assert at == len(body)
    again = sam.Embedding(
        header["model"],
        header["weights"],
        {name: array.astype(embedding.arrays[name].dtype) for name, array in arrays.items()},
        tuple(header["size_hw"]),
        tuple(header["input_hw"]),
        header["input_size"],
    )
    prompt = {"points": [[30, 30]]}
    np.testing.assert_array_equal(model.predict(again, **prompt).masks, model.predict(embedding, **prompt).masks)


def test_mask_png_has_only_0_and_255():
    mask = np.random.default_rng(0).random((40, 50)) > 0.5
    np.testing.assert_array_equal(np.array(Image.open(io.BytesIO(encode.mask_png(mask)))), mask * np.uint8(255))


@pytest.mark.parametrize(
    ("size", "shown"), [((100, 60), (100, 60)), ((3000, 1500), (1024, 512)), ((1, 4000), (1, 1024))]
)
def test_view_png_is_the_box_and_not_too_large(size, shown):
    mask = np.zeros((size[0] + 10, size[1] + 20), bool)
    mask[5 : 5 + size[0], 7 : 7 + size[1]] = True
    view = np.array(Image.open(io.BytesIO(encode.view_png(mask, (7, 5, 7 + size[1], 5 + size[0])))))
    assert view.shape == shown
    assert (view == 255).all()


@pytest.mark.parametrize(("size", "mime"), [((60, 80), "image/png"), ((2000, 2000), "image/jpeg")])
def test_rendition(size, mime):
    pixels = np.full((*size, 3), 77, np.uint8)
    data, kind = encode.rendition(pixels)
    assert kind == mime
    np.testing.assert_allclose(np.array(Image.open(io.BytesIO(data))), pixels, atol=2)
