"""SAM 3 asked in words answers as transformers' own model and post-processing do."""

from __future__ import annotations

import ast
import importlib
import importlib.util
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image as Pil

from sam import Cancelled, Detector, Embedding, ImageError, ModelUnavailable, PromptError, load_model
from sam.backends import sam3
from sam.detection.detections import Detections
from sam.detection.detector import RAW_SCORE, sift
from tests.present import present

from .concepts import SIDE, write_tiny_sam3
from .conftest import drawn

SIZES_HW = [(60, 91), (150, 70), (112, 112), (9, 200)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_tiny_sam3(tmp_path_factory.mktemp("concepts") / "tiny-sam3")


@pytest.fixture(scope="module")
def model(folder):
    return sam3.load(folder, name="tiny-sam3", device="cpu")


@pytest.fixture(scope="module")
def reference(folder):
    """transformers' own model and, read out of a module that only torchvision can import, its post-processing."""
    from transformers import AutoTokenizer

    network = importlib.import_module("transformers.models.sam3.modeling_sam3").Sam3Model.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    found = importlib.util.find_spec("transformers.models.sam3.image_processing_sam3")
    tree = ast.parse(Path(present(present(found).origin)).read_text("utf-8"))
    wanted = ("_scale_boxes", "post_process_instance_segmentation")
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in wanted]
    names: dict[str, Any] = {"torch": torch}
    module = ast.Module([ast.parse("from __future__ import annotations").body[0], *functions], [])
    exec(compile(module, "", "exec"), names)  # noqa: S102

    def ask(image, phrase, threshold):
        words = tokenizer(phrase, return_tensors="pt", padding="max_length", max_length=16)
        # torchvision's resize of whole grey levels, without it.
        levels = torch.from_numpy(image).permute(2, 0, 1)[None].float()
        resized = torch.nn.functional.interpolate(levels, (SIDE, SIDE), mode="bilinear", antialias=True).round()
        pixels = (resized / 255 - 0.5) / 0.5
        with torch.no_grad():
            outputs = network(pixel_values=pixels, input_ids=words.input_ids, attention_mask=words.attention_mask)
        process = names["post_process_instance_segmentation"]
        (result,) = process(None, outputs, threshold=threshold, target_sizes=[image.shape[:2]])
        return result

    return ask


@pytest.mark.parametrize("size_hw", SIZES_HW)
@pytest.mark.parametrize("phrase", ["cat", "a red car"])
@pytest.mark.parametrize("threshold", [RAW_SCORE, 0.5])
def test_the_same_boxes_scores_and_masks(size_hw, phrase, threshold, model, reference):
    image = drawn(size_hw, 2)
    expected = reference(image, phrase, threshold)
    found = model.detect(image, phrase)
    assert isinstance(found, Detections)
    found = found.above(threshold)
    assert isinstance(found, Detections)
    height, width = size_hw
    boxes = expected["boxes"].clamp(min=0).minimum(torch.tensor([width, height, width, height])).numpy()
    inside = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    order = np.argsort(-expected["scores"].numpy()[inside], kind="stable")
    assert len(found) == len(order) > 0
    np.testing.assert_allclose(found.scores, expected["scores"].numpy()[inside][order], atol=1e-4)
    np.testing.assert_allclose(found.xyxy, boxes[inside][order], atol=1e-3)
    assert set(found.labels) == {phrase}
    masks = found.masks()
    theirs = expected["masks"].numpy().astype(bool)[inside][order]
    assert masks.masks.shape == theirs.shape
    both, either = (masks.masks & theirs).sum((1, 2)), (masks.masks | theirs).sum((1, 2))
    assert (both[either > 0] / either[either > 0]).min() >= 0.999
    assert 0 < theirs.mean() < 1
    np.testing.assert_array_equal(masks.scores, found.scores)
    assert masks.boxes.labels == found.labels


