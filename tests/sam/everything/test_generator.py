"""Everything mode: exactly Meta's masks when asked for, nearly the same ones fast, and drawn things found again."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sam
from sam import Cancelled, PromptError, rle, segment_everything
from sam.errors import OutOfMemory
from sam.everything.generator import PRESETS, propose

ENCODER = {
    "depth": 2,
    "embed_dim": 32,
    "img_size": 128,
    "mlp_ratio": 2,
    "num_heads": 2,
    "patch_size": 16,
    "window_size": 5,
    "global_attn_indexes": [1],
    "out_chans": 32,
}
DECODER = {"mlp_dim": 64, "iou_head_depth": 3, "iou_head_hidden_dim": 32}
COMMON = {
    "points_per_side": 4,
    "points_per_batch": 7,
    "stability_score_offset": 0.02,
    "box_nms_thresh": 0.9,
    "crop_nms_thresh": 0.8,
}
CASES: list[dict[str, Any]] = [
    {
        **COMMON,
        "pred_iou_thresh": iou,
        "stability_score_thresh": stability,
        "crop_n_layers": layers,
        "crop_n_points_downscale_factor": downscale,
        "min_mask_region_area": area,
        "multimask_output": many,
    }
    for layers, downscale in [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2)]
    for area in (0, 100)
    for many in (True, False)
    for iou, stability in [(0.0, 0.6)]
]


def noise(size_hw: tuple[int, int]) -> np.ndarray:
    """(H, W, 3) uint8: blots of many sizes."""
    import cv2

    source = np.random.default_rng(3).uniform(0, 255, (9, 13, 3)).astype(np.uint8)
    return cv2.resize(source, (size_hw[1], size_hw[0]), interpolation=cv2.INTER_CUBIC)


@pytest.fixture(scope="module")
def meta(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[list[dict[str, Any]]], np.ndarray]:
    """(weights, records of each case, image)."""
    folder = tmp_path_factory.mktemp("everything")
    image = noise((150, 220))
    np.save(folder / "image.npy", image)
    request = {"encoder": ENCODER, "decoder": DECODER, "seed": 5, "cases": CASES}
    (folder / "request.json").write_text(json.dumps(request))
    script = Path(__file__).with_name("everything_oracle.py")
    done = subprocess.run([sys.executable, str(script), str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "model.pth", json.loads((folder / "answers.json").read_text()), image


def near_point(x: float, y: float, score: float, cells: int) -> np.ndarray:
    """As in everything_oracle.py."""
    place = (np.arange(cells) + 0.5) / cells
    radius = 0.12 + 0.4 * abs(score)
    return (0.5 - 0.5 * ((place[None] - x) ** 2 + (place[:, None] - y) ** 2) / radius**2).astype(np.float32)


@pytest.fixture(scope="module")
def model(meta: Any) -> Any:
    import torch

    from sam.backends.sam import load

    torch.set_num_threads(1)
    loaded: Any = load(meta[0], name="random", device="cpu", dtype="float32")
    decode = loaded.decode

    def decode_near_point(embedding: Any, prompts: Any) -> Any:
        answers = decode(embedding, prompts)
        for prompt, (logits, scores) in zip(prompts, answers):
            scale = np.array(embedding.input_hw[::-1]) / embedding.size_hw[::-1] / embedding.input_size
            x, y = prompt.points.xy[0] * scale
            for one, score in zip(logits, scores):
                one += near_point(x, y, score, len(one))
        return answers

    loaded.decode = decode_near_point
    loaded.decode_above = functools.partial(sam.Segmenter.decode_above, loaded)
    return loaded


def overlaps(first: list[Any], second: list[Any]) -> np.ndarray:
    return rle.iou([one["segmentation"] for one in first], [one["segmentation"] for one in second])


@pytest.mark.parametrize("case", range(len(CASES)))
def test_exact_is_metas(case: int, meta: Any, model: Any) -> None:
    _, answers, image = meta
    found = segment_everything(model, image, **CASES[case], output_mode="coco_rle", exact=True)
    wanted = answers[case]
    assert len(wanted) > 3
    assert len(found) == len(wanted)
    match = overlaps(found, wanted)
    best = match.argmax(axis=1)
    assert match.max(axis=1).min() >= 0.999
    assert len(set(best)) == len(wanted)
    for one, k in zip(found, best):
        other = wanted[k]
        assert one.keys() == other.keys()
        np.testing.assert_allclose(one["point_coords"], other["point_coords"], atol=1e-3)
        assert one["crop_box"] == other["crop_box"]
        assert one["predicted_iou"] == pytest.approx(other["predicted_iou"], abs=1e-4)
        assert one["stability_score"] == pytest.approx(other["stability_score"], abs=5e-3)
        assert abs(one["area"] - other["area"]) <= 0.001 * other["area"] + 1
        # Meta's boxes are inclusive.
        np.testing.assert_allclose(np.array(one["bbox"]) - [0, 0, 1, 1], other["bbox"], atol=1)


def test_fast_finds_nearly_the_same(meta: Any, model: Any) -> None:
    _, answers, image = meta
    options = {**CASES[0], "cover_share": 0.0}
    found = segment_everything(model, image, **options, output_mode="coco_rle")
    match = overlaps(answers[0], found).max(axis=1)
    assert (match > 0.9).mean() > 0.8


@pytest.fixture(scope="module")
def blobs() -> np.ndarray:
    """(90, 140, 3): three rectangles of their own colours on black."""
    image = np.zeros((90, 140, 3), np.uint8)
    image[10:34, 12:52] = 255, 0, 0
    image[56:80, 15:56] = 0, 255, 0
    image[22:68, 85:122] = 0, 0, 255
    return image


@pytest.mark.parametrize("exact", [True, False])
def test_finds_each_drawn_thing_once(exact: bool, blobs: np.ndarray, make_model: Any) -> None:
    found = segment_everything(make_model(), blobs, points_per_side=8, multimask_output=False, exact=exact)
    things = [blobs[y, x].tolist() for y, x in ((20, 20), (60, 30), (40, 100), (0, 0))]
    assert len(found) == len(things)
    for colour in things:
        wanted = (blobs == colour).all(axis=2)
        ious = [(one["segmentation"] & wanted).sum() / (one["segmentation"] | wanted).sum() for one in found]
        assert max(ious) > 0.85


def test_covered_points_are_not_asked(blobs: np.ndarray, make_model: Any) -> None:
    options: dict[str, Any] = {"points_per_side": 16, "multimask_output": False}
    every = propose(make_model(), blobs, **options, cover_share=0.0)
    few = propose(make_model(), blobs, **options, cover_share=0.5)
    assert (every.points, every.skipped) == (256, 0)
    assert few.skipped > 50
    assert few.points + few.skipped == 256
    assert len(few.select().records) >= 3


def test_progress_counts_and_cancels(blobs: np.ndarray, make_model: Any) -> None:
    told: list[tuple[float, int]] = []
    propose(make_model(), blobs, points_per_side=8, progress=lambda share, count: told.append((share, count)))
    assert told[0] == (0.0, 0)
    assert told[-1][0] == 1.0
    assert told[-1][1] > 0
    assert [share for share, _ in told] == sorted(share for share, _ in told)

    def stop(share: float, count: int) -> None:
        if count:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        propose(make_model(), blobs, points_per_side=8, progress=stop)


def test_memory_that_runs_out_is_said_and_the_next_try_works(blobs: np.ndarray, make_model: Any) -> None:
    full = [True]

    def tight(share: float, count: int) -> None:
        if full:
            full.clear()
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    model = make_model()
    with pytest.raises(OutOfMemory, match="not enough memory to segment everything in this photo"):
        segment_everything(model, blobs, points_per_side=4, progress=tight)
    assert isinstance(segment_everything(model, blobs, points_per_side=4, progress=tight), list)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_options(name: str, blobs: np.ndarray, make_model: Any) -> None:
    found = propose(make_model(), blobs, **{**PRESETS[name], "points_per_side": 4}, multimask_output=False)
    assert len(found.crops) == (5 if name == "thorough" else 1)
    assert found.select().counts.kept >= 1


def test_a_grid_of_ones_own(blobs: np.ndarray, make_model: Any) -> None:
    (one,) = segment_everything(
        make_model(), blobs, points_per_side=None, point_grids=[[[0.2, 0.3]]], multimask_output=False
    )
    assert one["point_coords"][0] == pytest.approx([28, 27])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"points_per_side": 0}, "points_per_side"),
        ({"points_per_side": None}, "exactly one"),
        ({"points_per_side": 4, "point_grids": [[[0.5, 0.5]]]}, "exactly one"),
        ({"points_per_side": None, "point_grids": [[[0.5, 0.5]]], "crop_n_layers": 1}, "expected 2"),
        ({"points_per_side": None, "point_grids": [[[0.5, 1.5]]]}, "between 0 and 1"),
        ({"points_per_batch": 0}, "points_per_batch"),
        ({"crop_n_layers": 9}, "crop_n_layers"),
        ({"crop_overlap_ratio": 1.0}, "crop_overlap_ratio"),
        ({"points_per_side": 2, "crop_n_layers": 2, "crop_n_points_downscale_factor": 2}, "leave none"),
        ({"output_mode": "png", "points_per_side": 1}, "output_mode"),
        ({"min_mask_region_area": -1, "points_per_side": 1}, "min_mask_region_area"),
    ],
)
def test_options_out_of_range_are_refused(options: Any, words: str, blobs: np.ndarray, make_model: Any) -> None:
    with pytest.raises(PromptError, match=words):
        segment_everything(make_model(), blobs, **options)


def test_the_smallest_picture(make_model: Any) -> None:
    assert sam.segment_everything(make_model(), np.zeros((1, 1, 3), np.uint8), points_per_side=2, crop_n_layers=2)
