from __future__ import annotations

from pathlib import Path

import pytest

from sam.models.catalog import family_of
from sam.models.catalog.sam3 import SPECS
from sam.models.registry import how_to_get


@pytest.mark.parametrize("model_type", ["sam3", "sam3_video"])
def test_it_finds_things_by_name_and_folders_of_its_types_are_its(tmp_path: Path, model_type: str) -> None:
    (spec,) = SPECS
    assert (spec.tasks, spec.family) == (("detect",), "sam3")
    (tmp_path / "config.json").write_text(f'{{"model_type": "{model_type}"}}')
    assert family_of(tmp_path, "detect") == "sam3"


def test_it_says_what_it_asks_of_people_and_that_it_is_one_download_with_the_tracker() -> None:
    how = how_to_get(SPECS[0])
    assert "https://huggingface.co/facebook/sam3, then `hf auth login`" in how
    assert "SAM License" in how
    assert "hf download facebook/sam3 --local-dir sam3." in how
