"""Whatever libraries hand over: converted where it has one meaning, else a sentence; never their own error."""

from __future__ import annotations

import numpy as np
import pytest

import sam
from sam import Boxes, Embedding, Masks, Points, Prompt, PromptError, SamError
from sam.io.arrays import GUIDE_LOGIT, read_flag, read_mask_input, read_whole, shown

NAN = float("nan")
ONES = np.ones((2, 4, 4), bool)


class Hostile:
    """Raises whatever is done with it."""

    def __array__(self, *args, **kwargs):
        raise ZeroDivisionError("secret")

    def __repr__(self):
        raise RuntimeError("secret")


def deep(levels: int) -> list:
    value: list = []
    for _ in range(levels):
        value = [value]
    return value


WRONG = {
    "complex": np.array([[1 + 2j, 3 + 0j]]),
    "complex list": [[1j, 2]],
    "text": [["1", "2"]],
    "bytes": b"1,2",
    "objects": [[object(), None]],
    "none": [[None, 1]],
    "ragged": [[1, 2], [3]],
    "deep": deep(100),
    "deepest": deep(100_000),
    "dates": np.array([["2020-01-01", "2020-01-02"]], "M8[D]"),
    "records": np.zeros(2, [("x", float), ("y", float)]),
    "huge int": [[10**400, 1]],
    "dict": {"a": 1},
    "set": {1, 2},
    "hostile": Hostile(),
    "masked": np.ma.masked_array([[1.0, 2.0]], [[True, False]]),
}
NOT_FINITE = {"nan": [[NAN, 1]], "inf": [[1, float("inf")]], "beyond float32": [[1e39, 1]], "flags": [[True, False]]}
NOT_FINITE["a flag among numbers"] = [[5, True]]


def padded(value, width):
    """The wrong value where it has the right width, so that it is the values that are refused."""
    return np.resize(value, (1, width)) if isinstance(value, np.ndarray) and value.dtype.kind in "cM" else value


@pytest.mark.parametrize("name", [*WRONG, *NOT_FINITE])
@pytest.mark.parametrize(
    "make",
    [
        lambda v: Points(padded(v, 2)),
        lambda v: Points([[1, 2]], v if isinstance(v, (dict, set)) else padded(v, 1)),
        lambda v: Boxes(padded(v, 4)),
        lambda v: Boxes([[1, 2, 3, 4]], v),
        lambda v: Prompt(mask_input=v),
        lambda v: sam.boxes.box_iou(padded(v, 4), [[1, 2, 3, 4]]),
    ],
    ids=["points", "labels", "boxes", "scores", "mask_input", "iou"],
)
def test_numbers_that_are_none(name, make, request):
    value = {**WRONG, **NOT_FINITE}[name]
    if "mask_input" in request.node.name and name == "flags":
        return  # true and false are a mask
    with pytest.raises(PromptError) as caught:
        make(value)
    assert "secret" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("name", [name for name in WRONG if name not in ("masked",)])
