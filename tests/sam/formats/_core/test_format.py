"""What a format must say of itself."""

from __future__ import annotations

import pytest

from sam import PromptError, SamError
from sam.formats import Format, Options, Shape


def nothing(*_: object) -> None:
    """Neither reads nor writes anything."""


@pytest.mark.parametrize(
    "make",
    [
        lambda: Format("Upper", "x", Shape.MASK, write=nothing),
        lambda: Format("", "x", Shape.MASK, write=nothing),
        lambda: Format("x", "x", Shape.MASK),
        lambda: Format("x", "x", "mask", write=nothing),
        lambda: Format("x", "x", Shape.MASK, frozenset({"smell"}), write=nothing),
        lambda: Options(tolerance=-1),
        lambda: Options(tolerance=float("nan")),
        lambda: Options(scale=0),
    ],
)
def test_what_cannot_be_is_refused(make):
    with pytest.raises(PromptError):
        make()


def test_what_is_missing_is_said():
    one = Format("x", "X files", Shape.MASK, write=nothing, needs={"no_such_module": "pip install it"})
    with pytest.raises(SamError, match="X files needs no_such_module: pip install it"):
        one.check_needs()
