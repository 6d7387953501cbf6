from __future__ import annotations

import re

from sam.models.catalog.efficient_sam import ORIGINAL, SPECS
from tests.sam.backends.parity import answers_of


def test_the_pattern_is_found_in_its_own_files_alone() -> None:
    own = {name: any(re.search(ORIGINAL, key) for key in answers_of(name)[0]) for name in FAMILIES}
    assert own == {name: name == "efficient_sam" for name in FAMILIES}


def test_what_is_said_of_it() -> None:
    assert {spec.licence for spec in SPECS} == {"Apache-2.0"}
    assert all(not spec.warning for spec in SPECS)
    assert len({spec.file for spec in SPECS}) == len(SPECS)


FAMILIES = ("sam2", "sam_hq", "edgetam", "mobile_sam", "efficient_sam")
