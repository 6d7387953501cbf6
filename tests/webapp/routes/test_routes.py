from __future__ import annotations

import io
import json
import struct

import brotli
import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

import sam
from tests.present import present
from webapp.models.offered import Models
from webapp.onnxruntime_web import FILES, Runtime, package_version
from webapp.routes.requests import MAX_UPLOAD, PREFIX
from webapp.routes.routes import STATIC, make_routes, static_files, static_version

from ..workspace.test_reading import deep_png

CLICK = {"points": [[30, 30]], "labels": [1], "box": None}
BOX = {"points": [], "labels": [], "box": [12, 12, 48, 48]}


@pytest.fixture
def client(workspaces):
    with TestClient(Starlette(routes=make_routes(workspaces, Models())), base_url="http://test" + PREFIX) as client:
        yield client


@pytest.fixture
def here(client, png) -> str:
    """Address of a workspace with the photo on its stage."""
    token = client.post("/workspaces").json()["token"]
    answer = client.post(f"/workspaces/{token}/image?name=disk.png", content=png)
    assert answer.status_code == 200
    return f"/workspaces/{token}"


def picture_id(client, here) -> str:
    return client.get(f"{here}/state").json()["picture"]["id"]


def keep(client, here, prompts=BOX, choice=0) -> dict:
    body = {"picture": picture_id(client, here), "prompts": prompts, "choice": choice}
    answer = client.post(f"{here}/objects", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_decode_gives_the_engines_logits(client, here, image):
    answer = client.post(f"{here}/decode", json={"picture": picture_id(client, here), "prompts": CLICK})
    (length,) = struct.unpack("<I", answer.content[:4])
    header = json.loads(answer.content[4 : 4 + length])
    logits = np.frombuffer(answer.content[4 + length :], "<f2").reshape(header["shape"])
    model = sam.load_model("nano")
    expected = model.predict(model.embed(image), points=[[30, 30]])
    np.testing.assert_allclose(logits, expected.logits, atol=0.02, rtol=0.002)
    np.testing.assert_array_equal(logits > 0, expected.logits > 0)
    np.testing.assert_allclose(header["scores"], expected.scores, atol=1e-4)


def test_the_mask_has_the_photos_size(client, here, image):
    (item,) = keep(client, here)["added"]
    model = sam.load_model("nano")
    expected = model.predict(model.embed(image), boxes=[BOX["box"]]).masks[0]
    mask = client.get(f"{here}/objects/{item}/mask.png")
    assert mask.headers["content-type"] == "image/png"
    np.testing.assert_array_equal(np.array(Image.open(io.BytesIO(mask.content))), expected * np.uint8(255))


def test_the_picture_comes_back_as_it_is(client, here, image):
    answer = client.get(f"{here}/pictures/{picture_id(client, here)}")
    np.testing.assert_array_equal(np.array(Image.open(io.BytesIO(answer.content))), image)


def test_change_remove_and_restore_an_object(client, here):
    (item,) = keep(client, here)["added"]
    changed = client.patch(f"{here}/objects/{item}", json={"name": "Disk", "color": "#010203", "hidden": True}).json()
    assert {k: changed["objects"][0][k] for k in ("name", "color", "hidden")} == {
        "name": "Disk",
        "color": "#010203",
        "hidden": True,
    }
    assert client.delete(f"{here}/objects/{item}").json()["objects"] == []
    assert len(client.post(f"{here}/objects/{item}/restore").json()["objects"]) == 1


def test_the_view_of_an_object_may_be_kept_by_the_browser_alone(client, here):
    (item,) = keep(client, here)["added"]
    answer = client.get(f"{here}/objects/{item}/view.png")
    assert answer.headers["cache-control"].startswith("private")
    assert client.get(f"{here}/state").headers["cache-control"] == "no-store"


def test_another_photo_and_back(client, here, png):
    first = picture_id(client, here)
    keep(client, here)
    state = client.post(f"{here}/example", json={"name": "chelsea.png"}).json()
    assert (state["picture"]["width"], state["objects"], state["previous"]["objects"]) == (451, [], 1)
    late = client.post(f"{here}/decode", json={"picture": first, "prompts": CLICK})
    assert late.status_code == 409
    assert len(client.post(f"{here}/restore", json={"picture": first}).json()["objects"]) == 1


def test_a_file_is_read_in_another_way(client, here):
    assert client.post(f"{here}/reading", json={"picture": picture_id(client, here), "page": 1}).status_code == 400
    reading = client.post(f"{here}/image?name=deep.png", content=deep_png()).json()["picture"]["reading"]
    assert reading["choice"] == "auto"
    body = {"picture": picture_id(client, here), "brightness": "stored"}
    assert client.post(f"{here}/reading", json=body).json()["picture"]["reading"]["choice"] == "stored"
    assert client.post(f"{here}/reading", json=body).status_code == 409
    refused = client.post(f"{here}/reading", json={**body, "picture": picture_id(client, here), "brightness": "x"})
    assert (refused.status_code, "brightness: expected" in refused.json()["error"]) == (400, True)


def test_embedding_and_decoder_for_the_page(client, here, image):
    grant = client.post(f"{here}/embedding").json()
    answer = client.get("/" + grant["embedding"])
    assert answer.headers["x-decoder-hash"] == grant["weights"] == sam.load_model("nano").weights
    assert answer.headers["cache-control"].startswith("private")
    assert (grant["picture"], grant["rules"]) == (
        picture_id(client, here),
        {"slots": 1, "tidy": True, "pad_box": False, "least": 0},
    )
    decoder = client.get("/" + grant["decoder"])
    assert decoder.content == present(sam.load_model("nano").decoder_file).read_bytes()
    assert "immutable" in decoder.headers["cache-control"]
    # It dies with the workspace.
    assert client.post(f"{here}/close").status_code == 204
    assert client.get("/" + grant["embedding"]).status_code == 410


def test_encoder_for_the_page_without_a_photo(client):
    here = f"/workspaces/{client.post('/workspaces').json()['token']}"
    local = client.get(f"{here}/encoder").json()
    assert local["weights"] == sam.load_model("nano").weights
    encoder = client.get("/" + local["encoder"])
    assert encoder.content == present(sam.load_model("nano").encoder_file).read_bytes()
    assert client.get("/" + local["decoder"]).content == present(sam.load_model("nano").decoder_file).read_bytes()
    assert local["rules"] == {"slots": 1, "tidy": True, "pad_box": False, "least": 0}
    assert "immutable" in encoder.headers["cache-control"]


def test_the_pages_decoder_is_served_as_it_was_compressed(workspaces, tmp_path):
    for name in FILES:
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / (FILES[-1] + ".br")).write_bytes(brotli.compress(b"small"))
    routes = make_routes(workspaces, Models(), Runtime(tmp_path))
    with TestClient(Starlette(routes=routes), base_url="http://test" + PREFIX) as client:
        assert client.get("/runtime").json() == {
            "ready": True,
            "reason": "",
            "version": package_version(),
            "waiting": False,
            "webgpu": "off",
        }
        address = f"/runtime/{package_version()}/{FILES[-1]}"
        whole = client.get(address, headers={"Accept-Encoding": "identity"})
        assert (whole.content, whole.headers["content-type"]) == (FILES[-1].encode(), "application/wasm")
        small = client.get(address, headers={"Accept-Encoding": "gzip, br"})
        assert small.headers["content-encoding"] == "br"
        assert "immutable" in small.headers["cache-control"]
        assert client.get(f"/runtime/0.0.0/{FILES[-1]}").status_code == 404
        assert client.get(f"/runtime/{package_version()}/other.js").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/encoders/nope.onnx", None, 404),
        ("GET", "/workspaces/nope/encoder", None, 410),
        ("GET", "/workspaces/nope/state", None, 410),
        ("GET", "/embeddings/nope", None, 410),
        ("GET", "/decoders/nope.onnx", None, 404),
        ("GET", "/examples/nope", None, 404),
        ("POST", "{here}/example", {"name": "../secret.png"}, 400),
        ("POST", "{here}/model", {"model": "no-such-model"}, 503),
        ("POST", "{here}/model", {"model": "/etc/passwd"}, 503),
        ("POST", "{here}/model", {"model": "someone/anything"}, 503),
        ("POST", "{here}/model", {}, 400),
        ("POST", "{here}/model", {"model": ["nano"]}, 400),
        ("POST", "{here}/decode", {"picture": "nope", "prompts": CLICK}, 409),
        ("POST", "{here}/decode", [1], 400),
        ("POST", "{here}/restore", {"picture": "nope"}, 400),
        ("POST", "{here}/objects/nope/restore", None, 400),
        ("PATCH", "{here}/objects/nope", {"name": "x"}, 400),
        ("DELETE", "{here}/objects/nope", None, 400),
        ("GET", "{here}/objects/nope/mask.png", None, 400),
        ("GET", "{here}/pictures/nope", None, 400),
        ("POST", "{here}/layer?picture=x&box=0,0,9,9", None, 409),
        ("POST", "{here}/layer?box=0,0,9,9", None, 409),
    ],
)
def test_what_cannot_be_is_a_sentence(client, here, method, path, body, status):
    answer = client.request(method, path.format(here=here), json=body)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error.endswith(".")
    assert "Traceback" not in error


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"])
def test_a_bad_upload_keeps_the_state(client, here, content):
    keep(client, here)
    before = client.get(f"{here}/state").json()
    answer = client.post(f"{here}/image?name=x.png", content=content)
    assert answer.status_code == 400
    assert client.get(f"{here}/state").json() == before


