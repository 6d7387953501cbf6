"""What a GPU Space begins with: the best that is there and fits; what every worker is to have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sam import list_models
from sam.models import best_on_gpu
from sam.models.best_on_gpu import BEST_FIRST, PLACED_BYTES, best_segmenter, bytes_needed, models_to_place, on_gpu_space
from tests.present import present


@pytest.fixture
def there(monkeypatch):
    """Says which models are on this machine; the others are not."""

    def say(*names):
        monkeypatch.setattr("sam.models.spec.ModelSpec.ready", property(lambda spec: spec.name in names))

    return say


def test_the_best_first_is_a_table_of_models_that_exist():
    names = [spec.name for spec in list_models() if "segment" in spec.tasks]
    assert set(BEST_FIRST) <= set(names)


def test_the_best_that_is_there(there):
    there("sam-vit-base", "sam2.1-large", "sam-hq-vit-huge")
    assert present(best_segmenter()).name == "sam2.1-large"
    there("sam-vit-base", "sam-hq-vit-base")
    assert present(best_segmenter()).name == "sam-hq-vit-base"
    there()
    assert best_segmenter() is None


def test_one_that_does_not_fit_is_left_out(there):
    there("sam2.1-large", "sam2.1-tiny")
    large, tiny = (next(spec for spec in list_models() if spec.name == f"sam2.1-{size}") for size in ("large", "tiny"))
    assert present(best_segmenter(bytes_needed(large))).name == large.name
    assert present(best_segmenter(bytes_needed(large) - 1)).name == tiny.name
    assert best_segmenter(bytes_needed(tiny) - 1) is None


def test_every_worker_has_what_is_there_and_needs_torch(there):
    there("nano", "sam2.1-large", "vitmatte-small", "grounding-dino-tiny", "u2net", "groundingdino-py")
    assert models_to_place("sam2.1-large") == [
        ("sam2.1-large", "segment"),
        ("grounding-dino-tiny", "detect"),
        ("vitmatte-small", "matte"),
    ]


def test_weights_that_would_make_every_worker_slow_are_left_to_be_asked_for(there, monkeypatch):
    there("sam2.1-large", "sam-vit-huge", "vitmatte-small")
    large = {"sam-vit-huge": PLACED_BYTES - 1}
    specs = tuple(replace(spec, bytes=large.get(spec.name, spec.bytes)) for spec in list_models())
    monkeypatch.setattr(best_on_gpu, "specs", lambda: specs)
    assert [name for name, _ in models_to_place("nano")] == ["nano", "sam-vit-huge"]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, False),
        ({"SPACE_ID": "me/x", "ACCELERATOR": "none"}, False),
        ({"SPACE_ID": "me/x"}, False),
        ({"SPACE_ID": "me/x", "ACCELERATOR": "t4"}, True),
        ({"ACCELERATOR": "t4"}, False),
        ({"SPACES_ZERO_GPU": "true"}, True),
        ({"SPACES_ZERO_GPU": "true", "SAM_STUDIO_DEVICE": "cpu"}, False),
    ],
)
def test_which_spaces_have_a_gpu(variables, expected, monkeypatch):
    for name in ("SPACE_ID", "ACCELERATOR", "SPACES_ZERO_GPU", "SAM_STUDIO_DEVICE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert on_gpu_space() is expected
