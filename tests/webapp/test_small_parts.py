"""Examples, models, grants and components: a few lines each."""

from __future__ import annotations

import io
import json
import time

import pytest
from PIL import Image

from sam import ModelUnavailable, SamError, list_models
from webapp.examples import list_examples, read_thumb
from webapp.grants import Grants
from webapp.models import Models
from webapp.stage import Port, Stage
from webapp.workspaces import WorkspaceGoneError


def test_examples_are_photos_of_the_installed_package():
    import skimage

    names = [example.name for example in list_examples()]
    assert "chelsea.png" in names
    assert len(names) >= 5
    for example in list_examples():
        assert str(example.path).startswith(skimage.__path__[0])
        assert Image.open(io.BytesIO(read_thumb(example.name))).size == (224, 168)


def test_without_the_package_there_are_none(monkeypatch):
    list_examples.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert list_examples() == ()
    monkeypatch.undo()
    list_examples.cache_clear()


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


def test_a_grant_expires(workspaces, workspace):
    grants = Grants(workspaces, ttl=0.05)
    token = grants.give(workspace.token, workspace.picture.id)
    assert grants.find(token) is workspace.picture
    time.sleep(0.1)
    with pytest.raises(WorkspaceGoneError):
        grants.find(token)


def test_a_grant_is_for_one_picture(workspaces, workspace):
    grants = Grants(workspaces)
    with pytest.raises(SamError, match="not kept"):
        grants.find(grants.give(workspace.token, "another"))


@pytest.mark.parametrize("make", [lambda: Stage({"model": "nano"}), lambda: Port("image")], ids=["stage", "port"])
def test_components_have_a_plain_config(make):
    """Gradio takes any attribute that is not set for an event; one of these in the config breaks the page."""
    import gradio as gr

    with gr.Blocks():
        component = make()
    assert json.loads(json.dumps(component.get_config(), default=str)).keys() >= {"html_template", "js_on_load"}
    assert "functools.partial" not in str(component.get_config())