def test_an_upload_without_end_is_stopped(client, here, monkeypatch):
    monkeypatch.setattr("webapp.routes.routes.MAX_UPLOAD", 1 << 20)

    def endless():
        for _ in range(40):
            yield b"x" * (1 << 16)

    answer = client.post(f"{here}/image?name=x.png", content=endless())
    assert answer.status_code == 413
    assert "1 MB" in answer.json()["error"]
    assert MAX_UPLOAD >= 100 << 20


def test_an_error_that_nobody_foresaw_is_not_shown(client, here, monkeypatch, caplog):
    def broken(*args):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("webapp.workspace.segment.decode", broken)
    answer = client.post(f"{here}/decode", json={"picture": picture_id(client, here), "prompts": CLICK})
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "secret detail" in caplog.text


@pytest.mark.parametrize(
    ("name", "mime"),
    [("app.mjs", "text/javascript"), ("canvas/overlay.mjs", "text/javascript"), ("ui/base.css", "text/css")],
)
def test_static_files_have_their_type_and_are_kept_for_ever(client, name, mime):
    answer = client.get(f"/static/{static_version()}/{name}")
    assert answer.headers["content-type"].startswith(mime)
    assert "immutable" in answer.headers["cache-control"]
    assert answer.content == (STATIC / name).read_bytes()
    assert client.get(f"/static/old/{name}").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "name",
    [
        "nope.mjs",
        "routes.py",
        "canvas",
        "canvas/",
        "marks.mjs",
        "../routes.py",
        "..%2Froutes.py",
        "%2e%2e%2froutes.py",
        "%252e%252e%252froutes.py",
        "canvas/%2e%2e/app.mjs",
        "canvas/%2e%2e/%2e%2e/routes.py",
        "canvas/..%2f..%2fstage.py",
        "canvas%5cmarks.mjs",
        "canvas/overlay.mjs%00",
        "%00",
        "%2fetc%2fpasswd",
        "//etc/passwd",
        "./app.mjs%2f",
        "a" * 5000,
    ],
)
def test_nothing_else_is_served(client, name):
    assert client.get(f"/static/{static_version()}/{name}").status_code == 404


