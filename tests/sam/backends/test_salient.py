"""Subject finders from ONNX files: each with its own numbers, on its own file, and clear sentences without one."""

from __future__ import annotations

import importlib

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from sam import ModelUnavailable, Segmenter, SubjectFinder, load_model
from sam.backends.salient import RECIPES, Recipe, SalientFinder, recipe_by_graph
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


# Files of any name


class _Block:
    """A U-block inside a U, as U2-Net and IS-Net are made of, in small: (network, its first stride)."""

    @staticmethod
    def save(path, stride: int, levels: int = 6, outputs: int = 7) -> None:
        weight = numpy_helper.from_array(np.full((1, 3, 3, 3), 0.02, np.float32), "w")
        nodes = [helper.make_node("Conv", ["input", "w"], ["x0"], strides=[stride, stride], pads=[1, 1, 1, 1])]
        for level in range(levels):
            nodes.append(
                helper.make_node("MaxPool", [f"x{level}"], [f"x{level + 1}"], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
            )
        nodes.append(helper.make_node("Sigmoid", [f"x{levels}"], ["d0"]))
        nodes += [helper.make_node("Identity", ["d0"], [f"d{place}"]) for place in range(1, outputs)]
        side = SIDE // stride
        made = [
            helper.make_tensor_value_info(f"d{place}", TensorProto.FLOAT, [1, 1, side, side])
            for place in range(outputs)
        ]
        given = [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, SIDE, SIDE])]
        graph = helper.make_graph(nodes, "nested", given, made, [weight])
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)


def save_attention(path) -> None:
    nodes = [
        helper.make_node("Softmax", ["input"], ["s"]),
        helper.make_node("ReduceMean", ["s"], ["map"], axes=[1], keepdims=1),
    ]
    given = [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, SIDE, SIDE])]
    made = [helper.make_tensor_value_info("map", TensorProto.FLOAT, [1, 1, SIDE, SIDE])]
    graph = helper.make_graph(nodes, "attention", given, made)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)


@pytest.mark.parametrize("file", ["isnet.onnx", "model.onnx", "u2net-finetuned.onnx", "IS-Net (1).ONNX"])
@pytest.mark.parametrize("outputs", [1, 7])
def test_a_network_is_known_by_its_graph_whatever_its_file_is_called(folder, file, outputs):
    for stride, name in ((2, "isnet"), (1, "u2net")):
        _Block.save(folder / file, stride, outputs=outputs)
        found = recipe_by_graph(folder / file)
        assert (found.mean, found.std, found.stretch) == (RECIPES[name].mean, RECIPES[name].std, True)
        finder = load_model(str(folder / file), SubjectFinder)
        assert isinstance(finder, SalientFinder)
        assert finder._recipe == found
        MODELS.clear()


@pytest.mark.parametrize(
    ("file", "expected"),
    [("my-isnet.onnx", "isnet"), ("u2netp.onnx", "u2net"), ("RMBG-1.4.onnx", "rmbg-1.4"), ("other.onnx", "birefnet")],
)
def test_the_name_counts_where_the_graph_says_nothing(folder, file, expected):
    save_model(folder / file, 1.0, 0.0, True)
    found = recipe_by_graph(folder / file)
    assert (found.mean, found.std, found.stretch) == (
        RECIPES[expected].mean,
        RECIPES[expected].std,
        RECIPES[expected].stretch,
    )


def test_a_network_that_attends_is_read_as_birefnet(folder):
    save_attention(folder / "isnet-like.onnx")
    assert recipe_by_graph(folder / "isnet-like.onnx") == Recipe("isnet-like.onnx")


def save_signature(path, inputs: dict, outputs: dict) -> None:
    """A file of that signature, each answer a constant."""
    nodes, tensors = [], []
    for name, shape in outputs.items():
        tensors.append(numpy_helper.from_array(np.zeros(shape, np.float32), f"{name}_value"))
        nodes.append(helper.make_node("Identity", [f"{name}_value"], [name]))
    graph = helper.make_graph(
        nodes,
        "signature",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
        tensors,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)


PICTURE = {"input": [1, 3, 64, 64]}
OTHERS = {
    "SAM encoder": (
        PICTURE,
        {"image_embeddings": (1, 256, 4, 4)},
        "is the image encoder of a SAM.*one half of a model",
    ),
    "its answer unnamed": (PICTURE, {"2841": (1, 256, 4, 4)}, "is the image encoder of a SAM"),
    "MobileSAM encoder": ({"image": [1, 3, 64, 64]}, {"embeddings": (1, 16, 4, 4)}, "is the image encoder of a SAM"),
    "SAM decoder": (
        {"image_embeddings": [1, 256, 4, 4], "point_coords": [1, 2, 2], "point_labels": [1, 2]},
        {"masks": (1, 1, 64, 64), "iou_predictions": (1, 1)},
        "is the decoder of a SAM.*Give the whole: its checkpoint",
    ),
    "LaMa": (
        {"image": [1, 3, 64, 64], "mask": [1, 1, 64, 64]},
        {"output": (1, 3, 64, 64)},
        "is a model that fills holes",
    ),
    "ViTMatte": ({"pixel_values": [1, 4, 64, 64]}, {"alphas": (1, 1, 64, 64)}, "is a model of alpha from a trimap"),
    "YOLO": ({"images": [1, 3, 64, 64]}, {"output0": (1, 84, 100)}, "is an object detector"),
    "classifier": (PICTURE, {"logits": (1, 1000)}, "is a classifier"),
    "two pictures": (
        {"a": [1, 3, 8, 8], "b": [1, 3, 8, 8]},
        {"map": (1, 1, 8, 8)},
        "is no subject finder: expected one",
    ),
}


@pytest.mark.parametrize(("inputs", "outputs", "words"), OTHERS.values(), ids=OTHERS.keys())
@pytest.mark.parametrize("wanted", [SubjectFinder, Segmenter])
def test_other_models_are_named_as_what_they_are(folder, inputs, outputs, words, wanted):
    save_signature(folder / "model.onnx", inputs, outputs)
    with pytest.raises(ModelUnavailable, match=f"^model.onnx {words}") as caught:
        load_model(str(folder / "model.onnx"), wanted)
    assert "Download it again" not in str(caught.value)


def test_halves_that_are_exported_here_are_named(folder):
    from sam.models.catalog.nano import FOLDER

    for name, words in (("encoder", "is the image encoder"), ("decoder", "is the decoder")):
        with pytest.raises(ModelUnavailable, match=words):
            load_model(str(FOLDER / f"{name}.onnx"))
