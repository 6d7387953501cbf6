from __future__ import annotations

import pytest

from sam import ImageError, PromptError
from sam.io.json_text import clean_json, parse_json


@pytest.mark.parametrize("text", ['{"a": [1, 2.5, null, true, "ü"]}', "[]", '"x"', "3"])
def test_json_is_read(text):
    import json

    assert parse_json(text, "This") == parse_json(text.encode(), "This") == json.loads(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"\x80", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"a":' * 100_000, "is not JSON"),
        ("[" * 100_000 + "]" * 100_000, "too deep|inside one another"),
        ("[" * 40 + "]" * 40, "inside one another"),
        ("1" * 5000, "is not JSON"),
        ("1" * 400, "smaller numbers"),
        ("NaN", "NaN or infinity"),
        ("[[Infinity]]", "NaN or infinity"),
        ('{"a": -Infinity}', "NaN or infinity"),
        ("1e400", "NaN or infinity"),
    ],
)
def test_what_cannot_be_used_is_a_sentence(text, message):
    with pytest.raises(ImageError, match=message) as caught:
        parse_json(text, "This", ImageError)
    assert str(caught.value).startswith("This")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("text", [r'"\ud800"', r'"a\udfffb"', r'{"\ud83d": ["\ude00"]}'])
def test_half_a_character_is_replaced(text):
    assert "\ufffd" in str(parse_json(text, "This"))
    str(parse_json(text, "This")).encode()


def test_whole_characters_stay():
    assert parse_json(r'"\ud83d\ude00é"', "This") == "😀é"


def test_what_is_no_json_stays():
    thing = object()
    assert clean_json([thing], "This") == [thing]
    with pytest.raises(PromptError):
        clean_json((float("nan"),), "This")
