"""LaMa's file is looked for, run as it was exported, and refused when it is something else."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from sam import ModelUnavailable
from sam.backends.lama import fill_with_lama, find_lama
from sam.inpainting.fill import inpaint


def save_model(path, side: int = 64, level: float = 0.5) -> None:
    """image * (1 - mask) + level * mask: what goes in and out of LaMa, with nothing learnt between."""
    one = numpy_helper.from_array(np.array([1], np.float32), "one")
    value = numpy_helper.from_array(np.array([level], np.float32), "level")
    nodes = [
        helper.make_node("Sub", ["one", "mask"], ["keep"]),
        helper.make_node("Mul", ["image", "keep"], ["kept"]),
        helper.make_node("Mul", ["mask", "level"], ["new"]),
        helper.make_node("Add", ["kept", "new"], ["output"]),
    ]
    shape = [1, 3, side, side]
    graph = helper.make_graph(
        nodes,
        "lama",
        [
            helper.make_tensor_value_info("image", TensorProto.FLOAT, shape),
            helper.make_tensor_value_info("mask", TensorProto.FLOAT, [1, 1, side, side]),
        ],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, shape)],
        [one, value],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, path)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 200, (50, 80, 3), dtype=np.uint8)


def test_without_the_file_the_sentence_says_where_it_goes(folder):
    with pytest.raises(ModelUnavailable, match=r"LaMa is not here: put its ONNX file \(lama_fp32.onnx") as error:
        find_lama()
    assert str(folder) in str(error.value)


@pytest.mark.parametrize("name", ["lama_fp32.onnx", "lama.onnx"])
def test_the_network_fills_the_hole_and_nothing_else(folder, picture, name):
    save_model(folder / name)
    hole = np.zeros((50, 80), bool)
    hole[20:35, 30:60] = True
    result = fill_with_lama(picture, hole)
    assert (result[~hole] == picture[~hole]).all()
    assert np.abs(result[24:31, 36:54].astype(int) - 128).max() <= 2
    erased = inpaint(picture, hole, engine="lama", grow=0, soften=0)
    assert np.abs(erased[24:31, 36:54].astype(int) - 128).max() <= 2


def test_a_file_that_is_not_lama_is_refused(folder, picture):
    (folder / "lama.onnx").write_bytes(b"not a model")
    with pytest.raises(ModelUnavailable, match="does not work as LaMa"):
        fill_with_lama(picture, np.eye(50, 80, dtype=bool))
