"""The value: ids, photos that stay where they are until they are asked for, and classes."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from sam import PromptError
from sam.formats import AnnotatedImage, AnnotatedObject, FormatError, Project, ProjectObject, ProjectPhoto
from sam.formats.project import from_annotations
from sam.rle import encode
from tests.present import present
from tests.sam.formats.scenes import apart, disc, photo

IMAGE = AnnotatedImage("a.png", (40, 60))


def an_object(name: str = "o", label: str = "") -> ProjectObject:
    return ProjectObject(AnnotatedObject("a.png", encode(disc(40, 60, 20, 20, 8)), label), name)


def test_annotations_there_and_back():
    project = from_annotations(apart())
    assert project.to_annotations() == apart()
    assert project.count == 6
    assert present(project.shown).image.name == "a/first.png"


@pytest.mark.parametrize(
    "photos",
    [
        (ProjectPhoto("p", IMAGE), ProjectPhoto("p", replace(IMAGE, name="b.png"))),
        (ProjectPhoto("p", IMAGE), ProjectPhoto("q", IMAGE)),
    ],
)
def test_ids_and_names_are_unique(photos):
    with pytest.raises(PromptError, match="once"):
        Project(photos)


def test_an_object_is_of_its_photo():
    with pytest.raises(PromptError, match="once"):
        ProjectPhoto("p", IMAGE, objects=(an_object(), an_object()))
    with pytest.raises(PromptError, match="another photo"):
        ProjectPhoto("p", AnnotatedImage("b.png", (40, 60)), objects=(an_object(),))


def test_classes_that_objects_name_are_added():
    project = Project((ProjectPhoto("p", IMAGE, objects=(an_object(label="tree"),)),))
    assert [one.name for one in project.classes] == ["tree"]


def test_a_photo_is_checked_against_its_hash():
    data = photo(40, 60)
    good = ProjectPhoto("p", IMAGE, hashlib.sha256(data).hexdigest(), data={"photo": data})
    assert Project((good,)).read(good) == data
    with pytest.raises(FormatError, match="its file changed"):
        Project().read(replace(good, data={"photo": data + b"x"}))


def test_a_photo_beside_is_read_only_where_the_project_has_a_folder(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(b"inside")
    (tmp_path / "out.png").write_bytes(b"outside")
    beside = ProjectPhoto("p", IMAGE, path="a.png")
    assert Project(folder=tmp_path / "in").read(beside) == b"inside"
    with pytest.raises(FormatError, match="not in the project"):
        Project().read(beside)
    with pytest.raises(FormatError, match="missing"):
        Project(folder=tmp_path / "in").read(replace(beside, path="b.png"))
    (tmp_path / "in" / "link.png").symlink_to(tmp_path / "out.png")
    with pytest.raises(FormatError, match="leads outside"):
        Project(folder=tmp_path / "in").read(replace(beside, path="link.png"))


def test_one_photo_takes_the_place_of_another_of_its_id():
    one, two = ProjectPhoto("p", IMAGE), ProjectPhoto("q", replace(IMAGE, name="b.png"))
    project = Project((one, two)).with_photo(replace(one, objects=(an_object(),)))
    assert [len(each.objects) for each in project.photos] == [1, 0]
    with pytest.raises(FormatError, match="no photo"):
        project.find("r")
