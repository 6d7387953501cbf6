"""A changed photo takes the place of the one before: objects stay, and the one before can come back."""

from __future__ import annotations

import numpy as np
import pytest

from plugins import PluginError
from sam import Image, ImageError, Masks, PromptError
from webapp.components.plugin_page import StudioPage
from webapp.models.offered import Models
from webapp.workspace.registry import Workspaces
from webapp.workspace.revisions import revise
from webapp.workspace.segment import open_image


@pytest.fixture
def workspaces():
    made = Workspaces()
    yield made
    made.close_all()


@pytest.fixture
def workspace(workspaces):
    workspace = workspaces.open("nano")
    open_image(workspace, np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8), "noise.png")
    mask = np.zeros((40, 60), bool)
    mask[5:20, 5:30] = True
    workspace.add(workspace.picture, Masks(mask), "test", ["thing"])
    return workspace


def test_objects_survive_and_the_photo_before_can_be_brought_back(workspace):
    before = workspace.picture
    revision = workspace.revision
    changed = 255 - before.image
    new = revise(workspace, before, changed)
    changed[:] = 0  # the caller's array is its own
    assert workspace.picture is new
    assert workspace.revision > revision
    assert (new.image == 255 - before.image).all()
    assert not new.image.flags.writeable
    assert [item.name for item in new.objects.values()] == ["thing"]
    assert new.key != before.key
    workspace.restore(before.id)
    assert workspace.picture is before


@pytest.mark.parametrize(
    ("image", "error"), [(np.zeros((4, 4, 3), np.uint8), PromptError), (np.zeros((40, 60), np.uint8), ImageError)]
)
def test_another_size_or_no_image_changes_nothing(workspace, image, error):
    before = workspace.picture
    with pytest.raises(error):
        revise(workspace, before, image)
    assert workspace.picture is before


def test_a_handler_puts_a_new_image_on_the_stage(workspaces, workspace):
    import gradio as gr

    with gr.Blocks():
        page = StudioPage(workspaces, Models())

    def invert(image: Image, masks: Masks) -> object:
        """Inverted."""
        return page.new_image(255 - image, hide=True)

    before = workspace.picture
    port = {"workspace": workspace.token}
    value = page.run(invert)(None, port, port)
    assert value == {"workspace": workspace.token, "revision": workspace.revision}
    assert (workspace.picture.image == 255 - before.image).all()
    assert [item.hidden for item in workspace.picture.objects.values()] == [True]
    assert [item.hidden for item in before.objects.values()] == [False]
    with pytest.raises(PluginError, match="works inside a handler"):
        page.new_image(before.image)
