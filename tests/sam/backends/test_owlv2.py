"""OWLv2 answers as transformers' own processor, model and post-processing do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from sam import Cancelled, Detector, Embedding, ImageError, ModelUnavailable, PromptError, load_model
from sam.backends import owlv2
from sam.detection.detector import RAW_SCORE

from .conftest import drawn
from .owls import write_tiny_owl

SIZES_HW = [(60, 91), (150, 70), (40, 40), (9, 200), (64, 64)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_tiny_owl(tmp_path_factory.mktemp("owls") / "tiny-owl")


@pytest.fixture(scope="module")
def model(folder):
    return owlv2.load(folder, name="tiny-owl", device="cpu")


@pytest.fixture(scope="module")
def reference(folder):
    """transformers' own three parts, without torchvision."""
    from transformers import AutoTokenizer, Owlv2ForObjectDetection
    from transformers.models.owlv2.image_processing_pil_owlv2 import Owlv2ImageProcessorPil
    from transformers.models.owlv2.processing_owlv2 import Owlv2Processor

    processor = Owlv2Processor(Owlv2ImageProcessorPil.from_pretrained(folder), AutoTokenizer.from_pretrained(folder))
    network = Owlv2ForObjectDetection.from_pretrained(folder).eval()

    def ask(image, phrases):
        inputs = processor(images=image, text=[phrases], return_tensors="pt")
        with torch.no_grad():
            outputs = network(**inputs)
        (result,) = processor.post_process_grounded_object_detection(
            outputs, threshold=RAW_SCORE, target_sizes=[image.shape[:2]]
        )
        return inputs, outputs, result

    return ask


@pytest.mark.parametrize("size_hw", SIZES_HW)
def test_the_same_pixels(size_hw, model, reference):
    image = drawn(size_hw, 1)
    inputs, _, _ = reference(image, ["cat"])
    np.testing.assert_allclose(model.preprocess(image), inputs.pixel_values[0], atol=1e-4)


@pytest.mark.parametrize("size_hw", SIZES_HW)
@pytest.mark.parametrize("phrase", ["cat", "a red car"])
def test_the_same_boxes(size_hw, phrase, model, reference):
    image = drawn(size_hw, 2)
    _, _, expected = reference(image, [phrase])
    found = model.detect(image, phrase)
    height, width = size_hw
    boxes = expected["boxes"].clamp(min=0).minimum(torch.tensor([width, height, width, height])).numpy()
    inside = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    assert len(found) == inside.sum() > 0
    ranks, boxes = expected["scores"].numpy()[inside], boxes[inside]
    np.testing.assert_allclose(found.scores, np.sort(ranks)[::-1], atol=1e-4)
    # Places that score alike may come in another order.
    apart = np.abs(found.xyxy[:, None] - boxes[None]).max(axis=2) + 10 * np.abs(found.scores[:, None] - ranks[None])
    assert apart.min(axis=0).max() < 1e-3
    assert apart.min(axis=1).max() < 1e-3
    assert set(found.labels) == {phrase}


def test_phrases_do_not_influence_each_other(model):
    image = drawn((60, 91), 3)
    together = model.detect(image, "cat. red car. Dogs")
    assert (np.diff(together.scores) <= 0).all()
    for phrase in ("cat", "red car", "Dogs"):
        alone = model.detect(image, phrase)
        own = together[np.array(together.labels) == phrase]
        np.testing.assert_allclose(own.xyxy, alone.xyxy, atol=1e-2)
        np.testing.assert_allclose(own.scores, alone.scores, atol=1e-4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Type what to find"),
        ("كلب", "knows English only"),
        ("extraordinarily long", r"'extra.*' is too long for tiny-owl"),
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


def test_it_loads_by_folder_and_is_a_detector(folder, model):
    loaded = load_model(str(folder), Detector)
    assert isinstance(loaded, owlv2.Owlv2)
    assert loaded.name == "tiny-owl"
    assert loaded.nbytes == model.nbytes > 0


@pytest.mark.parametrize("damage", ["weights", "config", "tokenizer"])
def test_damaged_folders_are_named(tmp_path, damage):
    folder = write_tiny_owl(tmp_path / "owl")
    if damage == "weights":
        from safetensors.torch import load_file, save_file

        state = load_file(folder / "model.safetensors")
        state.pop(next(iter(state)))
        save_file(state, folder / "model.safetensors")
    elif damage == "config":
        (folder / "config.json").write_text('{"model_type": "owlvit"}')
    else:
        (folder / "vocab.json").unlink()
    with pytest.raises(ModelUnavailable, match=r"weights of a OWLv2|expected owlv2|no tokenizer|cannot be read"):
        owlv2.load(folder, name="owl")
