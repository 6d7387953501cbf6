"""SAM 1 against Meta's own package, with the same random weights."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import BertConfig, SamConfig, SamModel

import sam
from sam import ImageError, ModelUnavailable, Prompt, PromptError
from sam.backends.sam import SamSegmenter, load
from sam.checkpoints.convert_sam import config_of, to_transformers
from sam.models.packages import install_command

KINDS = ["point", "points", "box", "points and box", "mask", "box and mask", "mask alone"]
SHAPES = ["landscape", "portrait", "tiny"]
TOLERANCE = 1e-3


def as_prompt(oracle: Any, image: str, kind: str, many: bool | None = True) -> Prompt:
    """The prompt that Meta's predictor was given."""
    (asked,) = [prompt for prompt in oracle.prompts[image] if prompt["name"] == kind]
    earlier = asked.get("mask_input")
    return Prompt.of(
        points=asked.get("point_coords"),
        labels=asked.get("point_labels"),
        boxes=None if "box" not in asked else [asked["box"]],
        mask_input=None if earlier is None else oracle.answers[f"{image}/{earlier}/logits"][:1],
        multimask_output=many,
    )


def expected(oracle: Any, image: str, kind: str, many: bool) -> tuple[np.ndarray, np.ndarray]:
    """Meta's (logits, scores), put best first."""
    key = f"{image}/{kind}" + ("" if many else "/single")
    logits, scores = oracle.answers[f"{key}/logits"], oracle.answers[f"{key}/scores"]
    order = np.argsort(-scores)
    return logits[order], scores[order]


