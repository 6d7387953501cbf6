"""All methods on the same objects, edges beside them, and what is left after Ctrl-C."""

from __future__ import annotations

import numpy as np
import pytest

import sam
from sam.evaluation.cases import Case
from sam.evaluation.dataset import find_sets
from sam.evaluation.evaluate import Settings, evaluate
from sam.evaluation.methods import Answer, FilledBox, Method, ModelMethod
from sam.training.split import is_validation

from .conftest import ScriptedSegmenter, annotation, square

PIXELS = np.zeros((40, 40, 3), np.uint8)
OBJECTS = [square(2, 2, 12, 12), square(20, 5, 38, 30), square(5, 20, 15, 39)]


@pytest.fixture
def folder(write_coco):
    rows = [annotation(mask, photo, colour="red") for photo in (1, 2, 3) for mask in OBJECTS]
    return write_coco({f"{name}.png": PIXELS for name in "abc"}, rows)


def whole(prompt) -> list[np.ndarray]:
    return [np.ones((40, 40), bool)] * (3 if prompt.wants_many else 1)


def test_every_method_answers_every_object(folder):
    method = ModelMethod(ScriptedSegmenter(whole), noc=False)
    results = evaluate([method, FilledBox()], find_sets(folder), Settings(min_area=0, group_by="colour"))
    assert results.complete
    assert results.sets == {"coco": (3, 3)}
    assert (results.methods, results.models) == (["scripted", "filled box"], ["scripted"])
    assert len(results.rows) == 9
    for row in results.rows:
        assert row.figures["filled box"]["box"] == 1
        assert row.figures["scripted"]["box"] == row.area / 1600
        assert (row.data_set, row.label, row.group, row.size) == ("coco", "thing", "red", "small")
    assert {(method, prompt) for method, prompt, _ in results.worst} == {("scripted", "box"), ("scripted", "click")}


@pytest.mark.parametrize(
    ("settings", "photos", "objects"),
    [
        (Settings(min_area=0, photos=2, objects=2), 2, 4),
        (Settings(min_area=150), 3, 6),
        (Settings(min_area=200), 3, 3),
        (Settings(min_area=5000), 3, 0),
    ],
)
def test_limits(folder, settings, photos, objects):
    results = evaluate([FilledBox()], find_sets(folder), settings)
    assert results.sets["coco"][0] == photos
    assert len(results.rows) == objects


def test_held_out_photos_alone_are_measured(data):
    results = evaluate([FilledBox()], find_sets(data), Settings(split="held-out", min_area=50))
    names = {row.photo.partition("/")[2] for row in results.rows}
    assert names
    assert all(is_validation(name) for name in names)


class Interrupted(Method):
    """Somebody presses Ctrl-C at the third object."""

    name = "interrupted"
    seen = 0

    def measure(self, case: Case) -> Answer:
        self.seen += 1
        if self.seen == 3:
            raise KeyboardInterrupt
        return Answer({"box": 0.5})


def test_after_ctrl_c_there_is_what_was_measured(folder):
    results = evaluate([FilledBox(), Interrupted()], find_sets(folder), Settings(min_area=0))
    assert not results.complete
    assert results.sets == {"coco": (1, 3)}
    assert [set(row.figures) for row in results.rows] == [{"filled box", "interrupted"}] * 2


def test_the_embedded_model_on_drawn_photos(data):
    results = evaluate(
        [ModelMethod(sam.load_model("nano"), noc=False)], find_sets(data), Settings(photos=1, objects=2, min_area=50)
    )
    assert len(results.rows) == 2
    assert np.mean([row.figures["nano"]["box"] for row in results.rows]) > 0.5


def test_edges_of_models_and_of_sobel(write_coco):
    """Photos of 32 px: a grid of 768 masks each."""
    mask = square(8, 8, 24, 24, 32)
    image = np.where(mask[..., None], 200, 30).repeat(3, 2).astype(np.uint8)
    folder = write_coco({"a.png": image}, [annotation(mask, annotator=1)])
    model = ScriptedSegmenter(lambda prompt: [mask] * (3 if prompt.wants_many else 1))
    results = evaluate(
        [ModelMethod(model, noc=False), FilledBox()], find_sets(folder), Settings(min_area=0, edges=True)
    )
    found = results.edges["coco"]
    assert set(found) == {"scripted", "Sobel"}
    # Only hits at the very pixel count in so small a photo, and an edge has two sides.
    for figures in found.values():
        assert 0.4 < figures.ods <= 1
        assert figures.photos == 1


def test_edges_that_cannot_be_measured_are_told(write_coco):
    folder = write_coco({"a.png": PIXELS}, [annotation(square(1, 1, 9, 9, 30), annotator=1)])
    model = ModelMethod(ScriptedSegmenter(whole))
    results = evaluate([model], find_sets(folder), Settings(min_area=0, edges=True))
    assert results.edges == {}
    assert any("edges of scripted" in what for what, _ in results.left_out)
