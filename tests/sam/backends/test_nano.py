"""The embedded model on ONNX Runtime: places, batches, threads, damaged files."""

from __future__ import annotations

import pickle
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from skimage import data

import sam
from sam.backends import nano
from sam.backends.nano import WEIGHTS, NanoSegmenter, batches, feeds, load
from sam.types import Prompt


@pytest.fixture(scope="module")
def model() -> NanoSegmenter:
    return load()


@pytest.fixture(scope="module")
def embedding(model: NanoSegmenter) -> sam.Embedding:
    return model.embed(data.chelsea())


def test_a_point_gives_three_masks_and_a_box_one(model: NanoSegmenter, embedding: sam.Embedding) -> None:
    three = model.predict(embedding, points=[[220, 120]], labels=[1])
    one = model.predict(embedding, boxes=[[60, 20, 400, 290]])
    assert (len(three), len(one)) == (3, 1)
    assert three.masks.shape == (3, 300, 451)
    assert three.logits.shape == (3, 256, 256)
    assert (np.diff(three.scores) <= 0).all()


@pytest.mark.parametrize("size_hw", [(300, 100), (100, 300), (40, 40), (1, 1), (700, 1100), (1, 900)])
def test_any_size_comes_back_in_its_own_size(model: NanoSegmenter, size_hw: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 255, (*size_hw, 3), np.uint8)
    masks = model.predict(model.embed(image), points=[[size_hw[1] / 2, size_hw[0] / 2]], labels=[1])
    assert masks.masks.shape == (3, *size_hw)


@pytest.mark.parametrize("size_hw", [(512, 512), (200, 800), (900, 300)])
def test_a_box_is_drawn_where_the_user_drew_it(model: NanoSegmenter, size_hw: tuple[int, int]) -> None:
    height, width = size_hw
    image = np.full((height, width, 3), 200, np.uint8)
    box = np.array([width * 0.5, height * 0.25, width * 0.75, height * 0.75])
    x0, y0, x1, y1 = box.astype(int)
    image[y0:y1, x0:x1] = (40, 60, 160)
    found = model.predict(model.embed(image), boxes=[box]).masks[0]
    truth = np.zeros(size_hw, bool)
    truth[y0:y1, x0:x1] = True
    assert (found & truth).sum() / (found | truth).sum() > 0.85


@pytest.mark.parametrize(
    ("size_hw", "expected"), [((1080, 1920), (288, 512)), ((300, 451), (341, 512)), ((2000, 9), (512, 2))]
)
def test_fit_keeps_the_proportions_and_the_brightness(size_hw: tuple[int, int], expected: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 255, (*size_hw, 3), np.uint8)
    small = nano.fit(image)
    assert small.shape == (*expected, 3)
    assert abs(small.mean() - image.mean()) < 1.5


def test_feeds_follow_the_onnx_convention(embedding: sam.Embedding) -> None:
    prompt = Prompt.of(points=[[451, 300], [0, 0]], labels=[1, 0], boxes=[[0, 0, 451, 150]])
    inputs = feeds(embedding, [prompt])
    width, height = embedding.input_hw[1], embedding.input_hw[0]
    assert inputs["point_labels"].tolist() == [[1, 0, 2, 3, -1, -1]]
    assert inputs["point_coords"][0, :4] == pytest.approx(
        np.array([[width, height], [0, 0], [0, 0], [width, height / 2]]), abs=1e-3
    )


def test_many_prompts_equal_one_at_a_time(model: NanoSegmenter, embedding: sam.Embedding) -> None:
    clicks = [[x, y] for x in range(40, 440, 60) for y in (60, 150)]
    prompts = [Prompt.of(points=[click], labels=[1]) for click in clicks]
    prompts.insert(3, Prompt.of(points=clicks[:9], labels=[1, 0] * 4 + [1]))
    prompts.append(Prompt.of(boxes=[[30, 30, 300, 200]]))
    together = model.predict_many(embedding, prompts)
    for prompt, masks in zip(prompts, together):
        alone = model.predict_many(embedding, [prompt])[0]
        assert len(alone) == len(masks)
        assert np.abs(alone.logits - masks.logits).max() < 1e-3


@pytest.mark.parametrize("count", [1, 9])
def test_masks_that_score_too_little_are_left_out(count: int, model: NanoSegmenter, embedding: sam.Embedding) -> None:
    prompts = [Prompt.of(points=[[40 + 40 * i, 150]]) for i in range(count)]
    everything = model.decode(embedding, prompts)
    least = float(np.median(np.concatenate([scores for _, scores in everything])))
    for (logits, scores), (all_logits, all_scores) in zip(
        model.decode_above(embedding, prompts, least), everything, strict=True
    ):
        np.testing.assert_allclose(scores, all_scores, atol=1e-6)
        np.testing.assert_allclose(logits, all_logits[all_scores > least], atol=1e-4)


