from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pytest

from sam import PromptError
from sam.options import MOST_CHARACTERS, Between, Option, Options, read_options, slider_step, spread


@dataclass(frozen=True)
class Brewing(Options):
    """How tea is made."""

    minutes: Annotated[float, Between(0, 10, "minutes"), "how long it stands"] = 3.0
    cups: Annotated[int, Between(1, 8), "how many"] = 1
    kind: Literal["green", "black"] = "black"
    sugar: bool = False
    name: str | None = None
    tell: Any = field(default=None, metadata={"form": False})


@spread(Brewing)
def brew(leaves: int, *, options: Brewing, water: float = 1.0) -> Brewing:
    """Tea.

    Args:
        leaves: of tea.

    Raises:
        PromptError: no tea.
    """
    return options


def test_fields_may_be_named_or_given_together():
    assert brew(1) == Brewing()
    assert brew(1, minutes=2) == Brewing(minutes=2.0)
    assert brew(1, options=Brewing(cups=2)) == Brewing(cups=2)
    assert brew(1, options=Brewing(cups=2), sugar=True, water=2.0) == Brewing(cups=2, sugar=True)
    with pytest.raises(TypeError):
        brew(1, milk=True)


def test_signature_and_words_are_those_of_the_fields():
    parameters = inspect.signature(brew).parameters
    assert list(parameters) == ["leaves", "minutes", "cups", "kind", "sugar", "name", "tell", "water"]
    assert parameters["cups"].default == 1
    assert parameters["cups"].kind is inspect.Parameter.KEYWORD_ONLY
    assert inspect.isfunction(brew)
    doc = inspect.getdoc(brew) or ""
    assert "    minutes: how long it stands." in doc
    assert doc.index("leaves:") < doc.index("minutes:") < doc.index("Raises:")


def test_a_tool_can_be_made_of_it():
    from plugins._core.tool import read_signature

    def tool(leaves: int, *, minutes: Annotated[float, Between(0, 10)] = 3.0) -> int:
        """Tea."""
        return leaves

    _, options, _ = read_signature(tool)
    assert options["minutes"].within == Between(0, 10)
    assert not options["minutes"].accepts(11)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("minutes", 11, "minutes: expected 0 to 10 minutes, got 11"),
        ("minutes", -1, "0 to 10"),
        ("minutes", float("nan"), "0 to 10"),
        ("minutes", float("inf"), "0 to 10"),
        ("minutes", "3", "0 to 10"),
        ("minutes", True, "0 to 10"),
        ("minutes", None, "0 to 10"),
        ("minutes", 10**400, "0 to 10"),
        ("cups", 1.5, "1 to 8"),
        ("cups", 9, "1 to 8"),
        ("kind", "red", "'green', 'black'"),
        ("sugar", "no", "sugar: expected bool"),
        ("sugar", 1, "sugar: expected bool"),
        ("name", 5, "name: expected str or None"),
        ("name", "x" * (MOST_CHARACTERS + 1), "name: expected str"),
    ],
)
def test_what_a_field_does_not_allow(name, value, said):
    with pytest.raises(PromptError, match=said):
        Brewing(**{name: value})
    with pytest.raises(PromptError, match=said):
        brew(1, **{name: value})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 2**60, 1e300, True, "1", None])
@pytest.mark.parametrize("kind", [int, float])
def test_no_number_is_one_that_breaks_later(kind, value):
    assert not Option("a", kind, kind(0)).accepts(value)


def test_what_a_form_cannot_show_is_left_out():
    assert list(read_options(Brewing)) == ["minutes", "cups", "kind", "sugar", "name"]


@pytest.mark.parametrize(
    ("within", "kind", "step"),
    [
        *((Between(0, 1), float, 0.01), (Between(0, 10), float, 0.1), (Between(1, 64), int, 1), (None, float, 1)),
        *((Between(0, 1, step=0.2), float, 0.2), (Between(0, 2000, usual=300), float, 5)),
    ],
)
def test_steps_of_sliders(within, kind, step):
    assert slider_step(Option("a", kind, 0, within=within)) == pytest.approx(step)


def test_a_range_is_for_numbers():
    with pytest.raises(ValueError, match="a form cannot show"):
        Option.read("a", Annotated[str, Between(0, 1)], "x")
    assert Option.read("a", Annotated[int, Between(0, 1)] | None, None).accepts(1)
