"""The models that a visitor may choose."""

from __future__ import annotations

import pytest

from sam import ModelUnavailable, list_models
from webapp.models.offered import Models


def test_models_that_the_page_offers():
    models = Models()
    assert models.default == "nano"
    rows = models.to_json()
    assert {row["name"] for row in rows} == {spec.name for spec in list_models() if "segment" in spec.tasks}
    assert next(row for row in rows if row["name"] == "nano")["ready"]
    assert models.check("nano") == "nano"


def test_a_default_of_the_owners_own(tmp_path):
    models = Models(str(tmp_path / "mine"))
    assert models.check(str(tmp_path / "mine"))
    assert models.to_json()[0]["title"] == "mine"


@pytest.mark.parametrize("name", ["", "nope", "/etc/passwd", "someone/else", None, 3, ["nano"]])
def test_other_names_are_refused(name):
    with pytest.raises(ModelUnavailable, match="Choose one of"):
        Models().check(name)


def test_the_picker_says_what_a_model_costs() -> None:
    rows = {row["name"]: row for row in Models().to_json()}
    assert rows["sam2.1-tiny"]["get"] == "download, 156 MB"
    assert rows["sam3"]["get"] == "on request"
    assert "SAM License" in rows["sam3"]["note"]
    assert Models("some/where").to_json()[0]["get"] == ""
