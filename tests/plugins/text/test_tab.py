"""The tab, by calling what its buttons call: nothing here needs a browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from skimage import data

from plugins.text import handlers as module
from plugins.text import search as searching
from plugins.text.found import COLORS
from plugins.text.tab import EXAMPLES, build_tab, load_list
from sam import Masks, PromptError
from sam.models.registry import MODELS
from tests.sam.backends.dinos import write_tiny_dino


@pytest.fixture(scope="module")
def image():
    return data.chelsea()[::2, ::2].copy()


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    write_tiny_dino(folder / "grounding-dino-tiny")
    return folder


class Tab:
    """One visitor's tab; what a handler answered is what the next one is given."""

    def __init__(self, visitor: Any, image: np.ndarray) -> None:
        self.visitor = visitor.build(build_tab)
        self.values: dict[Any, Any] = {visitor.image: image}

    def part(self, name: str) -> Any:
        (found,) = (
            block for block in self.visitor.blocks.blocks.values() if getattr(block, "elem_id", "") == f"text-{name}"
        )
        return found

    def fire(self, event: str, name: str, **values: Any) -> dict[Any, Any]:
        """Set parts to values, then fire; of several handlers of the event the one that makes boxes or masks."""
        self.values.update({self.part(one.rstrip("_")): value for one, value in values.items()})
        functions = [f for f in self.visitor.blocks.fns.values() if (self.part(name)._id, event) in f.targets]
        function = max(functions, key=lambda f: len(f.inputs))
        results = function.fn(*[self.values.get(one, getattr(one, "value", None)) for one in function.inputs])
        answers = dict(zip(function.outputs, results if len(function.outputs) > 1 else [results]))
        kept = {one: value for one, value in answers.items() if not isinstance(value, dict) or "__type__" not in value}
        self.values.update({one: value for one, value in kept.items() if not hasattr(value, "elem_id")})
        return {getattr(one, "elem_id", None) or one: value for one, value in answers.items()}

    @property
    def proposed(self) -> Masks:
        return self.values[self.visitor.result]

    def draw_more(self) -> None:
        """What follows where the list lets in what has no outline yet."""
        functions = self.visitor.blocks.fns.values()
        (change,) = [f for f in functions if f.concurrency_id == "gpu" and f.targets[0][1] == "change"]
        (missing,) = [one for one in self.values if one._id == change.targets[0][0]]
        if not self.values[missing]:
            return
        (then,) = [f for f in functions if f.trigger_after == change._id]
        for one in (change, then):
            results = one.fn(*[self.values.get(part, getattr(part, "value", None)) for part in one.inputs])
            self.values.update(zip(one.outputs, results if len(one.outputs) > 1 else [results]))
        assert self.values[missing] == ()


def boxes_as_masks(image: Any, boxes: Any, model: str, segmenter: str) -> Masks:
    """In the place of a segmenter, which draws a hundred outlines of a random detector's for seconds."""
    masks = np.zeros((len(boxes), *image.shape[:2]), bool)
    for mask, (x0, y0, x1, y1) in zip(masks, boxes.xyxy.astype(int)):
        mask[y0 : y1 + 1, x0 : x1 + 1] = True
    return Masks(masks, boxes.scores)


@pytest.fixture
def tab(visitor, image, models, monkeypatch):
    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(models))
    for one in (module, searching):
        monkeypatch.setattr(one, "outline", boxes_as_masks)
    return Tab(visitor, image)


@pytest.fixture
def small(visitor, image, tmp_path, monkeypatch):
    """With nothing but the embedded detector."""
    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    MODELS.clear()
    return Tab(visitor, image)


LIMIT = 0.1


def find(tab: Tab) -> dict[str, Any]:
    return tab.fire("click", "go", find="cat. dog", score=LIMIT)["text-list"]


def test_what_is_found_is_listed_proposed_and_remembered(tab):
    answers = tab.fire("click", "go", find=" cat. dog ", score=LIMIT)
    found = answers["text-list"]
    assert len(found["rows"]) == len(tab.proposed) > 2
    assert isinstance(tab.proposed, Masks)
    assert {row["label"] for row in found["rows"]} <= {"cat", "dog"}
    assert tab.proposed.boxes.labels == tuple(row["label"] for row in found["rows"])
    scores = [row["score"] for row in found["rows"]]
    assert scores == sorted(scores, reverse=True)
    assert found["thumbs"].startswith("data:image/jpeg")
    assert answers["text-again"].raw_samples[0] == ["cat. dog"]
    assert len(answers["text-again"].raw_samples) == len(EXAMPLES)
    assert answers["text-results"].visible
    assert set(tab.visitor.shown["colors"]) <= set(COLORS[:2])
    assert tab.visitor.recorded[-1][0] == "text_to_masks"
    # An example that was searched for moves to the front; case makes no other search.
    again = tab.fire("submit", "find", find="Cat. Dog")["text-again"].raw_samples
    assert [one for (one,) in again].count("Cat. Dog") == 1
    assert len(again) == len(EXAMPLES)


