from __future__ import annotations

import hashlib
import importlib
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import sam
from sam import Detector, ModelUnavailable, Segmenter, SubjectFinder, list_models, load_model
from sam.matting import AlphaEstimator
from sam.models import registry
from sam.models.catalog import nano
from sam.models.spec import ModelSpec, models_folder
from tests.sam.backends.tiny import tiny_model

SPECS = {spec.name: spec for spec in list_models()}
KINDS = {"segment": Segmenter, "subject": SubjectFinder, "matte": AlphaEstimator, "detect": Detector}
PROMPT = {"points": [[60, 40]]}


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch, tmp_path):
    """Neither what the machine's user has downloaded nor what other tests have loaded decides."""
    monkeypatch.setenv("SAM_STUDIO_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    registry.MODELS.clear()
    yield
    registry.MODELS.clear()
    registry.MODELS.resize(4 << 30)


@pytest.fixture(scope="module")
def tiny_sam(tmp_path_factory) -> Path:
    """A real SAM of transformers with random weights, as save_pretrained writes it."""
    folder = tmp_path_factory.mktemp("saved") / "tiny.sam"
    tiny_model("sam", folder)
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """Family -> the files of a tiny model of it, in a folder."""
    made: dict[str, Path] = {}

    def of(family: str) -> Path:
        if family not in made:
            made[family] = tiny_model(family, tmp_path_factory.mktemp("family") / family)
        return made[family]

    return of


@pytest.fixture
def no_hub(monkeypatch, tmp_path):
    """A hub that refuses connections, and nothing downloaded from it."""
    constants = importlib.import_module("huggingface_hub.constants")
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))


def masks_of(model: Segmenter, picture) -> sam.Masks:
    return model.predict(model.embed(picture), **PROMPT)


# The registry


def test_the_embedded_model_comes_first():
    assert list_models()[0].name == "nano"
    assert sam.list_models is list_models


def test_specs_can_be_keys():
    assert len(set(list_models())) == len(list_models())


def test_names_and_sources_are_unique():
    # Several files may come from one place, and two models as one download.
    own = [spec for spec in list_models() if spec.source != "built in" and not spec.files and not spec.folder]
    sources = [f"{spec.source}/{spec.file}" for spec in own]
    names = [spec.name for spec in list_models()] + sources
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("spec", list_models(), ids=SPECS)
def test_every_model_says_what_a_user_must_know(spec):
    assert isinstance(spec, ModelSpec)
    assert spec.licence in ("Apache-2.0", "MIT") or spec.warning
    assert spec.bytes > 1_000_000 or spec.name == "nano-words"
    assert spec.title
    assert spec.note.endswith(".")
    assert spec.tasks
    assert spec.needs
    assert spec.source == "built in" or spec.source.count("/") == 1
    assert all(len(value) == 64 and set(value) <= set("0123456789abcdef") for value in spec.sha256.values())
    backend = Path(registry.__file__).parents[1] / "backends" / f"{spec.family}.py"
    assert "\ndef load(" in backend.read_text("utf-8")


@pytest.mark.parametrize(
    "spec",
    [spec for spec in list_models() if spec.source == "built in" and spec.extra == "models"],
    ids=lambda spec: spec.name,
)
def test_every_embedded_model_is_ready_and_works(spec, picture):
    assert spec.ready
    if spec.tasks == ("subject",):
        finder = load_model(spec.name, SubjectFinder)
        assert finder.find_subject(picture).size_hw == picture.shape[:2]
        assert finder.name == spec.name
        return
    if spec.tasks == ("detect",):
        detector = load_model(spec.name, Detector)
        assert {*detector.detect(picture, "ball. sky").labels} <= {"ball", "sky"}
        assert detector.name == spec.name
        return
    model = load_model(spec.name)
    masks = masks_of(model, picture)
    assert masks.masks.shape == (3, *picture.shape[:2])
    assert (np.diff(masks.scores) <= 0).all()
    assert model.name == spec.name


def test_files_of_heads_are_theirs_and_not_nanos():
    own = [set(SPECS[name].sha256) for name in ("nano", "nano-subject", "nano-names")]
    assert own == [
        {"encoder.onnx", "decoder.onnx", "model.safetensors"},
        {"subject.onnx", "subject.safetensors"},
        {"names.onnx", "names.safetensors"},
    ]


@pytest.mark.parametrize(
    "spec",
    [spec for spec in list_models() if spec.source != "built in" and "segment" in spec.tasks],
    ids=lambda spec: spec.name,
)
def test_every_other_model_loads_by_name_from_the_users_folder(spec, tiny, picture, no_hub, monkeypatch):
    assert not spec.ready
    shutil.copytree(tiny(spec.family), models_folder() / spec.name)
    # The checksum is that of the published weights.
    monkeypatch.setattr(registry, "verify_files", lambda *_: None)
    assert spec.ready
    model = load_model(spec.name)
    assert model.name == spec.name
    assert masks_of(model, picture).masks.shape == (3, *picture.shape[:2])
    first = next(other for other in list_models() if other.source == spec.source)
    assert first is not spec or load_model(spec.source) is model


