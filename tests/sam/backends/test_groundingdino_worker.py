"""The other end of the pipes, as far as it needs no package of its own."""

from __future__ import annotations

import ast
import io
from pathlib import Path

import numpy as np
import pytest

from sam.runtime import groundingdino_worker as worker
from tests.present import present

from .dinos import original_weights


def test_it_imports_nothing_that_the_other_environment_lacks():
    tree = ast.parse(Path(worker.__file__).read_text("utf-8"))
    names = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert names == {
        *("__future__", "collections.abc", "io", "json", "numpy", "os", "struct", "sys", "traceback", "typing")
    }


@pytest.mark.parametrize("arrays", [(), (np.zeros((2, 0), np.float32), np.array([[1, 2]], np.uint8))])
def test_a_message_comes_back_as_it_went(arrays):
    pipe = io.BytesIO()
    worker.write_message(pipe, {"phrases": ["Straße"]}, arrays)
    pipe.seek(0)
    message, back = present(worker.read_message(pipe))
    assert message == {"phrases": ["Straße"]}
    assert [one.dtype for one in back] == [one.dtype for one in arrays]
    for one, other in zip(arrays, back):
        np.testing.assert_array_equal(one, other)
    assert worker.read_message(pipe) is None


@pytest.mark.parametrize("cut", [1, 8, 20, -1])
def test_half_a_message_is_none(cut):
    pipe = io.BytesIO()
    worker.write_message(pipe, {"call": "look"}, [np.zeros(9)])
    assert worker.read_message(io.BytesIO(pipe.getvalue()[:cut])) is None


def test_something_else_in_the_pipe():
    with pytest.raises(ValueError, match="expected a message"):
        worker.read_message(io.BytesIO(b"final text_encoder_type: bert-base-uncased"))


def test_sizes_are_read_off_the_weights():
    state = original_weights(layers=3, queries=7, width=32, ffn=24, hidden=128)
    assert worker.read_sizes(state) == {
        "enc_layers": 3,
        "dec_layers": 3,
        "num_queries": 7,
        "hidden_dim": 32,
        "dim_feedforward": 24,
    }
    sizes = worker.bert_sizes(state)
    assert (sizes["hidden_size"], sizes["num_attention_heads"], sizes["num_hidden_layers"]) == (128, 2, 3)
    assert sizes["max_position_embeddings"] == 128
