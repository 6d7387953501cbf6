"""The file takes the graph for a click where the prompt is one, and only there; what both read is stored once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from sam.nano.export.branches import shorten_names, with_click

SHARED, OWN = np.full(100, 2, np.float32), np.full(100, 5, np.float32)
FLOATS = {"point_labels": ["prompts", "points"], "has_mask_input": ["prompts"]}


def model(constants: dict[str, np.ndarray], inputs: dict[str, list[str]]) -> onnx.ModelProto:
    """Adds its constants up; `logits` is the first sum's first number, `scores` how many there are."""
    names = list(constants)
    nodes = [helper.make_node("Sum", names, ["all"]), helper.make_node("ReduceMax", ["all"], ["logits"], keepdims=0)]
    nodes.append(helper.make_node("Size", [next(iter(inputs))], ["count"]))
    nodes.append(helper.make_node("Cast", ["count"], ["scores"], to=TensorProto.FLOAT))
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, []) for name in ("logits", "scores")],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> onnxruntime.InferenceSession:
    click = model({"weight": SHARED, "more": OWN}, {"point_labels": ["prompts", "points"]})
    both = with_click(model({"other": SHARED}, FLOATS), click)
    whole = both.ByteSize()
    shorten_names(both)
    assert both.ByteSize() < whole
    assert [value.name for value in both.graph.output] == ["logits", "scores"]
    assert [value.name for value in both.graph.input] == list(FLOATS)
    onnx.checker.check_model(both, full_check=True)
    assert sum(np.prod(tensor.dims) > 1 for tensor in both.graph.initializer) == 2
    path: Path = tmp_path_factory.mktemp("branches") / "both.onnx"
    onnx.save(both, path)
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize(
    ("labels", "masks", "is_click"),
    [
        ([[1]], [0], True),
        ([[0]], [0], False),
        ([[-1]], [0], False),
        ([[1, 1]], [0], False),
        ([[2, 3]], [0], False),
        ([[1]], [1], False),
        ([[1], [1]], [0, 0], False),
    ],
)
def test_the_graph_for_a_click_answers_one_click_alone(
    session: onnxruntime.InferenceSession, labels: list[list[int]], masks: list[int], is_click: bool
) -> None:
    inputs = {"point_labels": np.array(labels, np.float32), "has_mask_input": np.array(masks, np.float32)}
    logits, scores = session.run(["logits", "scores"], inputs)
    assert logits == (7 if is_click else 2)
    assert scores == np.size(labels)


def test_no_prompt_is_no_click(session: onnxruntime.InferenceSession) -> None:
    none = {"point_labels": np.zeros((0, 1), np.float32), "has_mask_input": np.zeros(0, np.float32)}
    assert session.run(["logits"], none)[0] == 2
