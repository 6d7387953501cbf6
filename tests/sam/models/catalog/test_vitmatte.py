from __future__ import annotations

from sam.models.catalog.vitmatte import SPECS


def test_they_matte_and_segment_nothing() -> None:
    assert all(spec.tasks == ("matte",) and spec.licence == "Apache-2.0" for spec in SPECS)
    assert [spec.bytes for spec in SPECS] == sorted(spec.bytes for spec in SPECS)