@pytest.fixture(scope="module")
def model(small: Any) -> SamSegmenter:
    return load(small.model, name="small", device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def embeddings(small: Any, model: SamSegmenter) -> dict[str, sam.Embedding]:
    return {name: model.embed(image) for name, image in small.images.items()}


@pytest.fixture(scope="module")
def folder(small: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same weights as transformers saves them."""
    original = torch.load(small.model, weights_only=True)
    twin = SamModel(SamConfig.from_dict(config_of(original)))
    twin.load_state_dict(to_transformers(original))
    path = tmp_path_factory.mktemp("saved")
    twin.save_pretrained(path)
    return path


@pytest.mark.parametrize("image", SHAPES)
def test_embedding_equals_metas(image: str, small: Any, embeddings: dict[str, sam.Embedding]) -> None:
    embedding = embeddings[image]
    array = embedding.arrays["image_embeddings"]
    assert array.dtype == np.float32
    np.testing.assert_allclose(array, small.answers[f"{image}/embedding"], atol=TOLERANCE)
    assert embedding.size_hw == small.images[image].shape[:2]
    assert max(embedding.input_hw) == embedding.input_size == 256


@pytest.mark.parametrize("many", [True, False])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("image", SHAPES)
def test_answers_equal_metas(
    image: str, kind: str, many: bool, small: Any, model: SamSegmenter, embeddings: dict[str, sam.Embedding]
) -> None:
    ((logits, scores),) = model.decode(embeddings[image], [as_prompt(small, image, kind, many)])
    wanted_logits, wanted_scores = expected(small, image, kind, many)
    assert logits.shape == ((3 if many else 1), 64, 64)
    assert logits.dtype == scores.dtype == np.float32
    np.testing.assert_allclose(logits, wanted_logits, atol=TOLERANCE, rtol=0)
    np.testing.assert_allclose(scores, wanted_scores, atol=TOLERANCE, rtol=0)
    # The tolerance means something only if another prompt is further off than that.
    other = expected(small, image, "box" if kind != "box" else "point", many)[0]
    assert np.abs(other - wanted_logits).max() > 20 * TOLERANCE


def test_published_geometry_equals_metas(full: Any) -> None:
    model = load(full.model, name="full", device="cpu", dtype="float32")
    embedding = model.embed(full.images["landscape"])
    assert embedding.arrays["image_embeddings"].shape == (1, 256, 64, 64)
    assert (embedding.input_hw, embedding.input_size) == ((461, 1024), 1024)
    answers = model.decode(embedding, [as_prompt(full, "landscape", kind) for kind in KINDS])
    for kind, (logits, scores) in zip(KINDS, answers, strict=True):
        wanted_logits, wanted_scores = expected(full, "landscape", kind, True)
        assert logits.shape == (3, 256, 256)
        np.testing.assert_allclose(logits, wanted_logits, atol=TOLERANCE, rtol=0, err_msg=kind)
        np.testing.assert_allclose(scores, wanted_scores, atol=TOLERANCE, rtol=0, err_msg=kind)
    masks = model.predict_many(embedding, [as_prompt(full, "landscape", "box")])[0]
    order = np.argsort(-full.answers["landscape/box/scores"])
    # We sample the logits once, Meta twice; one pixel off would be 0.77 on these ragged masks.
    assert (masks.masks == full.answers["landscape/box/masks"][order]).mean() > 0.98


def test_a_mixed_batch_keeps_its_order(small: Any, model: SamSegmenter, embeddings: dict[str, sam.Embedding]) -> None:
    cases = [(kind, many) for many in (True, False) for kind in KINDS]
    answers = model.decode(embeddings["landscape"], [as_prompt(small, "landscape", *case) for case in cases])
    for case, (logits, scores) in zip(cases, answers, strict=True):
        wanted_logits, wanted_scores = expected(small, "landscape", *case)
        np.testing.assert_allclose(logits, wanted_logits, atol=TOLERANCE, rtol=0, err_msg=str(case))
        np.testing.assert_allclose(scores, wanted_scores, atol=TOLERANCE, rtol=0, err_msg=str(case))
    assert model.decode(embeddings["landscape"], []) == []


def test_a_large_batch_keeps_its_order(model: SamSegmenter, embeddings: dict[str, sam.Embedding]) -> None:
    prompts = [Prompt.of(points=[[60 * x + 10, 20 * x + 5]]) for x in range(6)]
    together = model.decode(embeddings["landscape"], prompts)
    for prompt, (logits, scores) in zip(prompts, together, strict=True):
        ((alone, alone_scores),) = model.decode(embeddings["landscape"], [prompt])
        np.testing.assert_allclose(logits, alone, atol=1e-4, rtol=0)
        np.testing.assert_allclose(scores, alone_scores, atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    ("kind", "count"), [("point", 3), ("points", 1), ("box", 1), ("points and box", 1), ("mask", 1)]
)
def test_number_of_masks_follows_the_prompt(
    kind: str, count: int, small: Any, model: SamSegmenter, embeddings: dict[str, sam.Embedding]
) -> None:
    ((logits, scores),) = model.decode(embeddings["tiny"], [as_prompt(small, "tiny", kind, None)])
    assert (len(logits), len(scores)) == (count, count)
    assert (np.diff(scores) <= 0).all()


def test_folder_equals_original(
    folder: Path, small: Any, model: SamSegmenter, embeddings: dict[str, sam.Embedding]
) -> None:
    again = load(str(folder), name="small", device="cpu", dtype="float32")
    assert again.weights == model.weights
    prompts = [as_prompt(small, "landscape", kind) for kind in KINDS]
    # The two differ by the epsilon of the decoder's norms alone if the folder's configuration is transformers' default.
    for (logits, scores), (same_logits, same_scores) in zip(
        model.decode(embeddings["landscape"], prompts), again.decode(embeddings["landscape"], prompts), strict=True
    ):
        np.testing.assert_array_equal(logits, same_logits)
        np.testing.assert_array_equal(scores, same_scores)
    np.testing.assert_array_equal(
        again.embed(small.images["tiny"]).arrays["image_embeddings"], embeddings["tiny"].arrays["image_embeddings"]
    )


@pytest.mark.parametrize(
    "wrap", [lambda s: {"model": s, "epoch": 3}, lambda s: {f"module.{k}": v for k, v in s.items()}]
)
def test_fine_tuned_checkpoints_load(wrap: Callable, small: Any, model: SamSegmenter, tmp_path: Path) -> None:
    torch.save(wrap(torch.load(small.model, weights_only=True)), tmp_path / "tuned.pth")
    assert load(tmp_path / "tuned.pth", name="tuned", device="cpu", dtype="float32").weights == model.weights


def test_weights_name_the_weights(small: Any, model: SamSegmenter, tmp_path: Path) -> None:
    state = torch.load(small.model, weights_only=True)
    state["mask_decoder.iou_token.weight"][0, 0] += 1e-3
    torch.save(state, tmp_path / "other.pth")
    other = load(tmp_path / "other.pth", name="small", device="cpu", dtype="float32")
    assert other.weights != model.weights
    assert load(small.model, name="small", device="cpu", dtype="bfloat16").weights == model.weights


def test_bfloat16_is_close_to_float32(full: Any) -> None:
    exact = load(full.model, name="full", device="cpu", dtype="float32")
    fast = load(full.model, name="full", device="cpu", dtype="bfloat16")
    image = full.images["landscape"]
    wanted, got = exact.embed(image), fast.embed(image)
    assert got.arrays["image_embeddings"].dtype == np.float16
    assert got.nbytes * 2 == wanted.nbytes
    np.testing.assert_allclose(got.arrays["image_embeddings"], wanted.arrays["image_embeddings"], atol=0.1)
    for kind in ("point", "box"):
        (one,), (two,) = (
            m.predict_many(e, [as_prompt(full, "landscape", kind)]) for m, e in ((exact, wanted), (fast, got))
        )
        np.testing.assert_allclose(one.scores, two.scores, atol=0.05)
        for a, b in zip(one.masks, two.masks, strict=True):
            assert (a & b).sum() / (a | b).sum() > 0.95


def test_bfloat16_sees_where_a_click_is(small: Any) -> None:
    """A quarter of a pixel of 256, or one of 1024: two places that are the same number in bfloat16."""
    model = load(small.model, name="small", device="cpu", dtype="bfloat16")
    embedding = model.embed(np.zeros((256, 256, 3), np.uint8))
    places = (250.25, 250.5)
    assert len({torch.tensor(2 * (x + 0.5) / 256 - 1).bfloat16().item() for x in places}) == 1
    here, there, *_ = model.decode(embedding, [Prompt.of(points=[[x, x]]) for x in places * 2])
    assert not np.array_equal(here[0], there[0])


def test_threads_get_what_they_get_alone(small: Any, model: SamSegmenter) -> None:
    images = ["landscape", "portrait"]

    def work(image: str) -> list[np.ndarray]:
        out = []
        for kind in ("point", "box", "mask"):
            embedding = model.embed(small.images[image])
            out.append(embedding.arrays["image_embeddings"])
            prompts = [as_prompt(small, image, kind, many) for many in (True, False)]
            out += [array for answer in model.decode(embedding, prompts) for array in answer]
        return out

    alone = {image: work(image) for image in images}
    together: dict[str, list[np.ndarray]] = {}
    start = threading.Barrier(len(images))

    def run(image: str) -> None:
        start.wait()
        together[image] = work(image)

    threads = [threading.Thread(target=run, args=(image,)) for image in images]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for image in images:
        for one, other in zip(alone[image], together[image], strict=True):
            np.testing.assert_array_equal(one, other)


def test_embedding_survives_the_way_to_the_page_and_back(
    small: Any, model: SamSegmenter, embeddings: dict[str, sam.Embedding]
) -> None:
    back = sam.types.Embedding.from_bytes(embeddings["portrait"].to_bytes())
    prompt = as_prompt(small, "portrait", "points")
    np.testing.assert_array_equal(
        model.predict_many(back, [prompt])[0].logits, model.predict_many(embeddings["portrait"], [prompt])[0].logits
    )


def test_other_models_embedding_is_refused(small: Any, model: SamSegmenter, full: Any) -> None:
    other = load(full.model, name="full", device="cpu", dtype="bfloat16")
    foreign = other.embed(small.images["tiny"])
    with pytest.raises(ModelUnavailable, match=r"made by full .*not by small .*Encode the image again"):
        model.predict(foreign, points=[[5, 5]])
    with pytest.raises(ModelUnavailable, match=r"expected image_embeddings of shape \(1, 64, 16, 16\)"):
        model.decode(foreign, [Prompt.of(points=[[5, 5]])])


def test_mask_input_of_another_size_is_refused(model: SamSegmenter, embeddings: dict[str, sam.Embedding]) -> None:
    with pytest.raises(PromptError, match=r"mask_input: expected \(64, 64\) logits .*got \(256, 256\)"):
        model.predict(embeddings["tiny"], mask_input=np.zeros((256, 256)))


@pytest.mark.parametrize("image", [np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3)), np.zeros((0, 8, 3), np.uint8)])
def test_what_is_no_image_is_refused(image: np.ndarray, model: SamSegmenter) -> None:
    with pytest.raises(ImageError, match=r"expected \(H, W, 3\) uint8"):
        model.embed(image)


@pytest.mark.parametrize("size_hw", [(1, 1), (1, 2000), (700, 1)])
def test_any_shape_of_image_works(size_hw: tuple[int, int], model: SamSegmenter) -> None:
    embedding = model.embed(np.full((*size_hw, 3), 200, np.uint8))
    masks = model.predict(embedding, points=[[0.5, 0.5]])
    assert masks.masks.shape == (3, *size_hw)
    assert np.isfinite(masks.logits).all()


class Code:
    """Pickles to a call; the name it would set shows whether it ran."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("import sys; sys.unpickled_code_ran = True",)


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def without(state: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: weight for name, weight in state.items() if name != key}


DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda data: b"", r"damaged.*\(0 bytes are here\)"),
    "half": (lambda data: data[: len(data) // 2], "damaged, or its download stopped early"),
    "last bytes missing": (lambda data: data[:-100], "damaged"),
    "one bit wrong": (lambda data: flipped(data, len(data) // 2), "damaged"),
    "a web page": (lambda data: b"<!doctype html><title>404</title>", "damaged"),
    "a Git LFS pointer": (lambda data: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "damaged"),
    "noise": (lambda data: np.random.default_rng(0).bytes(5000), "damaged"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_original_is_refused(damage: str, small: Any, tmp_path: Path) -> None:
    change, reason = DAMAGE[damage]
    path = tmp_path / "damaged.pth"
    path.write_bytes(change(small.model.read_bytes()))
    with pytest.raises(ModelUnavailable, match=reason) as caught:
        load(path, name="damaged")
    assert "Download it again" in str(caught.value)


WRONG: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "a list": (lambda state: [1, 2], "expected a dictionary of tensors, got list"),
    "settings": (lambda state: {"epochs": 3, "seed": 1}, "expected a dictionary of tensors, got one with epochs, seed"),
    "nothing": (lambda state: {}, "expected the weights of a SAM 1"),
    "another model": (
        lambda state: {"image_encoder.trunk.pos_embed": torch.zeros(1), "memory_attention.norm.weight": torch.zeros(1)},
        "found image_encoder.trunk.pos_embed, memory_attention.norm.weight. Other families",
    ),
    "a weight missing": (
        lambda state: without(state, "prompt_encoder.no_mask_embed.weight"),
        r"weights of a SAM 1 \(missing: prompt_encoder.no_mask_embed.weight\)",
    ),
    "a weight too many": (
        lambda state: {**state, "mask_decoder.hf_token.weight": torch.zeros(1, 64)},
        r"\(unknown: mask_decoder.hf_token.weight\). Other families",
    ),
    "a weight of another shape": (
        lambda state: {**state, "image_encoder.neck.2.weight": torch.zeros(64, 64, 1, 1)},
        r"\(of another shape: vision_encoder.neck.conv2.weight\)",
    ),
    "impossible sizes": (
        lambda state: {**state, "mask_decoder.iou_token.weight": torch.zeros(1, 60)},
        "makes no SAM",
    ),
    "code": (lambda state: {**state, "extra": Code()}, "could run code, so it was not opened"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_original_is_refused(wrong: str, small: Any, tmp_path: Path) -> None:
    change, reason = WRONG[wrong]
    torch.save(change(torch.load(small.model, weights_only=True)), tmp_path / "wrong.pth")
    with pytest.raises(ModelUnavailable, match=reason):
        load(tmp_path / "wrong.pth", name="wrong")
    assert not hasattr(sys, "unpickled_code_ran")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


FOLDERS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no configuration": (lambda f: (f / "config.json").unlink(), "no readable config.json"),
    "damaged configuration": (lambda f: cut(f / "config.json"), "no readable config.json"),
    "another family": (lambda f: BertConfig().save_pretrained(f), "type 'bert', expected 'sam'"),
    "no weights": (lambda f: (f / "model.safetensors").unlink(), "holds no weights"),
    "damaged weights": (lambda f: cut(f / "model.safetensors"), "damaged, or its download stopped early"),
    "other weights": (
        lambda f: SamConfig().save_pretrained(f),
        "missing: .* more; unknown: .*; of another shape: .* more",
    ),
    "impossible configuration": (
        lambda f: (f / "config.json").write_text('{"model_type": "sam", "vision_config": {"hidden_size": "?"}}'),
        "this configuration makes no SAM",
    ),
}


@pytest.mark.parametrize("fault", FOLDERS)
def test_wrong_folder_is_refused(fault: str, folder: Path, tmp_path: Path) -> None:
    spoil, reason = FOLDERS[fault]
    copy = shutil.copytree(folder, tmp_path / "copy")
    spoil(copy)
    with pytest.raises(ModelUnavailable, match=reason):
        load(copy, name="copy")


def test_folder_with_pickled_weights_loads(folder: Path, model: SamSegmenter, tmp_path: Path) -> None:
    """As old hub models have them; one of the two names of the shared array is enough."""
    copy = shutil.copytree(folder, tmp_path / "old")
    (copy / "model.safetensors").unlink()
    state = to_transformers_state(folder)
    torch.save(without(state, "prompt_encoder.shared_embedding.positional_embedding"), copy / "pytorch_model.bin")
    assert load(copy, name="old", device="cpu", dtype="float32").weights == model.weights


def to_transformers_state(folder: Path) -> dict[str, Any]:
    return SamModel.from_pretrained(folder).state_dict()


def test_without_torch_the_message_says_what_to_install() -> None:
    script = "import sys; sys.modules['torch'] = None; import sam.backends.sam"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=Path(__file__).parents[3])
    assert "ModelUnavailable: Models of the SAM family run on torch" in done.stderr
    assert f"Install them: {install_command()}." in done.stderr


@pytest.mark.parametrize("source", ["nowhere/sam_vit_b.pth", "./missing", "sam vit base", ""])
def test_missing_file_is_refused(source: str) -> None:
    with pytest.raises(ModelUnavailable, match="hub id such as facebook/sam-vit-base"):
        load(source, name="missing")
