from __future__ import annotations

from sam.backends.salient import RECIPES
from sam.models.catalog.salient import SPECS


def test_each_has_its_recipe_and_file() -> None:
    assert {spec.name for spec in SPECS} == set(RECIPES)
    assert all(spec.files == (RECIPES[spec.name].file,) for spec in SPECS)


def test_what_may_not_be_used_commercially_says_so() -> None:
    warned = {spec.name for spec in SPECS if "non-commercial" in spec.note}
    assert warned == {"rmbg-1.4", "rmbg-2.0"}
