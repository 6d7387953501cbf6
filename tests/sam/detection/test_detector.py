"""Raw detections become an answer without a model, and the right detector is found."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest

from sam import Boxes, Detector, ModelUnavailable
from sam.detection.detector import find_detector, sift
from sam.models import catalog
from sam.models.spec import BUILT_IN, ModelSpec

HERE, NEAR, AWAY = [0, 0, 10, 10], [0, 0, 10, 9], [50, 50, 60, 60]


def raw(*rows):
    return Boxes([box for box, _, _ in rows], np.array([score for _, score, _ in rows]), tuple(r[2] for r in rows))


def plain(boxes):
    return [(box.tolist(), round(float(score), 3), label) for box, score, label in zip(*vars(boxes).values())]


@pytest.mark.parametrize(
    ("rows", "options", "kept"),
    [
        ([], {}, []),
        ([(HERE, 0.9, "dog"), (AWAY, 0.2, "dog")], {"min_score": 0.3}, [0]),
        ([(HERE, 0.9, "dog"), (AWAY, 0.2, "dog")], {"min_score": 0.1}, [0, 1]),
        ([(HERE, 0.4, "dog"), (NEAR, 0.9, "dog")], {}, [1]),
        ([(HERE, 0.4, "dog"), (NEAR, 0.9, "dog")], {"overlap": 1.0}, [1, 0]),
        # Other phrases on the same thing stay: a dog is an animal.
        ([(HERE, 0.4, "dog"), (NEAR, 0.9, "animal")], {}, [1, 0]),
        ([(HERE, 0.9, "dog"), (AWAY, 0.8, "cat")], {"exclude": ["Cat"]}, [0]),
        ([(HERE, 0.6, "dog"), (NEAR, 0.7, "puppy"), (AWAY, 0.5, "dog")], {"exclude": ["puppy"]}, [2]),
        ([(HERE, 0.8, "dog"), (NEAR, 0.7, "puppy")], {"exclude": ["puppy"]}, [0]),
        ([(HERE, 0.25, "dog"), (NEAR, 0.28, "puppy")], {"exclude": ["puppy"], "min_score": 0.2}, []),
        # Hidden by a better box of its own phrase only if that one is shown.
        ([(HERE, 0.6, "dog"), (NEAR, 0.5, "dog"), (HERE, 0.9, "cat")], {"exclude": ["cat"]}, []),
    ],
)
def test_sift(rows, options, kept):
    found = sift(raw(*rows), **options)
    assert plain(found) == [(list(map(float, rows[i][0])), rows[i][1], rows[i][2]) for i in kept]


def test_sifting_again_starts_from_the_raw_scores():
    boxes = raw((HERE, 0.9, "dog"), (AWAY, 0.2, "dog"))
    assert len(sift(boxes, min_score=0.95)) == 0
    assert len(sift(boxes, min_score=0.1)) == 2


def spec(name, source, needs=()):
    return ModelSpec(name, "any", name, "MIT", 1_000_000, source, ("detect",), needs, MappingProxyType({}))


@pytest.fixture
def known(monkeypatch, tmp_path):
    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(tmp_path))

    def fill(*specs):
        monkeypatch.setattr(catalog, "specs", lambda: specs)
        return tmp_path

    return fill


def test_a_name_is_taken_as_it_is(known):
    known()
    assert find_detector("any-name") == "any-name"


def test_a_downloaded_detector_comes_before_the_embedded_one(known):
    folder = known(spec("small", BUILT_IN), spec("large", "someone/large"))
    assert find_detector() == "small"
    (folder / "large").mkdir()
    (folder / "large" / "config.json").write_text("{}")
    assert find_detector() == "large"


def test_none_is_ready(known):
    known(spec("large", "someone/large", ("no_such_module",)))
    with pytest.raises(ModelUnavailable, match=r"hf download someone/large --local-dir large.* It also needs no_such"):
        find_detector()
    known()
    with pytest.raises(ModelUnavailable, match="No model here"):
        find_detector()


def test_the_protocol():
    class Finder:
        name = "finder"

        def detect(self, image, text):
            return Boxes.empty()

    assert isinstance(Finder(), Detector)
    assert not isinstance(object(), Detector)
