"""Formats of plugins are asked for only where no built-in one fits."""

from __future__ import annotations

from typing import Annotated

import pytest
import typer

from sam.cli.plugin_formats import bound, with_plugins
from sam.formats import Format, FormatError, Shape, find_format

OWN = Format("own", "Own", Shape.MASK, write=lambda annotations, out, options: None)


def never():
    raise AssertionError("plugins take time to load")


def test_plugins_are_asked_last():
    assert with_plugins(never, lambda more: find_format("coco", more)).name == "coco"
    assert with_plugins(lambda: [OWN], lambda more: find_format("own", more)) is OWN
    with pytest.raises(FormatError, match="no format 'x'"):
        with_plugins(lambda: [OWN], lambda more: find_format("x", more))
    with pytest.raises(FormatError, match="no format 'own'"):
        with_plugins(lambda: [], lambda more: find_format("own", more))


def test_a_command_is_given_them():
    seen = []

    def command(extra, word: Annotated[str, typer.Argument()], times: int = 1) -> None:
        seen.append((list(extra()), word, times))

    app = typer.Typer()
    app.command()(bound(command, lambda: [OWN]))
    app(["hello", "--times", "3"], standalone_mode=False)
    assert seen == [([OWN], "hello", 3)]
