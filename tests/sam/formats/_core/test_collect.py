"""What readers put together."""

from __future__ import annotations

import pytest

from sam import PromptError
from sam.formats import Files
from sam.formats._core.collect import (
    LOOKED_AT,
    MAX_PROBLEMS,
    Collected,
    facts_of,
    json_facts,
    names_like,
    read_each,
)
from sam.formats._core.regions import rectangle

from ..scenes import apart, photo


def collected() -> Collected:
    return Collected(Files.of({"images/p.png": photo(4, 8), "b.txt": b""}))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PromptError("no good"), "x: no good."),
        (KeyError("size"), "x: 'size' is missing."),
        (ValueError("dull"), "x: it is not as the format has it (ValueError)."),
        (IndexError(), "x: it is not as the format has it (IndexError)."),
    ],
)
def test_errors_become_sentences(error, said):
    found = collected()
    with found.trying("x"):
        raise error
    assert found.result().problems == (said,)


def test_faults_of_our_own_are_not_hidden():
    with pytest.raises(ZeroDivisionError), collected().trying("x"):
        raise ZeroDivisionError


def test_problems_are_counted_to_a_thousand():
    found = collected()
    for index in range(MAX_PROBLEMS + 5):
        found.note(str(index))
    assert len(found.problems) == MAX_PROBLEMS


def test_a_photo_has_its_files_size_and_source():
    image = collected().image("p.png")
    assert (image.size_hw, image.source) == ((4, 8), photo(4, 8))


@pytest.mark.parametrize(
    ("name", "size", "said"),
    [
        ("p.png", (4, 9), "8 x 4 pixels"),
        ("q.png", None, "not there"),
        ("", (4, 8), "file name"),
        (None, (4, 8), "name"),
    ],
)
def test_photos_that_are_none_are_refused(name, size, said):
    with pytest.raises(PromptError, match=said):
        collected().image(name, size)


def test_a_photo_twice_and_a_mask_of_another_size_are_refused():
    found = collected()
    image = found.image("p.png")
    with pytest.raises(PromptError, match="twice"):
        found.image("p.png")
    with pytest.raises(PromptError, match="5 x 5"):
        found.object(image, rectangle((0, 0, 2, 2), (5, 5)))


def test_facts_go_there_and_back():
    for one in apart().objects:
        facts = facts_of(json_facts(one))
        assert (facts.get("name", ""), facts["score"], facts["prompts"]) == (one.name, one.score, one.prompts)
    assert facts_of({"name": 3, "score": True, "prompts": []}) == {}
    assert facts_of([]) == {}


def test_a_file_that_is_no_such_file_is_told_of_and_the_others_are_read():
    files = Files.of({"a/b.json": b"{}", "c.json": b"[1]", "d.json": b"{", "e.txt": b"[2]"})

    def read_one(found, name, data):
        raise PromptError(f"{name} holds {data}")

    found = read_each(files, (".json",), lambda value: isinstance(value, list), "it is no list", read_one)
    assert [one.partition(":")[0] for one in found.problems] == ["a/b.json", "c.json", "d.json"]
    assert found.problems[0] == "a/b.json: it is no list."
    assert found.problems[1] == "c.json: c.json holds [1]."
    assert "is not JSON" in found.problems[2]


def test_a_few_files_nearest_to_the_top_are_opened_to_know_a_format():
    files = Files.of({f"deep/{number:03}.json": b"[1]" for number in range(50)} | {"z.json": b"[2]", "y.json": b"{"})
    assert next(names_like(files, (".json",), lambda value: value == [2])) == "z.json"
    assert len(list(names_like(files, (".json",), lambda value: True))) == LOOKED_AT - 1