@pytest.mark.parametrize(
    "spec", [spec for spec in list_models() if spec.source != "built in"], ids=lambda spec: spec.name
)
def test_every_download_says_how_to_get_it_when_the_hub_is_out_of_reach(spec, no_hub):
    with pytest.raises(ModelUnavailable) as caught:
        load_model(spec.name, KINDS[spec.tasks[0]])
    message = str(caught.value)
    how = f"Put it as {spec.files[0]}" if spec.files else f"hf download {spec.source}"
    for part in (f"{spec.bytes / 1e6:,.0f} MB", spec.licence, how, str(models_folder())):
        assert part in message


# Loading


def test_a_model_is_loaded_once_for_all_threads():
    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(lambda _: load_model("nano"), range(16)))
    assert all(model is loaded[0] for model in loaded)
    assert len(registry.MODELS) == 1
    assert registry.MODELS.nbytes >= SPECS["nano"].bytes


def test_sessions_that_share_a_model_get_what_they_get_alone(picture):
    images = [np.roll(picture, 9 * shift, axis=1) for shift in range(6)]
    alone = [masks_of(load_model("nano"), image) for image in images]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda image: masks_of(load_model("nano"), image), images))
    for one, other in zip(alone, together):
        np.testing.assert_array_equal(one.masks, other.masks)


def test_the_least_used_model_is_unloaded_beyond_the_budget(tiny_sam):
    nano, tiny = load_model("nano"), load_model(tiny_sam)
    assert len(registry.MODELS) == 2
    registry.MODELS.resize(1)
    assert len(registry.MODELS) == 1
    assert load_model(tiny_sam) is tiny
    assert load_model("nano") is not nano
    assert len(registry.MODELS) == 1


@pytest.mark.parametrize(
    "write", [lambda path: path, str, lambda path: str(path.parent / "." / path.name)], ids=range(3)
)
def test_a_folder_by_its_path(write, tiny_sam, picture):
    model = load_model(write(tiny_sam))
    assert model is load_model(tiny_sam)
    assert model.name == "tiny.sam"
    assert masks_of(model, picture).logits.shape == (3, 16, 16)


def test_a_folder_whose_model_was_replaced_is_loaded_again(tiny_sam, tmp_path):
    import torch
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(tiny_sam, tmp_path / "mine")
    first = load_model(folder)
    weights = load_file(folder / "model.safetensors")
    name = next(name for name in weights if weights[name].dtype == torch.float32)
    shutil.rmtree(folder)
    shutil.copytree(tiny_sam, folder)
    save_file({**weights, name: weights[name] + 1}, folder / "model.safetensors", {"format": "pt"})
    assert load_model(folder).weights != first.weights


def test_checkpoint_files_are_handed_to_the_family(tmp_path):
    file = tmp_path / "sam_vit_b.pth"
    file.write_bytes(b"junk")
    with pytest.raises(ModelUnavailable, match=r"sam_vit_b\.pth"):
        load_model(file)
    with pytest.raises(ModelUnavailable, match=r"sam_vit_b\.pth"):
        load_model(str(file))


# What cannot be loaded


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nanno", r"no model 'nanno'\. Did you mean nano or nano-words or nano-names\? python -m sam models lists all"),
        ("SAM-ViT-B", r"Did you mean sam-vit-"),
        ("sam-vit-hug", r"Did you mean sam-vit-huge"),
        ("zzzz", r"no model 'zzzz'\. There are: nano, .* and \d+ more"),
        ("", r"no model ''\. There are: nano"),
        ("sam", r"no model 'sam'"),
        ("built in", r"no model 'built in'"),
        ("../nano", r"no file or folder \.\./nano"),
        ("models/vit.pth", r"no file or folder models/vit\.pth"),
        ("vit_b.pth", r"no file or folder vit_b\.pth"),
        ("~/no/such/folder", "no file or folder ~/no/such/folder"),
        (str(Path(__file__).parent), "holds no config.json"),
        ("x" * 5000, "neither a name nor a path"),
        ("a\0b", r"no model 'a\\x00b'|neither a name nor a path"),
    ],
    ids=range(14),
)
def test_unknown_names_and_paths(name, message):
    with pytest.raises(ModelUnavailable, match=message):
        load_model(name)
    assert len(registry.MODELS) == 0


def test_a_hub_id_that_is_not_in_the_registry(no_hub):
    with pytest.raises(ModelUnavailable, match="someone/their-sam is not on this machine"):
        load_model("someone/their-sam")


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("nano", Detector, r"nano cannot find things by name\. Models that can: "),
        ("nano", SubjectFinder, r"nano cannot find the subject\. Models that can: nano-subject, "),
        ("nano-subject", Segmenter, r"nano-subject cannot segment\. Models that can: nano, "),
    ],
)
def test_a_model_of_another_kind(name, kind, message):
    with pytest.raises(ModelUnavailable, match=message):
        load_model(name, kind)
    assert len(registry.MODELS) == 0


