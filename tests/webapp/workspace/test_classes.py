"""The class list as a value."""

from __future__ import annotations

import pytest

from sam import PromptError
from sam.formats import LabelClass
from webapp.workspace import classes
from webapp.workspace.classes import MAX_CLASSES, Classes, ObjectClass
from webapp.workspace.picture import COLORS


def make(*names: str) -> classes.ClassList:
    made: classes.ClassList = ()
    for name in names:
        made = classes.add(made, name)
    return made


def test_a_new_class_takes_the_next_colour_and_the_next_digit() -> None:
    made = make(*(f"kind {number}" for number in range(11)))
    assert [one.color for one in made[:7]] == list(COLORS)
    assert len({one.color for one in made}) == 11
    assert [one.key for one in made] == [*"123456789", "", ""]
    assert len({one.id for one in made}) == 11


def test_a_list_is_a_json_value_and_back() -> None:
    made = classes.add(make("dog", "red car"), "Katze", color="#abcdef", key="q")
    assert classes.from_json(classes.to_json(made)) == made
    assert classes.to_json(made)[2] | {"id": ""} == {"id": "", "name": "Katze", "color": "#abcdef", "key": "q"}
    short = classes.from_json([{"name": "cup"}])
    assert (short[0].name, short[0].color, short[0].key) == ("cup", COLORS[0], "")


@pytest.mark.parametrize(
    "given",
    [
        None,
        {},
        [1],
        [{}],
        [{"name": ""}],
        [{"name": 5}],
        [{"name": "a", "color": "red"}],
        [{"name": "a", "key": "ab"}],
        [{"name": "a", "key": " "}],
        [{"name": "a"}, {"name": "a"}],
        [{"name": "a", "id": "x"}, {"name": "b", "id": "x"}],
        [{"name": "a", "id": "../x"}],
        [{"name": "a", "key": "q"}, {"name": "b", "key": "q"}],
        [{"name": "a" * 201}],
        [{"name": str(number)} for number in range(MAX_CLASSES + 1)],
    ],
)
def test_what_is_no_list_is_refused(given) -> None:
    with pytest.raises(PromptError):
        classes.from_json(given)


def test_a_class_is_renamed_recoloured_and_moved_under_its_id() -> None:
    made = make("dog", "cat", "cup")
    cat = made[1].id
    now = classes.change(made, cat, name="tiger", color="#112233", key="T", place=0)
    assert now[0] == ObjectClass(cat, "tiger", "#112233", "t")
    assert [one.name for one in now] == ["tiger", "dog", "cup"]
    # A key goes over to the class that asks for it.
    now = classes.change(now, cat, key="1")
    assert [one.key for one in now] == ["1", "", "3"]
    with pytest.raises(PromptError, match="already"):
        classes.change(now, cat, name="dog")
    assert classes.change(now, cat, name="tiger") == now
    with pytest.raises(PromptError, match="not there"):
        classes.change(now, "gone", name="x")


def test_a_deleted_class_is_gone() -> None:
    made = make("dog", "cat")
    left = classes.remove(made, made[0].id)
    assert [one.name for one in left] == ["cat"]
    assert classes.find(left, made[0].id) is None
    # The next one takes the digit that is free.
    assert classes.add(left, "cup")[-1].key == "1"


def test_a_phrase_means_a_class_in_any_case_of_letters() -> None:
    made = make("Dog")
    assert classes.need(made, "dog ") == (made, made[0])
    longer, cat = classes.need(made, "red  cat")
    assert longer == (*made, cat)
    assert cat.name == "red cat"
    both = (*made, ObjectClass("x", "dog", "#000000"))
    assert classes.need(both, "dog")[1].id == "x"


def test_what_a_file_lists_is_added_and_what_is_there_stays() -> None:
    made = make("dog")
    labels = [LabelClass("dog", (1, 2, 3), "q"), LabelClass("cup", (255, 0, 16), "c"), LabelClass("tree", key="1")]
    now = classes.merge(made, labels)
    assert now[0] == made[0]
    assert (now[1].name, now[1].color, now[1].key) == ("cup", "#ff0010", "c")
    assert (now[2].color, now[2].key) == (COLORS[1], "2")
    assert [one.to_label() for one in now][1] == LabelClass("cup", (255, 0, 16), "c")


def test_earlier_lists_can_be_gone_back_to() -> None:
    held = Classes()
    dog = held.need("dog")
    assert held.need("dog") == dog
    one = held.version
    held.set(classes.remove(held.now, dog))
    assert not held.now
    held.go_to(one)
    assert [kind.id for kind in held.now] == [dog]
    assert held.version == one
    held.go_to(77)
    assert [kind.id for kind in held.now] == [dog]
    held.set(held.now)
    assert held.version == one
    with pytest.raises(PromptError):
        held.go_to("1")


def test_the_list_of_a_lost_workspace_comes_back_but_never_over_another() -> None:
    old, new = Classes(), Classes()
    old.need("dog")
    new.bring_back(old.to_json()["classes"])
    assert new.now == old.now
    new.bring_back([])
    assert new.now == old.now
