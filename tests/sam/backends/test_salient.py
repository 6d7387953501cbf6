"""Subject finders from ONNX files: each with its own numbers, on its own file, and clear sentences without one."""

from __future__ import annotations

import importlib

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from sam import ModelUnavailable, SubjectFinder, load_model
from sam.backends.salient import RECIPES
from sam.models.registry import MODELS

SIDE = 32


def save_model(path, scale: float, shift: float, sigmoid: bool) -> None:
    """scale * red channel + shift: a network whose answer can be computed by hand."""
    weight = np.zeros((1, 3, 1, 1), np.float32)
    weight[0, 0] = scale
    tensors = [numpy_helper.from_array(weight, "w"), numpy_helper.from_array(np.array([shift], np.float32), "b")]
    nodes = [helper.make_node("Conv", ["input", "w", "b"], ["logits" if sigmoid else "map"])]
    if sigmoid:
        nodes.append(helper.make_node("Sigmoid", ["logits"], ["map"]))
    graph = helper.make_graph(
        nodes,
        "salient",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("map", TensorProto.FLOAT, [1, 1, SIDE, SIDE])],
        tensors,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(tmp_path))
    MODELS.clear()
    yield tmp_path
    MODELS.clear()


@pytest.fixture(scope="module")
def picture():
    """A red square on black, twice as wide as high."""
    image = np.zeros((40, 80, 3), np.uint8)
    image[10:30, 20:60, 0] = 255
    return image


@pytest.mark.parametrize("name", list(RECIPES))
@pytest.mark.parametrize("sigmoid", [True, False])
def test_a_file_in_the_models_folder_is_used(folder, picture, name, sigmoid):
    recipe = RECIPES[name]
    # Black is -6, red is 6, whatever the normalisation.
    low, high = ((level - recipe.mean[0]) / recipe.std[0] for level in (0, 1))
    scale = 12 / (high - low)
    save_model(folder / recipe.file, scale, -6 - scale * low, sigmoid)
    found = load_model(str(folder / recipe.file), SubjectFinder).find_subject(picture)
    truth = picture[..., 0] > 0
    assert len(found) == 1
    assert np.count_nonzero(found.masks[0] ^ truth) < 0.1 * truth.sum()
    assert found.scores[0] > 0.9
    assert len(load_model(name, SubjectFinder).find_subject(picture)) == 1


def test_nothing_found_is_no_mask(folder, picture):
    save_model(folder / "u2net.onnx", 0.0, -8.0, True)
    assert len(load_model(str(folder / "u2net.onnx"), SubjectFinder).find_subject(picture)) == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("u2net", "U2-Net is a download of 176 MB .*Put it as u2net.onnx into"),
        ("rmbg-1.4", "non-commercial use only.*rmbg-1.4.onnx"),
    ],
)
def test_without_the_file_the_sentence_says_what_it_is_and_where_it_goes(folder, monkeypatch, name, words):
    monkeypatch.setattr(importlib.import_module("huggingface_hub.constants"), "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelUnavailable, match=words):
        load_model(name, SubjectFinder)


def test_a_damaged_file_is_refused(folder):
    (folder / "u2net.onnx").write_bytes(b"not a model")
    with pytest.raises(ModelUnavailable, match="does not work as a subject finder"):
        load_model(str(folder / "u2net.onnx"), SubjectFinder)
