"""What a recipe or a chain with a wrong name in it is told: one or two lines, with what comes closest."""

from __future__ import annotations

import pytest

from plugins import Recipe, load_plugins
from sam import SamError

HOST = load_plugins()
LONG = "z" * 3000


def made(*steps: object) -> Recipe:
    return Recipe.from_json({"recipe": "x", "steps": list(steps)})


FIND = {"tool": "find_subject"}
WRONG = {
    "tool": lambda: made({"tool": LONG}).check(HOST),
    "tool of a plugin": lambda: made({"tool": "x", "plugin": LONG}).check(HOST),
    "option": lambda: made({"tool": "matte", "options": {LONG: 1}}).check(HOST),
    "value": lambda: made({"tool": "matte", "options": {"band": LONG}}).check(HOST),
    "choice": lambda: made({"tool": "matte", "options": {"engine": LONG}}).check(HOST),
    "setting": lambda: made(FIND).with_values(HOST, {LONG: 1}),
    "setting of a step": lambda: made(FIND).with_values(HOST, {f"1.{LONG}": 1}),
    "step": lambda: made(FIND).with_values(HOST, {f"{LONG}.model": 1}),
    "value of a setting": lambda: made({"tool": "matte"}).with_values(HOST, {"band": LONG}),
    "step of a chain": lambda: HOST.chain(LONG),
    "no step of a chain": lambda: HOST.chain([LONG]),
    "field": lambda: Recipe.from_json({"recipe": "x", "steps": [FIND], LONG: 1}),
    "version": lambda: Recipe.from_json({"recipe": "x", "steps": [FIND], "version": LONG}),
    "name": lambda: Recipe.from_json({"recipe": [LONG], "steps": [FIND]}),
}


@pytest.mark.parametrize("case", WRONG)
def test_it_is_short(case):
    with pytest.raises(SamError) as caught:
        WRONG[case]()
    assert 20 < len(str(caught.value)) < 300


@pytest.mark.parametrize(("near", "meant"), [("find_subjct", "find_subject"), ("mate", "matte"), ("inpain", "inpaint")])
def test_the_nearest_is_named(near, meant):
    with pytest.raises(SamError, match=f"Did you mean .*{meant}"):
        made({"tool": near}).check(HOST)
