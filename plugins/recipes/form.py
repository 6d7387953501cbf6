"""Form fields of a tool's settings, made from its type hints."""

from __future__ import annotations

from typing import Any

from plugins import Option
from sam import list_models

from .draft import title


def make_field(option: Option, value: Any, words: str = "") -> Any:
    """The form field of an option, from its type.

    Args:
        option: one of `Tool.settings`.
        value: that it has now.
        words: what the tool's docstring says about it.
    """
    import gradio as gr

    author = option.default
    # What is made after the page has loaded is for reading only unless it says so.
    about: dict[str, Any] = {
        "label": title(option.name),
        "info": words[:1].upper() + words[1:] or None,
        "interactive": True,
    }
    if option.task and not option.choices:
        names = [spec.name for spec in list_models() if option.task in spec.tasks]
        return gr.Dropdown(list(dict.fromkeys([author, *names, value])), value=value, **about)
    if option.choices:
        empty = [("none", None)] if option.optional else []
        choices = [(title(str(choice)), choice) for choice in option.choices]
        return gr.Dropdown(empty + choices, value=value, **about)
    if option.type is bool:
        return gr.Checkbox(bool(value), **about)
    if option.type is str:
        if isinstance(author, str) and author.startswith("#") and len(author) == 7:
            return gr.ColorPicker(value, **about)
        return gr.Textbox(value or "", **about)
    return gr.Number(value, precision=0 if option.type is int else None, **about)
