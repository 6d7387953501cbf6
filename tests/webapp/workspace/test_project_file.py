"""What is open into a project file, and back onto the stage as it was."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from sam import SamError
from sam.formats import FormatError, read_project, write_project
from tests.sam.formats.test_samstudio import a_photo
from webapp.workspace.project_file import open_project, save_project
from webapp.workspace.revisions import revise
from webapp.workspace.segment import commit, open_image

CLICK = {"points": [[30, 30]], "labels": [1], "box": None}


@pytest.fixture
def file(png):
    return png


@pytest.fixture
def kept(workspaces, file):
    """A photo from its file, with an object by clicks, of a class, locked."""
    one = workspaces.open("nano")
    open_image(one, file, "disk.png")
    (object_id,) = commit(one, one.picture.id, CLICK, 0, "Disk")
    one.set_label([object_id], one.classes.need("thing"))
    one.change(object_id, locked=True, color="#123456")
    return one


def through_a_file(project, tmp_path):
    write_project(project, tmp_path / "a.samstudio")
    return read_project((tmp_path / "a.samstudio").read_bytes())


def opened(project, workspaces, **more):
    other = workspaces.open("nano")
    return other, open_project(other, project, **more)


def test_all_is_as_it_was(kept, file, workspaces, tmp_path):
    prompts = {"points": [{"x": 3, "y": 4, "label": 1}], "box": None}
    ids = list(kept.picture.objects)
    made = save_project(kept, kept.picture.id, file, prompts, [*ids, "other"])
    project = through_a_file(made, tmp_path)
    assert project.problems == ()
    assert project.read(project.photos[0]) == file  # the file itself, not a picture of it
    other, found = opened(project, workspaces)
    assert found.notes == ()
    assert (dict(found.prompts), list(found.selected), found.count) == (prompts, ids, 1)
    old, new = kept.picture, other.picture
    assert (new.image == old.image).all()
    assert (new.name, new.model, new.weights, new.key) == (old.name, old.model, old.weights, old.key)
    item, back = old.objects[ids[0]], new.objects[ids[0]]
    same = ("id", "name", "color", "hidden", "locked", "score", "area", "box", "rle", "source", "prompts")
    assert [getattr(item, key) for key in same] == [getattr(back, key) for key in same]
    assert item.prompts == CLICK
    assert [one.name for one in other.classes.now] == ["thing"]
    assert back.label == other.classes.now[0].id


def test_a_file_that_does_not_make_this_picture_is_not_taken(kept, workspaces, tmp_path):
    buffer = io.BytesIO()
    Image.new("RGB", (80, 60)).save(buffer, "PNG")
    for source in (buffer.getvalue(), b"", b"rubbish"):
        project = through_a_file(save_project(kept, kept.picture.id, source), tmp_path)
        other, _ = opened(project, workspaces)
        assert (other.picture.image == kept.picture.image).all()


def test_a_changed_photo_comes_back_changed(kept, file, workspaces, tmp_path):
    revise(kept, kept.picture, 255 - kept.picture.image)
    project = through_a_file(save_project(kept, kept.picture.id, file), tmp_path)
    assert project.photos[0].revised
    other, _ = opened(project, workspaces)
    assert other.picture.revised
    assert (other.picture.image == kept.picture.image).all()
    assert len(other.picture.objects) == 1


def test_transparency_comes_back(workspaces, tmp_path):
    rgba = np.zeros((20, 30, 4), np.uint8)
    rgba[5:15, 5:15] = (200, 10, 10, 128)
    buffer = io.BytesIO()
    Image.fromarray(rgba).save(buffer, "PNG")
    one = workspaces.open("nano")
    open_image(one, buffer.getvalue(), "a.png")
    for source in (buffer.getvalue(), b""):
        other, _ = opened(through_a_file(save_project(one, one.picture.id, source), tmp_path), workspaces)
        assert (other.picture.alpha == one.picture.alpha).all()
        assert (other.picture.image == one.picture.image).all()


def test_the_other_photos_of_a_project_stay(kept, file, workspaces, tmp_path):
    many = through_a_file(save_project(kept, kept.picture.id, file).with_photo(a_photo(7)), tmp_path)
    other, found = opened(many, workspaces, photo_id="photo-1")
    assert (found.photo, found.count) == ("photo-1", 2)
    other.change(next(iter(other.picture.objects)), name="Renamed")
    again = save_project(other, other.picture.id, file, before=many, photo_id="photo-1")
    back = through_a_file(again, tmp_path)
    assert [one.annotation.name for one in back.photos[0].objects] == ["Renamed"]
    assert back.photos[1].objects == many.photos[1].objects
    assert back.read(back.photos[1]) == many.read(many.photos[1])


def test_models_that_may_not_be_used_are_told(kept, file, workspaces, tmp_path):
    project = through_a_file(save_project(kept, kept.picture.id, file), tmp_path)
    _, found = opened(project, workspaces, usable=lambda name: "")
    assert "nano is not here" in found.notes[0]
    strange = project.with_photo(replace(project.photos[0], model="nonsuch"))
    other, found = opened(strange, workspaces)
    assert "nonsuch can't be used now" in found.notes[0]
    assert other.model == "nano"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda photo: {"photos": ()}, "no photos"),
        (lambda photo: {"photos": (replace(photo, file="", data={}),)}, "not in the project"),
        (lambda photo: {"photos": (replace(photo, sha256="0" * 64),)}, "its file changed"),
        (lambda photo: {"photos": (replace(a_photo(1, (40, 60)), data={"photo": b"x"}, sha256=""),)}, "image"),
        (
            lambda photo: {"photos": (replace(a_photo(1, (40, 60)), data=photo.data, sha256="", page=None),)},
            "the project says",
        ),
    ],
)
def test_what_cannot_be_opened_leaves_the_stage_as_it_is(kept, file, workspaces, spoil, said):
    project = save_project(kept, kept.picture.id, file)
    other = workspaces.open("nano")
    open_image(other, file, "before.png")
    with pytest.raises((FormatError, SamError), match=said):
        open_project(other, replace(project, **spoil(project.photos[0])))
    assert other.picture.name == "before.png"


def test_a_history_that_cannot_be_read_is_told(kept, file, workspaces):
    project = save_project(kept, kept.picture.id, file)
    odd = project.with_photo(replace(project.photos[0], history=({"steps": 5},)))
    _, found = opened(odd, workspaces)
    assert "tool history" in found.notes[0]