def test_a_folder_of_another_kind(tiny_sam):
    with pytest.raises(ModelUnavailable, match=r"tiny\.sam cannot find things by name"):
        load_model(tiny_sam, Detector)


def test_a_failure_is_not_remembered(tiny_sam, no_hub):
    with pytest.raises(ModelUnavailable):
        load_model("slimsam-77")
    shutil.copytree(tiny_sam, models_folder() / "slimsam-77")
    assert load_model("slimsam-77").name == "slimsam-77"


# Damage


@pytest.fixture
def nano_folder(monkeypatch, tmp_path) -> Path:
    """A copy of the embedded model's files that may be broken."""
    folder = shutil.copytree(registry.FOLDER, tmp_path / "weights")
    monkeypatch.setattr(registry, "FOLDER", folder)
    return folder


@pytest.mark.parametrize("file", sorted(SPECS["nano"].sha256))
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_bytes(b""), "is damaged: expected the checksum"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "is damaged: expected the checksum"),
        (lambda path: path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "git lfs pull"),
    ],
    ids=["missing", "empty", "cut", "pointer"],
)
def test_damaged_files_are_named(file, damage, message, nano_folder):
    damage(nano_folder / file)
    with pytest.raises(ModelUnavailable, match=rf"The model file {file} .*{message}"):
        load_model("nano")
    assert len(registry.MODELS) == 0


def test_without_its_list_of_files_the_model_is_listed_but_not_loaded(nano_folder, monkeypatch):
    (nano_folder / "weights.json").write_text("{}")
    monkeypatch.setattr(nano, "FOLDER", nano_folder)
    entry = nano.built_in("nano", "Nano", "Small.", ("encoder.onnx",))
    assert entry.bytes == 0
    monkeypatch.setattr(registry, "specs", lambda: (entry,))
    with pytest.raises(ModelUnavailable, match=r"weights\.json, is missing or damaged"):
        load_model("nano")


def test_the_registry_and_the_files_agree():
    table = json.loads((registry.FOLDER / "weights.json").read_text())
    embedded = [spec for spec in list_models() if spec.source == "built in"]
    sums = {name: value for spec in embedded for name, value in spec.sha256.items()}
    assert sums.keys() == table.keys()
    for name, entry in table.items():
        data = (registry.FOLDER / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"] == sums[name]
        assert len(data) == entry["bytes"]
    assert sum(entry["bytes"] for entry in table.values()) == sum(spec.bytes for spec in embedded) <= 25_000_000


@pytest.mark.parametrize(
    "spec", [spec for spec in list_models() if spec.source != "built in" and spec.sha256], ids=lambda spec: spec.name
)
def test_an_original_checkpoint_is_verified_before_it_is_opened(spec, monkeypatch):
    if spec.python:
        monkeypatch.setenv(spec.python, "python")
    (name,) = spec.sha256
    models_folder().mkdir()
    (models_folder() / name).write_bytes(b"not it")
    assert spec.ready
    with pytest.raises(ModelUnavailable, match=rf"{name} is damaged: expected the checksum {spec.sha256[name][:12]}"):
        load_model(spec.name, Detector if spec.tasks == ("detect",) else Segmenter)


def test_a_damaged_folder_is_named(tiny_sam, tmp_path):
    folder = shutil.copytree(tiny_sam, tmp_path / "mine")
    (folder / "model.safetensors").write_bytes(b"\0" * 40)
    with pytest.raises(ModelUnavailable, match=r"model\.safetensors"):
        load_model(folder)


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """A folder like those that `python -m sam train` writes."""
    folder = tmp_path / "mine"
    shutil.copytree(registry.FOLDER, folder)
    return folder


def test_a_trained_folder_is_a_model(trained: Path) -> None:
    model, shipped = load_model(trained), load_model("nano")
    assert model.name == "mine"
    image = np.full((60, 80, 3), 128, np.uint8)
    answers = [each.predict(each.embed(image), points=[[60, 40]]).logits for each in (model, shipped)]
    assert np.array_equal(*answers)


def test_a_damaged_trained_folder_is_refused(trained: Path) -> None:
    (trained / "decoder.onnx").write_bytes(b"damaged")
    with pytest.raises(ModelUnavailable, match=r"decoder\.onnx is damaged.*Export it again"):
        load_model(trained)
    (trained / "weights.json").write_text("not JSON")
    with pytest.raises(ModelUnavailable, match=r"weights\.json, is missing or damaged"):
        load_model(trained)


def test_one_hub_id_is_two_models_by_what_is_wanted(no_hub):
    for kind, name in ((Segmenter, "sam3"), (Detector, "sam3-text")):
        with pytest.raises(ModelUnavailable, match=rf"{models_folder()}, or") as caught:
            load_model("facebook/sam3", kind)
        assert next(spec.title for spec in list_models() if spec.name == name) + " is a download" in str(caught.value)
