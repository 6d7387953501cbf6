"""What tests of several families share: tiny models of transformers, and answers to compare with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sam import Prompt
from sam.segmenter import Segmenter
from tests.sam.backends.made_up import PROMPTS, drawn, earlier, sampled, state_of

TOLERANCE = 1e-3

DECODER = {"hidden_size": 32, "mlp_dim": 48, "iou_head_hidden_dim": 24}


def answers_of(family: str) -> tuple[dict[str, list[int]], dict[str, Any]]:
    """(layout, answers) that the family's own code gave; see originals.py."""
    found = json.loads((Path(__file__).parent / "answers" / f"{family}.json").read_text("utf-8"))
    return found["layout"], found["answers"]


def write_original(family: str, path: Path, wrap: str = "model") -> Path:
    """The family's own file, with the weights that originals.py made up."""
    import torch

    state = state_of(answers_of(family)[0])
    torch.save({wrap: state} if wrap else state, path)
    return path


def compare_with_original(model: Segmenter, answers: Mapping[str, Any], side: int = 256) -> None:
    """All answers of originals.py, each within `TOLERANCE` of the largest logit, and different from each other."""
    embedding = model.embed(drawn())
    seen = []
    for case, wanted in answers.items():
        name, _, many = case.partition("/")
        prompt = PROMPTS.get(name, PROMPTS["point"])
        given = Prompt.of(
            **prompt, mask_input=None if name in PROMPTS else earlier(side), multimask_output=many == "many"
        )
        ((logits, scores),) = model.decode(embedding, [given])
        order = np.argsort(-np.array(wanted["scores"]), kind="stable")
        expected = np.array(wanted["logits"])[order]
        np.testing.assert_allclose(scores, np.array(wanted["scores"])[order], atol=TOLERANCE, err_msg=case)
        np.testing.assert_allclose(
            np.array(sampled(logits)), expected, atol=TOLERANCE * np.abs(expected).max(), err_msg=case
        )
        seen.append(expected[0])
    apart = [np.abs(one - other).max() for k, one in enumerate(seen) for other in seen[:k]]
    assert np.median(apart) > 20 * TOLERANCE * np.abs(seen).max()


def shaken(model: Any, seed: int = 0) -> Any:
    """The model with all weights moved: those that start at 0 or 1 would hide a wrong name."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            weight += torch.randn(weight.shape, generator=generator) * 0.1
    return model.eval()


def noisy(size_hw: tuple[int, int] = (90, 140)) -> np.ndarray:
    """(H, W, 3) uint8."""
    return np.random.default_rng(5).integers(0, 255, (*size_hw, 3), np.uint8)


CASES: dict[str, dict[str, Any]] = {
    "a click": {"points": [[30, 40]]},
    "two clicks": {"points": [[30, 40], [100, 20]], "labels": [1, 0]},
    "a box": {"boxes": [[20, 10, 110, 70]]},
    "a box and a click": {"points": [[60, 40]], "labels": [0], "boxes": [[20, 10, 110, 70]]},
}


def asked(case: str, guided: bool, side: int, many: bool) -> Prompt:
    """One of `CASES`, with an earlier mask or without."""
    mask = earlier(side) if guided else None
    return Prompt.of(**CASES[case], mask_input=mask, multimask_output=many)


def inputs_of(prompt: Prompt, scale: np.ndarray) -> dict[str, Any]:
    """The same prompt as transformers' models of the SAM family take it."""
    import torch

    given: dict[str, Any] = {"multimask_output": bool(prompt.multimask_output)}
    if prompt.points is not None:
        given["input_points"] = torch.tensor(prompt.points.xy * scale, dtype=torch.float32)[None, None]
        given["input_labels"] = torch.tensor(prompt.points.labels)[None, None].long()
    if prompt.box is not None:
        given["input_boxes"] = torch.tensor(prompt.box * np.tile(scale, 2), dtype=torch.float32)[None, None]
    if prompt.mask_input is not None:
        given["input_masks"] = torch.tensor(prompt.mask_input)[None, None]
    return given


def assert_same(found: tuple[np.ndarray, np.ndarray], output: Any) -> None:
    """(logits, scores), best first, against an output of transformers: logits, and masks by IoU."""
    logits, scores = found
    wanted, wanted_scores = output.pred_masks[0, 0].detach().numpy(), output.iou_scores[0, 0].detach().numpy()
    order = np.argsort(-wanted_scores, kind="stable")
    np.testing.assert_allclose(scores, wanted_scores[order], atol=TOLERANCE)
    np.testing.assert_allclose(logits, wanted[order], atol=TOLERANCE, rtol=0)
    for mask, other in zip(logits > 0, wanted[order] > 0, strict=True):
        assert (mask & other).sum() >= 0.999 * (mask | other).sum()
