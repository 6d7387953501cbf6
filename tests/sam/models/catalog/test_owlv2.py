"""OWLv2's entry."""

from __future__ import annotations

from sam.models.catalog import family_of
from sam.models.catalog.owlv2 import SPECS


def test_it_finds_things_by_name_and_folders_of_its_type_are_its(tmp_path):
    assert {(spec.tasks, spec.family) for spec in SPECS} == {(("detect",), "owlv2")}
    (tmp_path / "config.json").write_text('{"model_type": "owlv2"}')
    assert family_of(tmp_path) == "owlv2"