@pytest.mark.parametrize(
    "make",
    [
        lambda v: Masks(v),
        lambda v: Masks(ONES, v),
        lambda v: Masks(ONES, None, v),
        lambda v: Masks(ONES, None, None, v),
        lambda v: Masks.empty(v),
        lambda v: Masks.concatenate(v),
        lambda v: sam.masks.fill_holes(v),
        lambda v: sam.masks.stability_score(v),
        lambda v: sam.rle.encode(v),
        lambda v: sam.rle.decode(v),
        lambda v: sam.rle.decode({"size": v, "counts": [1]}),
        lambda v: sam.rle.decode({"size": [1, 1], "counts": v}),
        lambda v: Embedding("a", "b", v, (1, 2), (1, 2), 3),
        lambda v: Embedding("a", "b", {}, v, (1, 2), 3),
    ],
    ids=range(14),
)
def test_masks_and_their_like_that_are_none(name, make):
    value = WRONG[name]
    with pytest.raises(SamError) as caught:
        make(value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("value", [np.full((1, 4, 4), 0.3), np.full((1, 4, 4), NAN), np.full((1, 4, 4), -2.5)])
def test_masks_of_floats_are_not_guessed_at(value):
    with pytest.raises(PromptError, match="floats"):
        Masks(value)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16", "int64", "uint8", "bool"])
@pytest.mark.parametrize("grad", [False, True])
def test_tensors_are_taken_off_their_graph(dtype, grad):
    torch = pytest.importorskip("torch")
    kind = getattr(torch, dtype)
    if grad and not kind.is_floating_point:
        return
    mask = torch.eye(4).to(kind).requires_grad_(grad)
    assert Masks(mask[None]).masks.sum() == 4
    assert sam.rle.area(sam.rle.encode(mask)) == 4
    assert Prompt(mask_input=mask).mask_input is not None
    if dtype != "bool":
        assert Points(mask[:, :2]).xy.tolist() == np.eye(4)[:, :2].tolist()
        assert Boxes(torch.ones(1, 4).to(kind).requires_grad_(grad)).xyxy.tolist() == [[1, 1, 1, 1]]


@pytest.mark.parametrize("value", [5, [3], [None], [b"x"], {"a": 1}.items()])
def test_labels_of_boxes_are_text(value):
    with pytest.raises(PromptError):
        Boxes([[1, 2, 3, 4]], None, value)


def test_one_label_may_come_alone_and_half_characters_go():
    assert Boxes([[1, 2, 3, 4]], None, "dog").labels == ("dog",)
    assert Boxes([[1, 2, 3, 4]], None, ("a\ud800",)).labels == ("a\ufffd",)


SQUARE = np.zeros((8, 8), bool)
SQUARE[2:5, 2:6] = True
AS_LOGITS = np.where(SQUARE, GUIDE_LOGIT, -GUIDE_LOGIT).astype(np.float32)


@pytest.mark.parametrize(
    "mask",
    [
        *(SQUARE, SQUARE.astype(np.uint8), SQUARE * np.uint8(255), SQUARE * 255, SQUARE * 1.0, SQUARE * 255.0),
        *(SQUARE * np.uint16(65535), SQUARE * 7, SQUARE.tolist(), SQUARE[None], (SQUARE * 255).tolist()),
    ],
    ids=range(11),
)
def test_a_mask_where_logits_belong_is_known_by_its_two_values(mask):
    np.testing.assert_allclose(read_mask_input(mask), AS_LOGITS)


def test_a_mask_s_edge_may_be_soft():
    soft = np.array([[0, 0.5, 1], [0, 0.25, 1]])
    np.testing.assert_allclose(read_mask_input(soft), (2 * soft - 1) * GUIDE_LOGIT)
    np.testing.assert_allclose(read_mask_input(np.round(soft * 255).astype(np.uint8)), read_mask_input(soft), atol=0.03)


@pytest.mark.parametrize("logits", [AS_LOGITS, AS_LOGITS + 7.5, np.zeros((4, 4)), [[-1, 1]], AS_LOGITS.astype(int)])
def test_logits_stay_what_they_are(logits):
    if np.min(logits) >= 0 and np.max(logits) > 0:
        logits = np.array(logits) + np.arange(8)  # more than two values, above 0
    np.testing.assert_array_equal(read_mask_input(logits), np.asarray(logits, np.float32))


@pytest.mark.parametrize(
    "mask", [np.zeros((4, 4), bool), np.zeros((4, 4), np.uint8), [[0, 0]], np.zeros((2, 4, 4)), "x"]
)
def test_an_empty_mask_guides_nothing(mask):
    with pytest.raises(PromptError, match="mask_input"):
        read_mask_input(mask)


def test_a_mask_instead_of_logits_gives_the_answer_that_its_logits_give():
    model = sam.load_model("nano")
    image = np.zeros((64, 64, 3), np.uint8)
    image[16:40, 16:40] = 200
    embedding = model.embed(image)
    inside = np.zeros((model.mask_side,) * 2, np.uint8)
    inside[16:40, 16:40] = 255
    given = model.predict(embedding, points=[[25, 25]], mask_input=inside)
    logits = np.where(inside > 0, GUIDE_LOGIT, -GUIDE_LOGIT)
    expected = model.predict(embedding, points=[[25, 25]], mask_input=logits)
    np.testing.assert_array_equal(given.logits, expected.logits)


@pytest.mark.parametrize("value", ["no", "true", None, 2, 0.5, [True], NAN])
def test_flags_are_true_or_false(value):
    with pytest.raises(PromptError, match="hidden: expected true or false"):
        read_flag(value, "hidden")
    with pytest.raises(PromptError):
        Prompt(Points([[1, 2]]), multimask_output=value if value is not None else "none")


def test_flags():
    assert [read_flag(value, "x") for value in (True, False, 1, 0, np.True_, np.int64(0))] == [True, False] * 3


@pytest.mark.parametrize("value", [True, "3", None, 3.5, NAN, float("inf"), -1, 10, [3], 10**400])
def test_whole_numbers(value):
    assert read_whole(3.0, "place", 0, 9) == 3
    with pytest.raises(PromptError, match="place: expected"):
        read_whole(value, "place", 0, 9)


def test_values_are_shown_short():
    assert len(shown("x" * 10_000)) < 100
    assert len(shown(deep(100_000))) < 100
    assert shown(Hostile()).startswith("<Hostile instance") or shown(Hostile()) == "a Hostile"


@pytest.mark.parametrize("value", [None, np.zeros((4, 4, 3), np.uint8), b"x", [[1]], {"arrays": 1}, "nano"])
def test_an_embedding_is_what_embed_returns(value, colour_model):
    with pytest.raises(PromptError, match="embedding: expected"):
        colour_model.predict(value, points=[[1, 2]])


@pytest.mark.parametrize("value", [None, 5, Prompt(Points([[1, 2]])), [{"points": [[1, 2]]}], [[1, 2]], "x", [None]])
def test_prompts_are_a_list_of_prompts(value, colour_model, picture):
    with pytest.raises(PromptError, match="prompts: expected"):
        colour_model.predict_many(colour_model.embed(picture), value)


@pytest.mark.parametrize("labels", [[0], [0, 0]])
def test_nothing_but_background_is_no_prompt(labels, colour_model, picture):
    embedding = colour_model.embed(picture)
    points = [[5, 5], [6, 6]][: len(labels)]
    with pytest.raises(PromptError, match="not wanted"):
        colour_model.predict(embedding, points=points, labels=labels)
    assert len(colour_model.predict(embedding, points=points, labels=labels, boxes=[1, 1, 30, 30]))


@pytest.mark.parametrize("name", [None, 5, [], b"nano", object(), "\ud800", "a\0b", "a" * 5000, ""])
def test_a_model_s_name_that_is_none(name):
    with pytest.raises(sam.ModelUnavailable) as caught:
        sam.load_model(name)
    str(caught.value).encode()


def test_an_error_can_always_be_written():
    assert str(SamError("a\ud800b")) == r"a\ud800b"
