"""What every recipe shares."""

from __future__ import annotations

from pathlib import Path

import pytest

from sam import SamError
from sam.training.prepare.recipe import expected


def test_what_is_missing_is_named_with_where_it_is_had(tmp_path: Path) -> None:
    assert expected(tmp_path, "a folder", "the page") == tmp_path
    with pytest.raises(SamError, match=r"nothing is missing: the photos\. Fetch it with --download, or from the page"):
        expected(tmp_path / "nothing", "the photos", "the page")
