"""Routes of the Export dialog: what is downloaded is what the masks say."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from sam import Masks
from sam.formats import Files, Format, Shape, list_formats, read_annotations
from webapp.models.offered import Models
from webapp.routes.export import make_export_routes
from webapp.routes.requests import PREFIX


def write_areas(annotations, out, options) -> None:
    out.add("areas.txt", " ".join(str(one.area) for one in annotations.objects))


@pytest.fixture
def client(workspaces):
    own = Format("areas", "Areas", Shape.TABLE, suffix=".txt", write=write_areas)
    app = Starlette(routes=make_export_routes(workspaces, Models(), [own]))
    with TestClient(app, base_url="http://test" + PREFIX) as client:
        yield client


@pytest.fixture
def masks() -> np.ndarray:
    masks = np.zeros((2, 60, 80), bool)
    masks[0, 10:30, 10:40] = True
    masks[1, 20:50, 50:70] = True
    return masks


@pytest.fixture
def here(workspace, masks) -> str:
    workspace.add(workspace.picture, Masks(masks), "test", ["dog 2", "Object 1"])
    return f"/workspaces/{workspace.token}/export"


def read(answer) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    return np.array(Image.open(io.BytesIO(answer.content)))


@pytest.mark.parametrize("kind", ["png", "webp", "tiff"])
def test_pictures_are_the_masks(client, here, workspace, masks, image, kind):
    union = masks.any(axis=0)
    cutout = read(client.get(f"{here}/picture?what=cutout&kind={kind}"))
    assert ((cutout[..., 3] == 255) == union).all()
    assert (cutout[union][:, :3] == image[union]).all()
    assert (cutout[~union] == 0).all()
    mask = read(client.get(f"{here}/picture?what=mask&kind={kind}"))
    assert ((mask if mask.ndim == 2 else mask[..., 0]) == union * 255).all()
    assert (read(client.get(f"{here}/picture?what=photo&kind={kind}")) == image).all()
    first = next(iter(workspace.picture.objects))
    one = read(client.get(f"{here}/picture?what=cutout&kind={kind}&objects={first}"))
    assert ((one[..., 3] == 255) == masks[0]).all()


def test_a_soft_edge_rises_over_its_width_and_nothing_is_left_outside(client, here, masks, image):
    union = masks.any(axis=0)
    soft = read(client.get(f"{here}/picture?what=cutout&edge=3"))
    assert ((soft[..., 3] > 127) == union).all()
    assert len(np.unique(soft[..., 3])) > 4
    assert (soft[soft[..., 3] == 0] == 0).all()
    assert (soft[soft[..., 3] > 0][:, :3] == image[soft[..., 3] > 0]).all()
    assert (soft[20, 20] == [*image[20, 20], 255]).all()
    assert (read(client.get(f"{here}/picture?what=mask&edge=3")) == soft[..., 3]).all()


def test_hidden_objects_are_left_out_unless_they_are_named(client, here, workspace, masks):
    first = next(iter(workspace.picture.objects))
    workspace.change(first, hidden=True)
    assert (read(client.get(f"{here}/picture?what=mask")) == masks[1] * 255).all()
    assert (read(client.get(f"{here}/picture?what=mask&objects={first}")) == masks[0] * 255).all()


def test_previews_are_small_and_show_the_edge(client, here):
    whole = read(client.get(f"{here}/preview?what=cutout&edge=1"))
    assert whole.shape[2] == 4
    assert max(whole.shape[:2]) <= 480
    assert whole[:, [0, -1], 3].any(axis=0).all()
    edge = read(client.get(f"{here}/preview?what=cutout&edge=3&part=edge"))
    assert set(np.unique(edge[..., 3])) > {0, 255}


@pytest.mark.parametrize("format", [one.name for one in list_formats() if one.write])
def test_every_format_is_downloaded_and_read_again(client, here, masks, format):
    answer = client.get(f"{here}/objects?format={format}&photos=1")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert any(name.endswith("disk.png") for name in archive.namelist())
    if format == "csv":
        return
    back = read_annotations(Files.from_zip(io.BytesIO(answer.content), "a.zip"))
    assert not back.problems
    assert len(back.objects) == 2
    boxes = {one.box for one in back.objects}
    assert boxes == {(10, 10, 40, 30), (50, 20, 70, 50)}


def test_one_file_is_no_zip_and_classes_follow_from_names(client, here):
    answer = client.get(f"{here}/objects?format=coco")
    held = json.loads(answer.content)
    assert "disk.json" in answer.headers["content-disposition"]
    assert [one["name"] for one in held["categories"]] == ["dog", "object"]
    assert [one["name"] for one in held["annotations"]] == ["dog 2", "Object 1"]
    assert "disk-yolo.zip" in client.get(f"{here}/objects?format=yolo").headers["content-disposition"]


def test_the_loss_is_said_before_it_is_saved(client, here):
    found = client.get(f"{here}/loss?format=yolo").json()
    assert found["objects"] == 2
    assert "Not kept: names, scores, provenance." in found["loss"]
    assert client.get(f"{here}/loss?format=png-masks").json()["nothing"] is True


def test_plugins_formats_are_offered(client, here):
    known = {one["name"]: one for one in client.get(f"{here}/formats").json()["formats"]}
    assert known["areas"]["suffix"] == ".txt"
    assert known["yolo"]["outlines"] is True
    assert client.get(f"{here}/objects?format=areas").text == "600 600"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("picture?what=all", "what: expected one of"),
        ("picture?kind=exe", "kind: expected one of"),
        ("picture?edge=x", "edge: expected 0 to 20"),
        ("picture?edge=-1", "edge: expected 0 to 20"),
        ("picture?edge=nan", "edge: expected 0 to 20"),
        ("picture?objects=zzz", ""),
        ("objects?format=exe", "There is no format"),
        ("objects?format=coco&tolerance=99", "tolerance: expected 0 to 20"),
    ],
)
def test_what_cannot_be_is_a_sentence(client, here, path, said):
    answer = client.get(f"{here}/{path}")
    assert answer.status_code == 400
    assert said in answer.json()["error"]


@pytest.mark.parametrize("path", ["picture?what=cutout", "objects?format=coco"])
def test_without_objects_it_says_so(client, workspace, path):
    answer = client.get(f"/workspaces/{workspace.token}/export/{path}")
    assert answer.status_code == 400
    assert "to export yet" in answer.json()["error"]
