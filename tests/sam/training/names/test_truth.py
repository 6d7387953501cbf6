"""What sets say about names: nothing is taught to be absent where nobody has looked."""

from __future__ import annotations

import numpy as np
import pytest

from sam.detection.vocabulary import INDEX
from sam.training.names.truth import KNOWN, MIRRORED, PARTIAL, RULES, UNKNOWN, rows, rule_for, states


@pytest.mark.parametrize("folder", sorted(RULES))
def test_rules_speak_of_names_that_exist(folder: str) -> None:
    rule = RULES[folder]
    labelled = [name for names in rule.labels.values() for name in names]
    hidden = [name for names in rule.hidden.values() for name in names]
    within = [name for pair in rule.within for names in pair for name in names]
    for name in (*labelled, *rule.known, *rule.partial, *hidden, *within, *rule.bounded):
        assert name in INDEX
    assert not set(rule.known) & set(rule.partial)
    assert set(rule.bounded) <= set(rule.partial)
    assert set(labelled) <= {*rule.known, *rule.partial}


@pytest.mark.parametrize(
    ("folder", "there", "name", "expected"),
    [
        ("coco_mini", ["dog"], "cat", KNOWN),
        ("coco_mini", ["dog"], "window", UNKNOWN),
        ("coco_mini", ["dog"], "tree", UNKNOWN),
        ("coco_mini", ["dog"], "hair", KNOWN),
        ("coco_mini", ["person"], "hair", UNKNOWN),
        ("coco_mini", ["bus"], "wheel", UNKNOWN),
        ("coco_mini", ["cup"], "wheel", KNOWN),
        ("clothing", ["person"], "sky", UNKNOWN),
        ("clothing", ["person"], "person", KNOWN),
        ("clothing", ["person"], "elephant", KNOWN),
        ("facades", ["window"], "sky", UNKNOWN),
        ("facades", ["window"], "building", PARTIAL),
        ("facades", ["window"], "window", KNOWN),
        ("camvid", ["sky"], "window", UNKNOWN),
        ("camvid", ["sky"], "person", KNOWN),
        ("camvid", ["cyclist"], "person", UNKNOWN),
        ("camvid", ["cyclist", "person"], "person", KNOWN),
        ("car_parts", ["wheel"], "car", PARTIAL),
        ("animals", ["elephant"], "tree", UNKNOWN),
        ("animals", ["elephant"], "tiger", KNOWN),
        ("nuclei", ["nucleus"], "sky", KNOWN),
    ],
)
def test_what_a_photo_says_about_a_name(folder: str, there: list[str], name: str, expected: int) -> None:
    assert states(RULES[folder], there)[INDEX[name]] == expected


def test_another_set_teaches_its_own_names_only() -> None:
    rule = rule_for("mine", ["Cars", "dogs", "frobnicator"])
    assert dict(rule.labels) == {"Cars": ("car",), "dogs": ("dog",)}
    state = states(rule, ["car"])
    assert np.flatnonzero(state == KNOWN).tolist() == sorted(rows(["car", "dog"]))


def test_left_is_right_in_a_mirror() -> None:
    assert MIRRORED[INDEX["left door"]] == INDEX["right door"]
    assert (MIRRORED[MIRRORED] == np.arange(len(MIRRORED))).all()
    assert (np.arange(len(MIRRORED)) != MIRRORED).sum() == 6
