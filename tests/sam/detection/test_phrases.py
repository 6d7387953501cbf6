"""Whatever a person types is either phrases or a sentence that says what is wrong."""

from __future__ import annotations

import pytest

from sam import PromptError
from sam.detection.phrases import (
    MAX_PHRASES,
    as_caption,
    check_latin,
    deal_phrases,
    fold,
    join_phrases,
    plain_phrase,
    read_excluded,
    read_phrases,
    tokens_of_phrases,
)


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("dog", ("dog",)),
        ("dog. red car", ("dog", "red car")),
        ("dog. red car.", ("dog", "red car")),
        ("dog.cat", ("dog", "cat")),
        ("dog, red   car;cat\nhorse", ("dog", "red car", "cat", "horse")),
        ("Dog. dog. DOG. the dog", ("Dog",)),
        (" . dog . . ", ("dog",)),
        ("3.5 mm jack. 1,000 dollar note", ("3.5 mm jack", "1,000 dollar note")),
        ("where is the dog?", ("where is the dog",)),
        ("- dog\n- cat", ("dog", "cat")),
        ("T-shirt", ("T-shirt",)),
        ("كلب، قطة", ("كلب", "قطة")),
        ("\u202bכלב\u202c. כלב", ("כלב",)),
        ("狗。猫、车", ("狗", "猫", "车")),
        ("dog 🐶", ("dog 🐶",)),
        (". ".join(f"thing {i}" for i in range(MAX_PHRASES)), tuple(f"thing {i}" for i in range(MAX_PHRASES))),
    ],
)
def test_phrases(text, phrases):
    assert read_phrases(text) == phrases
    assert read_phrases(join_phrases(phrases)) == phrases


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"^Type what to find, such as 'dog\. red car'\.$"),
        ("   \n ", "Type what to find"),
        (".", "Type what to find"),
        (".,;?!", "Type what to find"),
        (None, "got NoneType"),
        ("a" * 3000, "3,000 characters"),
        ("a dog in the rain " * 170, "characters"),
        ("dog. " * 600 + "🐶", r"'🐶' is no word\. Type its name, such as 'dog face'"),
        ("🚗", "'automobile'"),
        ("dog. +++", r"'\+\+\+' is no word"),
        (". ".join(f"thing {i}" for i in range(200)), r"200 phrases are too many at once: expected at most 50"),
    ],
)
def test_what_is_refused(text, message):
    with pytest.raises(PromptError, match=message):
        read_phrases(text)


@pytest.mark.parametrize(("text", "phrases"), [("", ()), (" . ", ()), (None, ()), ("cat. dog", ("cat", "dog"))])
def test_excluded_may_be_nothing(text, phrases):
    assert read_excluded(text) == phrases


def test_excluded_says_what_it_is_about():
    with pytest.raises(PromptError, match=r"'🐶' is no word"):
        read_excluded("🐶")


@pytest.mark.parametrize(
    ("one", "other"),
    [("Dog", "dog"), ("STRASSE", "straße"), ("ﬁsh", "fish"), ("a  b", " A B "), ("T-shirt", "the t_shirt")],
)
def test_the_same_word(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("a", "the"), ("the a", "the b"), ("", "a"), ("anorak", "orak")])
def test_another_word(one, other):
    assert fold(one) != fold(other)


def test_other_scripts_are_refused_by_name():
    check_latin(("dog", "café", "42"), "Grounding DINO")
    with pytest.raises(PromptError, match="Grounding DINO knows English only, and cannot look for 'كلب'"):
        check_latin(("dog", "كلب"), "Grounding DINO")


@pytest.mark.parametrize(
    ("count", "most", "lengths"),
    [(1, 30, [1]), (8, 30, [1] * 8), (9, 12, [5, 4]), (12, 100, [12]), (9, 5, [1] * 9)],
)
def test_phrases_are_dealt_out_to_prompts(count, most, lengths):
    phrases = [f"W{number}." for number in range(count)]
    dealt = deal_phrases(phrases, lambda plain: 1, most, "Dino")
    assert [len(prompt) for prompt in dealt] == lengths
    assert [phrase for prompt in dealt for phrase in prompt] == phrases


def test_a_phrase_that_no_prompt_holds():
    with pytest.raises(PromptError, match="'seven' is too long for Dino"):
        deal_phrases(["one", "seven"], len, 7, "Dino")


def test_tokens_belong_to_their_phrase_alone():
    plain = [plain_phrase(phrase) for phrase in ("Red Car", "St. Bernard?")]
    assert as_caption(plain) == "red car. st bernard."
    offsets = [(0, 0), (0, 3), (4, 7), (7, 8), (9, 11), (12, 19), (19, 20), (0, 0)]
    assert tokens_of_phrases(plain, offsets) == [[1, 2], [4, 5]]


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("1. dog 2. cat", ("dog", "cat")),
        ("\u2460 dog \u2461 cat", ("dog", "cat")),
        ("\u2022 dog \u2022 cat", ("dog", "cat")),
        ("\u201cred car\u201d \u2018dog\u2019", ("red car", "dog")),
        ('"red car" "dog"', ("red car", "dog")),
        ("\u00abred car\u00bb \u201edog\u201c", ("red car", "dog")),
        ("the dogs\u2019 bowl", ("the dogs' bowl",)),
        ("No. 5 sign. Fig. 2", ("No. 5 sign", "Fig. 2")),
        ("cat vs. dog sign", ("cat vs. dog sign",)),
        ("dog. no. cat", ("dog", "no", "cat")),
        ("1) dog 2) cat", ("dog", "cat")),
        ("(1) dog (2) cat", ("dog", "cat")),
        ("1.dog 2.cat", ("dog", "cat")),
        ("1. dog\n2. red car\n3. 3.5 mm jack", ("dog", "red car", "3.5 mm jack")),
        ("10. ten 11. eleven", ("ten", "eleven")),
        ("- dog\n- red car", ("dog", "red car")),
        ("• dog\n• cat", ("dog", "cat")),
        ("iPhone 4. dog", ("iPhone 4", "dog")),
        ("2 dogs. 3 cats", ("2 dogs", "3 cats")),
        ("U.S. flag", ("U.S. flag",)),
        ("the U.S.A. flag, dog", ("the U.S.A. flag", "dog")),
        ("J.R.R. Tolkien book. cup", ("J.R.R. Tolkien book", "cup")),
        ("St. Bernard. Dr. Pepper can", ("St. Bernard", "Dr. Pepper can")),
        ("T. rex. dog", ("T. rex", "dog")),
        ("“dog”, ‘red car’", ("dog", "red car")),
        ("«chien». „Hund“", ("chien", "Hund")),
        ("「犬」、『猫』", ("犬", "猫")),
        ("dog’s bowl. dog's bowl", ("dog's bowl",)),
        ("well - known dog", ("well - known dog",)),
    ],
)
def test_lists_abbreviations_and_quotes_survive(text, phrases):
    assert read_phrases(text) == phrases
