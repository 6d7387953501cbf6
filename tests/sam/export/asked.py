"""Prompts as the page gives them to a decoder's file; see webapp/static/inference/prompt_tensors.mjs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from sam import Embedding, Prompt
from sam.segmenter import Segmenter

OUTPUTS = ["logits", "scores"]
CASES: dict[str, dict[str, Any]] = {
    "a click": {"points": [[60, 40]]},
    "two clicks": {"points": [[60, 40], [10, 70]], "labels": [1, 0]},
    "a box": {"boxes": [[20, 10, 90, 70]]},
    "a box and a click": {"points": [[60, 40]], "labels": [0], "boxes": [[20, 10, 90, 70]]},
}


def opened(path: Path) -> onnxruntime.InferenceSession:
    """A session in one thread: small graphs gain nothing by more, and waiting threads take turns with other tests'."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def feeds(prompt: Prompt, embedding: Embedding, model: Segmenter) -> dict[str, np.ndarray]:
    """All inputs of the graph: the box as two points, and empty places as the model's rules say."""
    rules = model.decoder_rules
    scale = np.array(embedding.input_hw[::-1]) / np.array(embedding.size_hw[::-1])
    points = np.zeros((0, 2)) if prompt.points is None else prompt.points.xy
    labels = np.zeros(0) if prompt.points is None else prompt.points.labels
    box = np.zeros((0, 2)) if prompt.box is None else prompt.box.reshape(2, 2)
    needed = len(points) + len(box)
    empty = max(0, rules.least - needed) if rules.least else int(prompt.box is None or rules.pad_box)
    kinds = [*([2, 3] if len(box) else []), *[-1] * empty]
    none = np.zeros((1, 1, model.mask_side, model.mask_side), np.float32)
    return {
        **{name: array.astype(np.float16).astype(np.float32) for name, array in embedding.arrays.items()},
        "point_coords": (np.concatenate([points, box, np.zeros((empty, 2))]) * scale)[None].astype(np.float32),
        "point_labels": np.concatenate([labels, kinds])[None].astype(np.float32),
        "mask_input": none if prompt.mask_input is None else prompt.mask_input[None, None],
        "has_mask_input": np.array([prompt.mask_input is not None], np.float32),
    }


def compare(model: Segmenter, session: Any, embedding: Embedding, guided: bool, least: float = 0.99) -> None:
    """Each of `CASES`, three masks and one: logits and scores as the model gives them, and the same masks."""
    side = model.mask_side
    mask = np.random.default_rng(1).normal(size=(side, side)).astype(np.float32) if guided else None
    for case in CASES.values():
        for many in (True, False):
            prompt = Prompt.of(**case, mask_input=mask, multimask_output=many)
            ((expected, ranks),) = model.decode(embedding, [prompt])
            logits, scores = session.run(OUTPUTS, feeds(prompt, embedding, model))
            rows = 1 + np.argsort(-scores[0, 1:], kind="stable") if many else [0]
            # float16 holds the embedding and the weights, as it does in the page.
            np.testing.assert_allclose(logits[0, rows], expected, atol=0.02 * np.abs(expected).max())
            np.testing.assert_allclose(scores[0, rows], ranks, atol=0.01)
            for one, other in zip(logits[0, rows] > 0, expected > 0):
                assert (one & other).sum() >= least * (one | other).sum()