def test_batches_are_of_one_length_and_cover_everything() -> None:
    prompts = [Prompt.of(points=[[1, 1]] * count, labels=[1] * count) for count in (1, 7, 2, 13, 6, 3, 4, 5, 8)]
    found = list(batches(prompts))
    assert sorted(i for batch in found for i in batch) == list(range(9))
    assert all(len({nano.slots(prompts[i]) for i in batch}) == 1 and len(batch) <= nano.BATCH for batch in found)


def test_a_graph_that_does_not_fill_places_itself_is_given_them(
    model: NanoSegmenter, embedding: sam.Embedding, tmp_path: Path
) -> None:
    """As those that were exported by earlier versions; where they do not say in what multiples, it is six."""
    import onnx

    for file in WEIGHTS.iterdir():
        shutil.copy(file, tmp_path)
    graph = onnx.load(tmp_path / "decoder.onnx")
    onnx.helper.set_model_props(graph, {})
    onnx.save(graph, tmp_path / "decoder.onnx")
    assert (model.decoder_rules.slots, load("nano", tmp_path).decoder_rules.slots) == (1, 6)
    onnx.helper.set_model_props(graph, {"slots": "8"})
    onnx.save(graph, tmp_path / "decoder.onnx")
    before = load("nano", tmp_path)
    prompts = [Prompt.of(points=[[220, 120]]), Prompt.of(points=[[220, 120]] * 9), Prompt.of(boxes=[[9, 9, 90, 90]])]
    for (mine, _), (theirs, _) in zip(model.decode(embedding, prompts), before.decode(embedding, prompts)):
        assert np.abs(mine - theirs).max() < 1e-2


def test_a_mask_input_changes_the_answer(model: NanoSegmenter, embedding: sam.Embedding) -> None:
    first = model.predict(embedding, points=[[220, 120]], labels=[1], multimask_output=False)
    second = model.predict(
        embedding, points=[[220, 120], [60, 60]], labels=[1, 0], mask_input=first.logits[0], multimask_output=False
    )
    assert np.abs(first.logits - second.logits).max() > 0.1


def test_a_mask_input_of_another_size_is_refused(model: NanoSegmenter, embedding: sam.Embedding) -> None:
    with pytest.raises(sam.PromptError, match=r"expected \(256, 256\).*got \(300, 451\)"):
        model.predict(embedding, mask_input=np.zeros((300, 451)))


def test_two_sessions_interleaved_get_what_each_gets_alone(model: NanoSegmenter) -> None:
    images = [data.chelsea(), data.astronaut()]
    clicks = [[100, 80], [200, 150], [300, 200], [60, 250]]

    def session(image: np.ndarray) -> list[np.ndarray]:
        embedding = model.embed(image)
        return [model.predict(embedding, points=[click], labels=[1]).logits for click in clicks]

    alone = [session(image) for image in images]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(session, images * 2))
    for number, found in enumerate(together):
        for mine, theirs in zip(found, alone[number % 2]):
            assert np.abs(mine - theirs).max() < 1e-3


def test_an_embedding_survives_bytes_and_pickle(model: NanoSegmenter, embedding: sam.Embedding) -> None:
    expected = model.predict(embedding, points=[[220, 120]], labels=[1]).logits
    for copy in (sam.Embedding.from_bytes(embedding.to_bytes()), pickle.loads(pickle.dumps(embedding))):  # noqa: S301
        assert (model.predict(copy, points=[[220, 120]], labels=[1]).logits == expected).all()


def test_an_embedding_of_other_weights_is_refused(model: NanoSegmenter, embedding: sam.Embedding) -> None:
    other = sam.Embedding(
        "nano", "0" * 64, embedding.arrays, embedding.size_hw, embedding.input_hw, embedding.input_size
    )
    with pytest.raises(sam.ModelUnavailable, match="Encode the image again"):
        model.predict(other, points=[[1, 1]])


@pytest.mark.parametrize("damage", ["truncated", "missing", "other", "text"])
def test_damaged_files_are_named(tmp_path: Path, damage: str) -> None:
    for file in WEIGHTS.iterdir():
        shutil.copy(file, tmp_path)
    decoder = tmp_path / "decoder.onnx"
    if damage == "truncated":
        decoder.write_bytes(decoder.read_bytes()[:1000])
    elif damage == "missing":
        decoder.unlink()
    elif damage == "other":
        shutil.copy(tmp_path / "encoder.onnx", decoder)
    else:
        decoder.write_text("not a graph")
    with pytest.raises(sam.ModelUnavailable, match=r"decoder\.onnx.*Install again\."):
        load("nano", tmp_path)


def test_the_decoder_file_is_the_one_that_answers(model: NanoSegmenter) -> None:
    assert model.encoder_file == WEIGHTS / "encoder.onnx"
    assert model.encoder_file.is_file()
    assert model.decoder_file == WEIGHTS / "decoder.onnx"
    assert model.decoder_file.is_file()