def test_sliding_needs_no_model_and_keeps_what_was_said(tab, monkeypatch):
    rows = find(tab)["rows"]

    def no_model(*_: Any) -> None:
        raise AssertionError("the model was asked again")

    monkeypatch.setattr(module, "search", no_model)
    monkeypatch.setattr(module, "outline", no_model)
    tab.fire("edited", "list", list={"off": [rows[0]["row"]], "names": {str(rows[1]["row"]): "Tom"}})
    limit = (rows[1]["score"] + rows[2]["score"]) / 2
    less = tab.fire("change", "score", score=limit)["text-list"]
    assert [row["row"] for row in less["rows"]] == [rows[0]["row"], rows[1]["row"]]
    assert less["off"] == [rows[0]["row"]]
    assert tab.proposed.boxes.labels == (rows[1]["label"],)  # the class is what was asked for
    assert tab.visitor.shown["names"] == ["Tom"]
    every = tab.fire("change", "score", score=LIMIT)["text-list"]
    assert [row["row"] for row in every["rows"]] == [row["row"] for row in rows]
    assert len(tab.proposed) == len(rows) - 1
    tab.fire("change", "score", score=0.95)
    assert len(tab.proposed) == 0
    tab.fire("click", "show", score=LIMIT)
    assert len(tab.proposed) == len(rows) - 1


def test_what_a_lower_threshold_lets_in_is_outlined_afterwards(tab):
    rows = find(tab)["rows"]
    sure = (rows[0]["score"] + rows[1]["score"]) / 2
    tab.fire("click", "go", score=sure)
    assert len(tab.proposed) == 1
    tab.fire("change", "score", score=LIMIT)
    assert len(tab.proposed) == 1, "at once, with what is drawn"
    tab.draw_more()
    assert len(tab.proposed) == len(rows)


def test_a_box_goes_to_the_stage_once(tab):
    rows = find(tab)["rows"]
    asked = rows[2]["row"]
    tab.fire("corrected", "list", list={"off": [asked], "names": {str(asked): "Tom"}, "asked": asked})
    kind, box = tab.values[tab.visitor.prompt]
    assert (kind, box.labels, len(box)) == ("suggested", ("Tom",), 1)
    tab.fire("click", "show")
    assert len(tab.proposed) == len(rows) - 1
    with pytest.raises(PromptError, match="not there any more"):
        tab.fire("corrected", "list", list={"asked": 10_000})


def test_nothing_ticked_is_nothing_proposed(tab):
    rows = find(tab)["rows"]
    tab.fire("edited", "list", list={"off": [row["row"] for row in rows]})
    assert len(tab.proposed) == 0


@pytest.mark.parametrize(
    ("typed", "options", "said"),
    [
        ("", {}, "Type what to find"),
        ("   ", {}, "Type what to find"),
        (".", {}, "Type what to find"),
        ("x" * 3000, {}, "3,000 characters"),
        ("🐶", {}, "dog face"),
        ("كلب", {}, "is not among them"),
        ("\u202eכלב\u202c", {}, "is not among them"),
        (". ".join(f"thing {index}" for index in range(200)), {}, "200 phrases are too many"),
        ("dogg", {}, "Near to that it knows dog"),
        ("zeppelin", {}, "Grounding DINO (grounding-dino-tiny)"),
        ("<b>zeppelin</b>", {}, "&lt;b&gt;zeppelin"),
        ("zeppelin", {"model": "grounding-dino-tiny"}, "hf download"),
        ("cat", {"exclude": "Cat"}, "both wanted and excluded"),
        ("cat", {"score": 0.95}, "Nothing found above 95 %"),
    ],
)
def test_whatever_is_typed_gets_a_clear_answer(typed, options, said, small):
    answers = small.fire("click", "go", find=typed, **options)
    assert said in answers["text-said"]
    assert len(answers["text-said"]) < 700
    assert len(small.proposed) == 0
    assert "Traceback" not in answers["text-said"]


def test_a_refusal_is_not_remembered_and_takes_what_was_found_away(small):
    small.fire("click", "go", find="cat", score=0.05)
    before = [value for value in small.values.values() if isinstance(value, list)]
    answers = small.fire("click", "go", find="zeppelin")
    assert not answers["text-results"].visible
    assert [value for value in small.values.values() if isinstance(value, list)] == before
    # Sliding or ticking now changes nothing, since nothing was found.
    small.fire("change", "score", score=0.5)
    small.fire("edited", "list", list={"off": [1]})


def test_without_its_list_a_search_is_over(tab):
    find(tab)
    proposed = tab.proposed
    # What the page does itself when there is another photo; tests/browser/test_text.py sees it do so.
    tab.values[tab.part("list")] = None
    tab.fire("change", "score", score=0.5)
    tab.fire("edited", "list")
    tab.fire("click", "show")
    assert tab.proposed is proposed


def test_the_list_runs_without_imports():
    script = load_list()
    assert "export" not in script.replace("exported", "")
    assert "import " not in script.replace("It has no imports", "")
    assert script.rstrip().endswith("events: ['edited', 'corrected']});")
