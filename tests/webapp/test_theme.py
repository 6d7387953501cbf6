"""The theme brings its own style and asks nobody for anything."""

from __future__ import annotations

import re

from webapp.theme import make_head, make_theme


def test_nothing_is_fetched_from_elsewhere() -> None:
    theme = make_theme()
    assert not theme._stylesheets, "a stylesheet of a web font is a request to a stranger"
    head = make_head().replace("http://www.w3.org/2000/svg", "")  # the name of SVG inside data URLs, never fetched
    assert not re.findall(r"(?:https?:)?//[\w.-]+\.\w+|@import|url\((?!['\"]?data:)", head)


def test_dark_is_not_light() -> None:
    theme = make_theme()
    names = [name for name in vars(theme) if name.endswith("_dark") and isinstance(getattr(theme, name), str)]
    ours = ("body_background_fill", "body_text_color", "block_background_fill", "input_background_fill")
    for name in ours:
        assert f"{name}_dark" in names
        assert getattr(theme, name) != getattr(theme, f"{name}_dark"), name


def test_braces_of_the_style_are_balanced() -> None:
    head = make_head()
    assert head.count("{") == head.count("}")