@pytest.mark.parametrize("size_hw", SIZES_HW)
def test_pixels_are_whole_levels_of_the_square(size_hw, model):
    """Pillow's kernel is the same, and rounds between its two passes: a level more or less here and there."""
    image = drawn(size_hw, 1)
    levels = (model.preprocess(image) * 0.5 + 0.5).transpose(1, 2, 0) * 255
    np.testing.assert_allclose(levels, levels.round(), atol=1e-3)
    resized = np.asarray(Pil.fromarray(image).resize((SIDE, SIDE), Pil.Resampling.BILINEAR), np.float32)
    assert np.abs(levels - resized).max() < 1.01
    if size_hw == (SIDE, SIDE):
        np.testing.assert_allclose(levels, image, atol=1e-3)


def test_phrases_do_not_influence_each_other(model):
    image = drawn((60, 91), 3)
    told: list[float] = []
    together = model.detect(image, "cat. red car. Dogs", progress=told.append)
    assert told[0] == 0 < told[1] < told[-1] == 1
    assert (np.diff(together.scores) <= 0).all()
    for phrase in ("cat", "red car", "Dogs"):
        alone = model.detect(image, phrase)
        own = together[np.array(together.labels) == phrase]
        np.testing.assert_allclose(own.xyxy, alone.xyxy, atol=1e-3)
        np.testing.assert_array_equal(own.masks().masks, alone.masks().masks)


def test_what_is_sifted_keeps_its_masks(model):
    raw = model.detect(drawn((60, 91), 3), "cat. dog")
    kept = sift(raw, min_score=float(np.median(raw.scores)), overlap=0.5)
    assert isinstance(kept, Detections)
    assert 0 < len(kept) < len(raw)
    rows = [np.flatnonzero((raw.xyxy == box).all(axis=1))[0] for box in kept.xyxy]
    np.testing.assert_array_equal(kept.logits, raw.logits[rows])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Type what to find"),
        ("كلب", "knows English only"),
        ("extraordinarily long", r"'extra.*' is too long for tiny-sam3"),
    ],
)
def test_what_is_refused(text, message, model):
    with pytest.raises(PromptError, match=message):
        model.detect(drawn((40, 40), 5), text)


def test_what_is_no_image(model):
    with pytest.raises(ImageError):
        model.detect(np.zeros((4, 4)), "cat")
    with pytest.raises(ModelUnavailable, match="encoder of its own"):
        model.detect(Embedding("nano", "0" * 64, {}, (4, 4), (4, 4), 4), "cat")


def test_it_can_be_stopped(model):
    def stop(share):
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        model.detect(drawn((40, 40), 5), "cat", progress=stop)


def test_two_at_once_do_not_mix(model):
    images = [drawn((50, 70), 6), drawn((70, 50), 7)] * 2
    texts = ["cat", "red car"] * 2
    alone = [model.detect(image, text) for image, text in zip(images, texts)]
    with ThreadPoolExecutor(4) as pool:
        for one, other in zip(alone, pool.map(model.detect, images, texts)):
            assert one.labels == other.labels
            np.testing.assert_allclose(one.xyxy, other.xyxy, atol=1e-3)


def test_the_folder_of_all_of_sam_3_holds_it_too(folder, model, tmp_path):
    whole = write_tiny_sam3(tmp_path / "whole", whole=True)
    loaded = load_model(str(whole), Detector)
    assert isinstance(loaded, sam3.Sam3)
    assert loaded.nbytes == model.nbytes > 0
    image = drawn((60, 91), 3)
    np.testing.assert_array_equal(loaded.detect(image, "cat").logits, model.detect(image, "cat").logits)


@pytest.mark.parametrize("damage", ["weights", "config", "tokenizer"])
def test_damaged_folders_are_named(tmp_path, damage):
    folder = write_tiny_sam3(tmp_path / "sam3")
    if damage == "weights":
        from safetensors.torch import load_file, save_file

        state = load_file(folder / "model.safetensors")
        state.pop(next(iter(state)))
        save_file(state, folder / "model.safetensors")
    elif damage == "config":
        (folder / "config.json").write_text('{"model_type": "sam3_tracker"}')
    else:
        (folder / "vocab.json").unlink()
    with pytest.raises(ModelUnavailable, match=r"weights of a SAM 3|expected sam3|no tokenizer|cannot be read"):
        sam3.load(folder, name="sam3")
