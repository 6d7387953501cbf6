"""What detectors share: files, and raw answers as boxes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sam import ModelUnavailable
from sam.backends._text import load_tokenizer, open_folder, read_settings, to_boxes

from .dinos import write_vocabulary


def test_boxes_are_clipped_sorted_and_in_pixels():
    centres = [[0.5, 0.5, 0.2, 0.4], [0.0, 0.0, 0.5, 0.5], [0.5, 0.5, 0.2, 0.2], [2.0, 2.0, 0.1, 0.1]]
    boxes = to_boxes(centres, [0.4, 0.9, 0.01, 0.8], ["a", "b", "c", "d"], (200, 100), (100, 200))
    np.testing.assert_allclose(boxes.xyxy, [[0, 0, 50, 25], [80, 30, 120, 70]], atol=1e-4)
    assert boxes.labels == ("b", "a")
    np.testing.assert_allclose(boxes.scores, [0.9, 0.4])
    assert len(to_boxes(np.zeros((0, 4)), [], [], (1, 1), (1, 1))) == 0


def test_a_folder_of_another_type(tmp_path):
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        open_folder(tmp_path, ["owlv2"])
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "sam"}))
    with pytest.raises(ModelUnavailable, match="of the type 'sam', expected owlv2"):
        open_folder(tmp_path, ["owlv2"])


def test_a_tokenizer_of_words(tmp_path):
    with pytest.raises(ModelUnavailable, match="holds no tokenizer"):
        load_tokenizer(tmp_path)
    write_vocabulary(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    assert load_tokenizer(tmp_path).tokenize("a red cat") == ["a", "red", "cat"]


@pytest.mark.parametrize(
    ("name", "content", "settings"),
    [
        ("none.json", {}, {}),
        ("preprocessor_config.json", {"size": {"height": 32}}, {"size": {"height": 32}}),
        ("processor_config.json", {"image_processor": {"size": 7}}, {"size": 7}),
    ],
)
def test_settings(name, content, settings, tmp_path):
    (tmp_path / name).write_text(json.dumps(content))
    assert read_settings(tmp_path) == settings