def test_a_link_out_of_the_folder_is_not_served(monkeypatch, tmp_path):
    (tmp_path / "secret.css").write_text("secret")
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "own.css").write_text("own")
    (folder / "out.css").symlink_to(tmp_path / "secret.css")
    monkeypatch.setattr("webapp.routes.routes.STATIC", folder)
    assert list(static_files.__wrapped__()) == ["own.css"]


def test_the_version_changes_when_a_file_moves_to_another_folder(monkeypatch, tmp_path):
    def version(name, text):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(text)
        monkeypatch.setattr("webapp.routes.routes.STATIC", folder)
        monkeypatch.setattr("webapp.routes.routes.static_files", static_files.__wrapped__)
        return static_version.__wrapped__()

    versions = [version(*one) for one in (("a.css", "1"), ("ui/a.css", "1"), ("canvas/a.css", "1"), ("a.css", "2"))]
    assert len(set(versions)) == 4
    assert version("a.css", "1") == versions[0]


def test_every_import_between_modules_finds_its_file():
    import re

    modules = sorted(STATIC.rglob("*.mjs"))
    assert len({path.parent for path in modules}) > 5
    for path in modules:
        source = path.read_text("utf-8")
        for name in re.findall(r"""(?:from|import\(|new URL\()\s*["'](\.\.?/[^"']+)["']""", source):
            found = (path.parent / name).resolve()
            assert found.is_relative_to(STATIC)
            assert found.is_file(), f"{path.relative_to(STATIC)} imports {name}"
        assert "http://" not in source.replace("http://www.w3.org/", "")
        # Words in a sentence or a template are no address; a host with a name would be. A Space's frame is asked by
        # message, and the origin says who may hear it: nothing is fetched.
        for harmless in ("https://example.org", "https://huggingface.co"):
            source = source.replace(harmless, "")
        assert not re.search(r"https://[\w-]+\.", source)


@pytest.mark.parametrize(
    "url", [None, "photo.jpg", "http://127.0.0.1/photo.png", "http://[::1]/", "http://169.254.169.254/"]
)
def test_an_address_that_is_not_opened_keeps_the_photo(client, here, url):
    before = picture_id(client, here)
    answer = client.post(f"{here}/address", json={"url": url})
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")
    assert picture_id(client, here) == before


def test_memory_that_runs_out_is_a_sentence_and_the_next_try_works(client, here, monkeypatch):
    model = sam.load_model("nano")

    def full(*_):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(model, "decode", full)
        answer = client.post(f"{here}/decode", json={"picture": picture_id(client, here), "prompts": CLICK})
        assert (answer.status_code, "not enough memory" in answer.json()["error"]) == (503, True)
    assert (
        client.post(f"{here}/decode", json={"picture": picture_id(client, here), "prompts": CLICK}).status_code == 200
    )
