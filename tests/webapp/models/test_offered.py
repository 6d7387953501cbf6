"""The models that a visitor may choose."""

from __future__ import annotations

from pathlib import Path

import pytest

import sam
from sam import ModelUnavailable, PromptError, list_models, load_model
from sam.permits import OWNER, Permit, permit
from webapp.models.offered import Models
from webapp.workspace.segment import open_image


def test_models_that_the_page_offers():
    models = Models()
    assert models.default == "nano"
    rows = models.to_json()
    assert {row["name"] for row in rows} == {spec.name for spec in list_models() if "segment" in spec.tasks}
    assert next(row for row in rows if row["name"] == "nano")["ready"]
    assert models.check("nano") == "nano"


def test_a_default_of_the_owners_own_goes_by_a_name(tmp_path):
    models = Models(str(tmp_path / tmp_path.name))
    assert models.check(tmp_path.name) == tmp_path.name
    assert str(tmp_path) not in str(models.to_json())
    assert models.to_json()[0]["title"] == models.to_json()[0]["name"] == tmp_path.name
    with pytest.raises(ModelUnavailable, match="There is no model"):
        models.check(str(tmp_path / tmp_path.name))


@pytest.mark.parametrize("name", ["", "nope", "/etc/passwd", "someone/else", "facebook/sam-vit-base", "~/x.pth"])
def test_other_names_are_refused(name):
    with pytest.raises(ModelUnavailable, match="There is no model"):
        Models().check(name)


@pytest.mark.parametrize("name", [None, 3, ["nano"], {"name": "nano"}])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(PromptError, match="model: expected a name"):
        Models().check(name)


@pytest.mark.parametrize("managed", [True, False])
def test_what_a_visitor_may_do_is_one_value(managed):
    models = Models("some/where")
    models.allowed = managed
    assert models.permit == Permit(frozenset(models.names), managed, frozenset({"some/where"}), managed)
    with models.visiting():
        assert permit() == models.permit
    assert permit() == OWNER


def test_the_picker_says_what_a_model_costs() -> None:
    rows = {row["name"]: row for row in Models().to_json()}
    assert rows["sam2.1-tiny"]["get"] == "download, 156 MB"
    assert rows["sam3"]["get"] == "on request"
    assert "SAM License" in rows["sam3"]["note"]
    assert Models("some/where").to_json()[0]["get"] == ""


def test_the_owners_own_model_works_for_visitors_by_its_name(workspaces, image):
    """After encoding it is looked up again for each click."""
    weights = Path(sam.__file__).parent / "nano" / "weights"
    models = Models(str(weights))
    workspace = workspaces.open(models.default)
    with models.visiting():
        open_image(workspace, image, "disk.png")
        assert load_model(workspace.picture.model).name == workspace.picture.model == models.default
    assert str(weights.parent) not in str(workspace.to_json())
